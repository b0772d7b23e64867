namespace Roadstead.Testing.Images;

/// <summary>A blob as a manifest's descriptor names it.</summary>
/// <param name="DiffId">Of a layer: digest of its uncompressed tar.</param>
/// <param name="Annotations">Of its descriptor.</param>
public sealed record ForgedBlob(
    byte[] Bytes, string Digest, string MediaType, string? DiffId = null, IReadOnlyDictionary<string, string>? Annotations = null)
{
    public long Size => Bytes.LongLength;
}

/// <summary>A manifest or index with all that it names.</summary>
/// <param name="Blobs">Its own: config and layers.</param>
/// <param name="Children">Of an index: the manifests that it lists.</param>
public sealed record ForgedManifest(
    byte[] Bytes, string Digest, string MediaType, IReadOnlyList<ForgedBlob> Blobs, IReadOnlyList<ForgedManifest> Children)
{
    public long Size => Bytes.LongLength;

    /// <summary>The blobs without the config, which comes first.</summary>
    public IReadOnlyList<ForgedBlob> Layers => [.. Blobs.Skip(1)];
}

/// <summary>An entry of an index.</summary>
/// <param name="Platform">As <c>linux/amd64</c> or <c>linux/arm/v7</c>; null for none.</param>
public sealed record IndexEntry(ForgedManifest Manifest, string? Platform, IReadOnlyDictionary<string, string>? Annotations = null);

public enum ImageFormat
{
    Oci,
    DockerSchema2,
}
