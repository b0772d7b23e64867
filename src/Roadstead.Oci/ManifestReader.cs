using System.Text.Json;

namespace Roadstead.Oci;

/// <summary>Reads what a manifest names. Strict: what clients could read in two ways is refused.</summary>
/// <remarks>
/// OCI image specification, manifest.md and image-index.md. A document that is both an index and an image is refused (CVE-2021-41190), as are
/// duplicate keys and negative sizes.
/// </remarks>
public static class ManifestReader
{
    /// <summary>The largest manifest in bytes that registries must accept and this one does.</summary>
    /// <remarks>OCI distribution specification, "Pushing Manifests".</remarks>
    public const int MaxSize = 4 * 1024 * 1024;

    /// <summary>How deep its JSON may be nested: far deeper than any manifest is, and as deep as the readers of most clients go.</summary>
    public const int MaxDepth = 64;

    /// <summary>Reads a manifest.</summary>
    /// <param name="bytes">The document.</param>
    /// <param name="contentType">The type that the source declared, parameters included; null or a general one where it did not.</param>
    /// <param name="maxDepth">How deep its JSON may be nested.</param>
    /// <returns>The manifest, or why it is none; exactly one of the two is null.</returns>
    public static (Manifest? Manifest, string? Fault) Read(ReadOnlyMemory<byte> bytes, string? contentType, int maxDepth = MaxDepth)
    {
        try
        {
            using var document = JsonDocument.Parse(bytes, new JsonDocumentOptions { AllowDuplicateProperties = false, MaxDepth = maxDepth });
            return Read(document.RootElement, contentType?.Split(';')[0].Trim());
        }
        catch (Exception exception) when (JsonFaults.IsUnreadable(exception))
        {
            return (null, $"it is not JSON that every client reads alike ({exception.Message.Split('.')[0]})");
        }
    }

    /// <summary>True if the bytes are a manifest of any kind, however they were asked for.</summary>
    public static bool LooksLikeManifest(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            using var document = JsonDocument.Parse(bytes);
            return document.RootElement is { ValueKind: JsonValueKind.Object } root
                && ((root.TryGetProperty("schemaVersion", out _) && (Has(root, "manifests") || Has(root, "layers") || Has(root, "fsLayers")))
                    || (root.TryGetProperty("mediaType", out var type) && type.ValueKind == JsonValueKind.String && MediaTypes.IsManifest(type.GetString()!)));
        }
        catch (Exception exception) when (JsonFaults.IsUnreadable(exception))
        {
            return false;
        }
    }

    private static (Manifest?, string?) Read(JsonElement root, string? contentType)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            return (null, "it is no JSON object");
        }

        if (Has(root, "fsLayers") || contentType?.Contains("distribution.manifest.v1+", StringComparison.Ordinal) == true)
        {
            return (null, "it is a Docker schema 1 manifest, which runtimes no longer read");
        }

        var hasManifests = Has(root, "manifests");
        var hasLayers = Has(root, "layers");
        if (hasManifests && (hasLayers || Has(root, "config")))
        {
            return (null, "it is an index and an image at once");
        }

        if (TypeOf(root, contentType, hasManifests, hasLayers) is not { } mediaType)
        {
            return (null, "it is no manifest: it names neither layers nor manifests of a known type");
        }

        if (mediaType != MediaTypes.OciArtifact && !IsVersion2(root))
        {
            return (null, "its schemaVersion is not 2");
        }

        if (MediaTypes.IsIndex(mediaType) != hasManifests)
        {
            return (null, $"its content is not of its type {mediaType}");
        }

        var children = new List<ManifestChild>();
        var fault = hasManifests
            ? AddAll(root, "manifests", ChildRole.Manifest, children)
            : AddConfig(root, children) ?? AddAll(root, "layers", ChildRole.Blob, children) ?? AddAll(root, "blobs", ChildRole.Blob, children);
        if (fault is not null)
        {
            return (null, fault);
        }

        Digest? subject = null;
        if (root.TryGetProperty("subject", out var subjectElement) && subjectElement.ValueKind == JsonValueKind.Object)
        {
            if (ReadDescriptor(subjectElement) is not { } descriptor)
            {
                return (null, "its subject is no descriptor");
            }

            subject = descriptor.Digest;
        }

        return (new Manifest(mediaType, children, subject), null);
    }

    /// <summary>The type to serve it as: what the document itself says rules, for that is what its digest vouches for.</summary>
    private static string? TypeOf(JsonElement root, string? contentType, bool hasManifests, bool hasLayers)
    {
        if (root.TryGetProperty("mediaType", out var element))
        {
            return element.ValueKind == JsonValueKind.String && MediaTypes.IsManifest(element.GetString()!) ? element.GetString() : null;
        }

        if (contentType is not null && MediaTypes.IsManifest(contentType))
        {
            return contentType;
        }

        return hasManifests ? MediaTypes.OciIndex : hasLayers ? MediaTypes.OciManifest : null;
    }

    private static bool Has(JsonElement root, string name) => root.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null;

    private static bool IsVersion2(JsonElement root) =>
        root.TryGetProperty("schemaVersion", out var version) && version.ValueKind == JsonValueKind.Number && version.TryGetInt32(out var number) && number == 2;

    private static string? AddConfig(JsonElement root, List<ManifestChild> children)
    {
        if (!Has(root, "config"))
        {
            return null;
        }

        if (ReadDescriptor(root.GetProperty("config")) is not { } descriptor)
        {
            return "its config is no descriptor";
        }

        children.Add(new ManifestChild(ChildRole.Blob, descriptor));
        return null;
    }

    private static string? AddAll(JsonElement root, string name, ChildRole role, List<ManifestChild> children)
    {
        if (!Has(root, name))
        {
            return null;
        }

        if (root.GetProperty(name) is not { ValueKind: JsonValueKind.Array } array)
        {
            return $"its {name} are no list";
        }

        foreach (var element in array.EnumerateArray())
        {
            if (ReadDescriptor(element) is not { } descriptor)
            {
                return $"one of its {name} is no descriptor with type, digest and size";
            }

            var foreign = role == ChildRole.Blob && MediaTypes.IsForeignLayer(descriptor.MediaType);
            children.Add(new ManifestChild(foreign ? ChildRole.ForeignLayer : role, descriptor));
        }

        return null;
    }

    private static Descriptor? ReadDescriptor(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Object
            || Text(element, "mediaType") is not { } mediaType
            || !Digest.TryParse(Text(element, "digest"), out var digest)
            || !element.TryGetProperty("size", out var sizeElement)
            || sizeElement.ValueKind != JsonValueKind.Number
            || !sizeElement.TryGetInt64(out var size)
            || size < 0)
        {
            return null;
        }

        return new Descriptor(mediaType, digest, size, ReadPlatform(element));
    }

    private static Platform? ReadPlatform(JsonElement element) =>
        element.TryGetProperty("platform", out var platform) && platform.ValueKind == JsonValueKind.Object
            && Text(platform, "os") is { } os && Text(platform, "architecture") is { } architecture
            ? new Platform(os, architecture, Text(platform, "variant"))
            : null;

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
