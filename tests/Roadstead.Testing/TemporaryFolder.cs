namespace Roadstead.Testing;

/// <summary>A folder of one test's own under the system's temporary folder.</summary>
public sealed class TemporaryFolder : IDisposable
{
    public TemporaryFolder(string purpose = "test") =>
        Path = Directory.CreateTempSubdirectory($"roadstead-{purpose}-").FullName;

    public string Path { get; }

    /// <summary>Path of something in this folder.</summary>
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
