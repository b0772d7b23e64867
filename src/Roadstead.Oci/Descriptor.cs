using System.Diagnostics.CodeAnalysis;

namespace Roadstead.Oci;

/// <summary>What a manifest says of content that it names.</summary>
/// <param name="MediaType">The content's type.</param>
/// <param name="Digest">The content's identity.</param>
/// <param name="Size">The content's length in bytes.</param>
/// <param name="Platform">What an index's entry runs on; null where it does not say.</param>
/// <remarks>OCI image specification, descriptor.md.</remarks>
public sealed record Descriptor(string MediaType, Digest Digest, long Size, Platform? Platform = null);

/// <summary>What an image runs on, as <c>linux/arm64</c> or <c>linux/arm/v7</c>.</summary>
/// <param name="Os">Operating system, in Go's words.</param>
/// <param name="Architecture">Processor architecture, in Go's words.</param>
/// <param name="Variant">Variant of the architecture; null where none is given.</param>
/// <remarks>OCI image specification, image-index.md.</remarks>
public sealed record Platform(string Os, string Architecture, string? Variant = null)
{
    /// <summary>True for entries that are no image: build attestations stand in an index as <c>unknown/unknown</c>.</summary>
    public bool IsUnknown => Os == "unknown";

    /// <summary>True if an entry for <paramref name="offered"/> serves who wants this; a variant matters only where both give one.</summary>
    public bool Matches(Platform offered)
    {
        ArgumentNullException.ThrowIfNull(offered);
        return Os == offered.Os && Architecture == offered.Architecture
            && (Variant is null || offered.Variant is null || Variant == offered.Variant);
    }

    /// <summary>Reads <c>os/architecture[/variant]</c>.</summary>
    /// <exception cref="FormatException">It has another shape.</exception>
    public static Platform Parse(string text) =>
        TryParse(text, out var platform) ? platform : throw new FormatException($"'{text}' is not a platform: write os/architecture or os/architecture/variant.");

    /// <summary>The same; false where it has another shape.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out Platform? platform)
    {
        ArgumentNullException.ThrowIfNull(text);
        var parts = text.Split('/');
        platform = parts.Length is 2 or 3 && parts.All(part => part.Length > 0) ? new Platform(parts[0], parts[1], parts.ElementAtOrDefault(2)) : null;
        return platform is not null;
    }

    /// <summary>As <see cref="Parse"/> reads it.</summary>
    public override string ToString() => Variant is null ? $"{Os}/{Architecture}" : $"{Os}/{Architecture}/{Variant}";
}
