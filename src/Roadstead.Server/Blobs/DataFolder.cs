using System.Globalization;

namespace Roadstead.Server.Blobs;

/// <summary>The folder that holds everything; one server at a time.</summary>
public sealed class DataFolder : IDisposable
{
    // EWOULDBLOCK, which .NET hands on as the exception's HResult where flock refuses.
    private const int WouldBlock = 11;

    private readonly FileStream _lock;

    private DataFolder(string path, FileStream @lock)
    {
        Path = path;
        _lock = @lock;
    }

    public string Path { get; }

    public string DatabaseFile => System.IO.Path.Combine(Path, "roadstead.db");

    /// <summary>Makes the folder if need be and takes it for this process.</summary>
    /// <returns>The folder, or why it cannot be had; exactly one of the two is null.</returns>
    public static (DataFolder? Folder, string? Fault) Take(string path)
    {
        var full = System.IO.Path.GetFullPath(path);
        var lockFile = System.IO.Path.Combine(full, "lock");
        try
        {
            Directory.CreateDirectory(full);
            // FileShare.None is an exclusive flock, which the system lets go when the process ends, however it ends.
            var file = new FileStream(lockFile, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            File.WriteAllText(HolderFile(full), Environment.ProcessId.ToString(CultureInfo.InvariantCulture) + "\n");
            return (new DataFolder(full, file), null);
        }
        catch (IOException exception) when (exception.HResult == WouldBlock)
        {
            return (null, $"storage.path: the folder {full} is in use by another server ({HolderOf(full)}); stop it, or give this one a folder of its own");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return (null, $"storage.path: the folder {full} cannot be used: {exception.Message}");
        }
    }

    public void Dispose() => _lock.Dispose();

    private static string HolderFile(string path) => System.IO.Path.Combine(path, "server.pid");

    private static string HolderOf(string path)
    {
        try
        {
            return $"process {File.ReadAllText(HolderFile(path)).Trim()}";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return "its process is not known";
        }
    }
}
