using Roadstead.Cli.NodeInstall;

namespace Roadstead.Cli.NodeVerify;

/// <summary>A folder on the node for as long as this object lives.</summary>
internal sealed class NodeFolder : IDisposable
{
    private NodeFolder(string path, string place) => (Path, Place) = (path, place);

    /// <summary>As the node has it.</summary>
    public string Path { get; }

    /// <summary>Where it is on this machine.</summary>
    public string Place { get; }

    /// <summary>Below the node's folder for temporary files.</summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    /// <exception cref="UnauthorizedAccessException">The same.</exception>
    public static NodeFolder Make(NodeFiles files)
    {
        var parent = files.IsThisMachine ? System.IO.Path.GetTempPath().TrimEnd('/') : "/tmp";
        var name = $"roadstead-verify-{Guid.NewGuid():n}";
        var place = Directory.CreateDirectory(files.Locate($"{parent}/{name}"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return new NodeFolder($"{parent}/{name}", place.FullName);
    }

    /// <summary>In a folder that the node has, under a name that nobody else uses; what a former run may have left there goes.</summary>
    /// <inheritdoc cref="Make"/>
    public static NodeFolder Take(NodeFiles files, string path)
    {
        var folder = new NodeFolder(path, files.Locate(path));
        folder.Dispose();
        Directory.CreateDirectory(folder.Place);
        return folder;
    }

    public void Dispose()
    {
        if (Directory.Exists(Place))
        {
            Directory.Delete(Place, recursive: true);
        }
    }
}
