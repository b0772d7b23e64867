using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Roadstead.Oci;

namespace Roadstead.Cli.ImageLayout;

/// <summary>Opens layouts, and reads the manifests in them. What a digest names is hashed; nothing is taken for what it says that it is.</summary>
internal static class LayoutReader
{
    private const int MaxMarker = 64 * 1024;

    /// <param name="path">A folder, or a tar.</param>
    /// <returns>The layout and its index, or what is wrong, as a sentence.</returns>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static (ILayoutSource? Source, LayoutIndex? Index, string? Fault) Open(string path)
    {
        if (!Path.Exists(path))
        {
            return (null, null, $"{path}: there is no such folder or file.");
        }

        ILayoutSource? source = new FolderSource(path);
        if (!Directory.Exists(path))
        {
            (source, var wrong) = TarSource.Read(path);
            if (source is null)
            {
                return (null, null, $"{path} {wrong}.");
            }
        }

        LayoutIndex? index = null;
        var fault = MarkerFault(source) ?? ReadIndex(source, out index);
        if (fault is null)
        {
            return (source, index, null);
        }

        source.Dispose();
        return (null, null, $"{path} {fault}.");
    }

    /// <summary>What is wrong with the file by which a layout is known; null: nothing.</summary>
    public static string? MarkerFault(ILayoutSource source)
    {
        if (source.Size(LayoutNames.Marker) is not { } size)
        {
            return $"is no OCI image layout: it has no file {LayoutNames.Marker}";
        }

        try
        {
            using var document = JsonDocument.Parse(size is > 0 and <= MaxMarker ? Bytes(source, LayoutNames.Marker, (int)size) : []);
            return document.RootElement is { ValueKind: JsonValueKind.Object } root && root.TryGetProperty("imageLayoutVersion", out var version) && version.ValueKind == JsonValueKind.String
                ? version.GetString() == "1.0.0" ? null : $"is an OCI image layout of version {version.GetString()}, and only 1.0.0 is known"
                : $"is no OCI image layout: its {LayoutNames.Marker} does not say which version it is";
        }
        catch (JsonException)
        {
            return $"is no OCI image layout: its {LayoutNames.Marker} is not JSON";
        }
    }

    /// <returns>What is wrong with the index, to continue a sentence that begins with the layout; null: nothing.</returns>
    public static string? ReadIndex(ILayoutSource source, out LayoutIndex? index)
    {
        index = null;
        return source.Size(LayoutNames.Index) is not { } size ? $"has no {LayoutNames.Index}"
            : size > LayoutIndex.MaxSize ? $"has an {LayoutNames.Index} of more than {LayoutIndex.MaxSize} bytes"
            : LayoutIndex.TryRead(Bytes(source, LayoutNames.Index, (int)size), out index, out var fault) ? null
            : $"has an {LayoutNames.Index} that {fault}";
    }

    /// <summary>Reads a manifest, and whether it is the one that its descriptor names.</summary>
    /// <param name="source">Where it is.</param>
    /// <param name="descriptor">What names it.</param>
    /// <param name="manifest">What it names itself.</param>
    /// <param name="bytes">It.</param>
    /// <param name="fault">What is wrong with it, as a sentence.</param>
    public static bool TryReadManifest(
        ILayoutSource source, Descriptor descriptor, [NotNullWhen(true)] out Manifest? manifest, [NotNullWhen(true)] out byte[]? bytes, [NotNullWhen(false)] out string? fault)
    {
        (manifest, bytes) = (null, null);
        fault = FileFault(source, descriptor) ?? (descriptor.Size > ManifestReader.MaxSize ? $"{descriptor.Digest} is longer than the {ManifestReader.MaxSize} bytes that a manifest may have." : null);
        if (fault is not null)
        {
            return false;
        }

        bytes = Bytes(source, LayoutNames.PathOf(descriptor.Digest), (int)descriptor.Size);
        if (Digest.Of(bytes, descriptor.Digest.Algorithm) != descriptor.Digest)
        {
            fault = $"{descriptor.Digest} is damaged: its bytes have another digest.";
            return false;
        }

        (manifest, var why) = ManifestReader.Read(bytes, descriptor.MediaType);
        fault = manifest is null ? $"{descriptor.Digest} is no manifest that clients can use: {why}." : null;
        return manifest is not null;
    }

    /// <summary>What is wrong with a blob's file as far as its size tells; null: nothing.</summary>
    public static string? FileFault(ILayoutSource source, Descriptor descriptor) => source.Size(descriptor.Digest) switch
    {
        null => $"{descriptor.Digest} is missing.",
        { } size when size != descriptor.Size => $"{descriptor.Digest} has {size} bytes, and what names it says {descriptor.Size}.",
        _ => null,
    };

    private static byte[] Bytes(ILayoutSource source, string path, int size)
    {
        var bytes = new byte[size];
        using var file = source.Open(path);
        file.ReadExactly(bytes);
        return bytes;
    }
}
