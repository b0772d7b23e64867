namespace Roadstead.Oci;

/// <summary>What a manifest's named content is to it.</summary>
public enum ChildRole
{
    /// <summary>Another manifest, named by an index.</summary>
    Manifest,

    /// <summary>A blob: config, layer, or an artifact's file.</summary>
    Blob,

    /// <summary>A layer that registries do not hold; clients fetch it from its own URLs.</summary>
    ForeignLayer,
}

/// <summary>Content that a manifest names.</summary>
/// <param name="Role">What it is to the manifest.</param>
/// <param name="Descriptor">Its identity, size and type.</param>
public sealed record ManifestChild(ChildRole Role, Descriptor Descriptor);

/// <summary>What a mirror needs to know of a manifest; its bytes are served as they came.</summary>
/// <param name="MediaType">The type to serve it as.</param>
/// <param name="Children">What it names, in its order.</param>
/// <param name="Subject">The manifest that it refers to; null for most.</param>
public sealed record Manifest(string MediaType, IReadOnlyList<ManifestChild> Children, Digest? Subject)
{
    /// <summary>True if it names other manifests.</summary>
    public bool IsIndex => MediaTypes.IsIndex(MediaType);
}
