namespace Roadstead.Bench.Machine;

/// <summary>A folder that is gone at the end.</summary>
internal sealed class WorkFolder : IDisposable
{
    public WorkFolder(string parent, string purpose)
    {
        Path = System.IO.Path.Combine(parent, $"{purpose}-{Guid.NewGuid():n}");
        Directory.CreateDirectory(Path);
    }

    public string Path { get; }

    public string this[string name] => System.IO.Path.Combine(Path, name);

    public string Subfolder(string name) => Directory.CreateDirectory(this[name]).FullName;

    public void Dispose()
    {
        if (Directory.Exists(Path))
        {
            Directory.Delete(Path, recursive: true);
        }
    }
}
