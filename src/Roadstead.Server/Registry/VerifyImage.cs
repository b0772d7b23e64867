using System.Collections.Frozen;
using System.Globalization;
using System.Text;
using Roadstead.Oci;
using Roadstead.Server.Mirroring;

namespace Roadstead.Server.Registry;

/// <summary>
/// The image <c>roadstead/verify</c>, by which nodes see whether their pulls come through this server: an index of all platforms that nodes have, each
/// with a configuration of its own and one small layer. The same bytes, so the same digests, on every server of a release.
/// </summary>
/// <remarks>OCI image specification. Held in memory: it is served when the disk, the database and all upstreams are gone.</remarks>
internal static class VerifyImage
{
    private const string ConfigType = "application/vnd.oci.image.config.v1+json";
    private const string LayerType = "application/vnd.oci.image.layer.v1.tar+gzip";
    private const string Text = "This image comes from a Roadstead server itself and from no upstream registry.\nWhoever pulled it pulled through the mirror.\n";

    // Architecture and variant, as Go has them.
    private static readonly (string Architecture, string? Variant)[] Platforms = [("amd64", null), ("arm64", "v8"), ("arm", "v7"), ("ppc64le", null), ("s390x", null), ("riscv64", null)];

    private static readonly Dictionary<Digest, HeldManifest> MadeManifests = [];
    private static readonly Dictionary<Digest, byte[]> MadeBlobs = [];

    /// <summary>What every tag names.</summary>
    public static HeldManifest Index { get; } = Make();

    private static readonly FrozenDictionary<Digest, HeldManifest> Manifests = MadeManifests.ToFrozenDictionary();
    private static readonly FrozenDictionary<Digest, byte[]> Blobs = MadeBlobs.ToFrozenDictionary();

    /// <summary>The manifest that a reference names; null if there is none.</summary>
    public static HeldManifest? Manifest(Reference reference) => reference.Digest is { } digest ? Manifests.GetValueOrDefault(digest)
        : IsOfAnother(reference.ToString()) ? null
        : Index;

    public static byte[]? Blob(Digest digest) => Blobs.GetValueOrDefault(digest);

    /// <summary>
    /// Tags that stand for what belongs to a manifest: its signature, attestation or referrers. A client that looks for one must find that there is none,
    /// and not an image.
    /// </summary>
    private static bool IsOfAnother(string tag) => tag.Length >= 71 && tag.StartsWith("sha256-", StringComparison.Ordinal) && Digest.TryParse($"sha256:{tag.AsSpan(7, 64)}", out _);

    private static HeldManifest Make()
    {
        var tar = TarArchive.OfOneFile("roadstead-verify.txt", Encoding.ASCII.GetBytes(Text));
        var layer = StoredGzip.Of(tar);
        var layerDigest = AddBlob(layer);
        var entries = Platforms.Select(platform =>
        {
            var names = $"\"architecture\":\"{platform.Architecture}\",\"os\":\"linux\"{(platform.Variant is null ? "" : $",\"variant\":\"{platform.Variant}\"")}";

            // Some clients want a time; the earliest says that none is meant.
            var config = Encoding.ASCII.GetBytes($$$"""{"created":"1970-01-01T00:00:00Z",{{{names}}},"config":{},"rootfs":{"type":"layers","diff_ids":["{{{Digest.Of(tar)}}}"]},"history":[{"created":"1970-01-01T00:00:00Z","created_by":"roadstead"}]}""");
            var manifest = AddManifest(
                MediaTypes.OciManifest,
                $$"""{"schemaVersion":2,"mediaType":"{{MediaTypes.OciManifest}}","config":{{Descriptor(ConfigType, AddBlob(config), config.Length)}},"layers":[{{Descriptor(LayerType, layerDigest, layer.Length)}}]}""");
            return Descriptor(MediaTypes.OciManifest, manifest.Digest, manifest.Bytes.Length, $",\"platform\":{{{names}}}");
        });
        return AddManifest(MediaTypes.OciIndex, $$"""{"schemaVersion":2,"mediaType":"{{MediaTypes.OciIndex}}","manifests":[{{string.Join(',', entries)}}]}""");
    }

    private static string Descriptor(string mediaType, Digest digest, int size, string more = "") =>
        $"{{\"mediaType\":\"{mediaType}\",\"digest\":\"{digest}\",\"size\":{size.ToString(CultureInfo.InvariantCulture)}{more}}}";

    private static HeldManifest AddManifest(string mediaType, string json)
    {
        var bytes = Encoding.ASCII.GetBytes(json);
        var manifest = new HeldManifest(HeldManifest.NoRow, Digest.Of(bytes), mediaType, bytes, DateTimeOffset.UnixEpoch);
        MadeManifests.Add(manifest.Digest, manifest);
        return manifest;
    }

    private static Digest AddBlob(byte[] bytes)
    {
        var digest = Digest.Of(bytes);
        MadeBlobs.Add(digest, bytes);
        return digest;
    }
}
