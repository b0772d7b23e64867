using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Roadstead.Oci;
using Roadstead.Server.Mirroring;

namespace Roadstead.Server.Registry;

/// <summary>
/// The image <c>roadstead/verify</c> of one project, by which nodes see whether their pulls come through this server and to that project: an index of all
/// platforms that nodes have, each with a configuration of its own and one small layer. The same bytes, so the same digests, on every server of a release.
/// </summary>
/// <remarks>OCI image specification. Held in memory: it is served when the disk, the database and all upstreams are gone.</remarks>
internal sealed class VerifyImage
{
    private const string ConfigType = "application/vnd.oci.image.config.v1+json";
    private const string LayerType = "application/vnd.oci.image.layer.v1.tar+gzip";
    private const string Text = "This image comes from a Roadstead server itself and from no upstream registry.\nWhoever pulled it pulled through the mirror.\n";

    // Architecture and variant, as Go has them.
    private static readonly (string Architecture, string? Variant)[] Platforms = [("amd64", null), ("arm64", "v8"), ("arm", "v7"), ("ppc64le", null), ("s390x", null), ("riscv64", null)];

    private static readonly byte[] Tar = TarArchive.OfOneFile("roadstead-verify.txt", Encoding.ASCII.GetBytes(Text));
    private static readonly byte[] Layer = StoredGzip.Of(Tar);
    private static readonly ConcurrentDictionary<string, VerifyImage> Made = new(StringComparer.Ordinal);

    private readonly Dictionary<Digest, HeldManifest> _manifests = [];
    private readonly Dictionary<Digest, byte[]> _blobs = [];

    private VerifyImage(string project) => Index = Make(project);

    /// <summary>What every tag names.</summary>
    public HeldManifest Index { get; }

    /// <summary>The image of a project. A node whose pulls go to another one gets another digest.</summary>
    public static VerifyImage Of(string project) => Made.GetOrAdd(project, name => new VerifyImage(name));

    /// <summary>The manifest that a reference names; null if there is none.</summary>
    public HeldManifest? Manifest(Reference reference) => reference.Digest is { } digest ? _manifests.GetValueOrDefault(digest)
        : IsOfAnother(reference.ToString()) ? null
        : Index;

    public byte[]? Blob(Digest digest) => _blobs.GetValueOrDefault(digest);

    /// <summary>
    /// Tags that stand for what belongs to a manifest: its signature, attestation or referrers. A client that looks for one must find that there is none,
    /// and not an image.
    /// </summary>
    private static bool IsOfAnother(string tag) => tag.Length >= 71 && tag.StartsWith("sha256-", StringComparison.Ordinal) && Digest.TryParse($"sha256:{tag.AsSpan(7, 64)}", out _);

    private HeldManifest Make(string project)
    {
        var layerDigest = AddBlob(Layer);
        var entries = Platforms.Select(platform =>
        {
            var names = $"\"architecture\":\"{platform.Architecture}\",\"os\":\"linux\"{(platform.Variant is null ? "" : $",\"variant\":\"{platform.Variant}\"")}";

            // Some clients want a time; the earliest says that none is meant.
            var config = Encoding.ASCII.GetBytes($$$"""{"created":"1970-01-01T00:00:00Z",{{{names}}},"config":{"Labels":{"roadstead.project":"{{{project}}}"}},"rootfs":{"type":"layers","diff_ids":["{{{Digest.Of(Tar)}}}"]},"history":[{"created":"1970-01-01T00:00:00Z","created_by":"roadstead"}]}""");
            var manifest = AddManifest(
                MediaTypes.OciManifest,
                $$"""{"schemaVersion":2,"mediaType":"{{MediaTypes.OciManifest}}","config":{{Descriptor(ConfigType, AddBlob(config), config.Length)}},"layers":[{{Descriptor(LayerType, layerDigest, Layer.Length)}}]}""");
            return Descriptor(MediaTypes.OciManifest, manifest.Digest, manifest.Bytes.Length, $",\"platform\":{{{names}}}");
        });
        return AddManifest(MediaTypes.OciIndex, $$"""{"schemaVersion":2,"mediaType":"{{MediaTypes.OciIndex}}","manifests":[{{string.Join(',', entries)}}]}""");
    }

    private static string Descriptor(string mediaType, Digest digest, int size, string more = "") =>
        $"{{\"mediaType\":\"{mediaType}\",\"digest\":\"{digest}\",\"size\":{size.ToString(CultureInfo.InvariantCulture)}{more}}}";

    private HeldManifest AddManifest(string mediaType, string json)
    {
        var bytes = Encoding.ASCII.GetBytes(json);
        var manifest = new HeldManifest(HeldManifest.NoRow, Digest.Of(bytes), mediaType, bytes, DateTimeOffset.UnixEpoch);
        _manifests.Add(manifest.Digest, manifest);
        return manifest;
    }

    private Digest AddBlob(byte[] bytes)
    {
        var digest = Digest.Of(bytes);
        _blobs[digest] = bytes;
        return digest;
    }
}
