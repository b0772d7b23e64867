using Roadstead.Oci;

namespace Roadstead.Cli.ImageLayout;

/// <summary>A layout that is read: a folder, or a tar.</summary>
internal interface ILayoutSource : IDisposable
{
    /// <summary>The folder or file.</summary>
    string Place { get; }

    /// <summary>The size in bytes of a file of the layout; null where it has none of that name.</summary>
    /// <param name="path">Within the layout, as <c>index.json</c>.</param>
    long? Size(string path);

    /// <summary>Opens a file of the layout.</summary>
    Stream Open(string path);

    /// <summary>The size in bytes of a blob or manifest; null where there is none.</summary>
    long? Size(Digest digest) => Size(LayoutNames.PathOf(digest));

    /// <summary>Opens a blob or manifest, whose bytes nobody has looked at yet.</summary>
    Stream Open(Digest digest) => Open(LayoutNames.PathOf(digest));
}
