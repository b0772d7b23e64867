namespace Roadstead.Cli.ImageLayout;

/// <summary>A layout in a folder.</summary>
internal sealed class FolderSource(string place) : ILayoutSource
{
    public string Place => place;

    // What a link leads to is no part of the layout, and a pipe or a device has no size.
    public long? Size(string path) => new FileInfo(Path.Combine(place, path)) is { Exists: true, LinkTarget: null } file ? file.Length : null;

    // What has no length is not opened: a pipe would be waited for until somebody writes into it.
    public Stream Open(string path) => Size(path) is 0 ? Stream.Null : new FileStream(Path.Combine(place, path), FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);

    public void Dispose()
    {
        // Each file is closed by whoever opened it.
    }
}
