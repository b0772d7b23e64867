using Roadstead.Cli.NodeInstall;
using Roadstead.Oci;

namespace Roadstead.Cli.ImageLayout;

/// <summary>What stands where in a layout, and how it is put there to stay.</summary>
/// <remarks>OCI image specification, image-layout.md; containerd's <c>images/annotations.go</c>.</remarks>
internal static class LayoutNames
{
    /// <summary>The file by which a layout is known.</summary>
    public const string Marker = "oci-layout";

    /// <summary>The file that names the images.</summary>
    public const string Index = "index.json";

    /// <summary>Where blobs that have come in part are kept, until they are whole: no tool looks for any there.</summary>
    public const string Partial = ".roadstead";

    /// <summary>What the marker says.</summary>
    public const string MarkerText = """{"imageLayoutVersion":"1.0.0"}""";

    /// <summary>The annotation of an image's tag.</summary>
    public const string Tag = "org.opencontainers.image.ref.name";

    /// <summary>The annotation of an image's whole reference, which containerd and Docker write and read too.</summary>
    public const string WholeName = "io.containerd.image.name";

    /// <summary>Makes a folder's names durable, where its file system can: some of those that sticks have cannot.</summary>
    public static void SyncFolder(string path)
    {
        try
        {
            SystemCalls.SyncFolder(path);
        }
        catch (IOException exception) when (exception.HResult is SystemCalls.InvalidArgument or SystemCalls.NotSupported or SystemCalls.BadDescriptor)
        {
            // It keeps what it can.
        }
    }

    /// <summary>The folder of an algorithm's blobs, in the layout.</summary>
    public static string FolderOf(Digest digest) => $"blobs/{digest.AlgorithmName}";

    /// <summary>The file of a blob or manifest, in the layout.</summary>
    public static string PathOf(Digest digest) => $"{FolderOf(digest)}/{digest.Hex}";
}
