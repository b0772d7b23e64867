using System.Text;

namespace Roadstead.Oci.Tests;

public class ManifestReaderTests
{
    private static readonly string A = Digest.Of("a"u8).ToString();
    private static readonly string B = Digest.Of("b"u8, DigestAlgorithm.Sha512).ToString();

    private const string Arm = ",\"platform\":{\"os\":\"linux\",\"architecture\":\"arm\",\"variant\":\"v7\"}";

    private static string Descriptor(string type, string digest, string size = "1", string more = "") =>
        $$"""{"mediaType":"{{type}}","digest":"{{digest}}","size":{{size}}{{more}}}""";

    private static (Manifest? Manifest, string? Fault) Read(string json, string? contentType = null) => ManifestReader.Read(Encoding.UTF8.GetBytes(json), contentType);

    [Fact]
    public void Reads_an_image_with_a_foreign_layer()
    {
        var (manifest, _) = Read($$"""
            {"schemaVersion":2,"mediaType":"{{MediaTypes.OciManifest}}","config":{{Descriptor("application/vnd.oci.image.config.v1+json", A)}},
             "layers":[{{Descriptor("application/vnd.oci.image.layer.v1.tar+gzip", B, "7")}},{{Descriptor("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", A)}}]}
            """);
        Assert.Equal([ChildRole.Blob, ChildRole.Blob, ChildRole.ForeignLayer], manifest!.Children.Select(child => child.Role));
        Assert.Equal((B, 7L), (manifest.Children[1].Descriptor.Digest.ToString(), manifest.Children[1].Descriptor.Size));
        Assert.False(manifest.IsIndex);
    }

    [Fact]
    public void Reads_an_index_with_platforms()
    {
        var (manifest, _) = Read($$"""
            {"schemaVersion":2,"manifests":[{{Descriptor(MediaTypes.OciManifest, A, "1", Arm)}},{{Descriptor(MediaTypes.OciIndex, B)}}]}
            """, "application/json; charset=utf-8");
        Assert.Equal(MediaTypes.OciIndex, manifest!.MediaType);
        Assert.Equal(new Platform("linux", "arm", "v7"), manifest.Children[0].Descriptor.Platform);
        Assert.Null(manifest.Children[1].Descriptor.Platform);
    }

    [Fact]
    public void The_document_s_own_type_rules()
    {
        var json = $$"""{"schemaVersion":2,"mediaType":"{{MediaTypes.DockerManifest}}","config":{{Descriptor("c", A)}},"layers":[]}""";
        Assert.Equal(MediaTypes.DockerManifest, Read(json, MediaTypes.OciManifest).Manifest!.MediaType);
        Assert.Equal(MediaTypes.DockerManifest, Read(json.Replace("\"mediaType\":\"" + MediaTypes.DockerManifest + "\",", "", StringComparison.Ordinal), MediaTypes.DockerManifest).Manifest!.MediaType);
    }

    public static TheoryData<string, string> Refused => new()
    {
        { "<html>login</html>", "HTML" },
        { "[]", "no object" },
        { "{}", "nothing of a manifest" },
        { """{"token":"x"}""", "another JSON" },
        { """{"schemaVersion":1,"fsLayers":[]}""", "schema 1" },
        { $$"""{"manifests":[],"layers":[]}""", "index and image" },
        { $$"""{"mediaType":"{{MediaTypes.OciIndex}}","layers":[]}""", "content of another type" },
        { $$"""{"mediaType":"{{MediaTypes.OciManifest}}","manifests":[]}""", "content of another type" },
        { $$"""{"mediaType":"{{MediaTypes.OciManifest}}","mediaType":"{{MediaTypes.OciIndex}}","layers":[]}""", "duplicate keys" },
        { $$"""{"layers":[{"mediaType":"x","digest":"{{A}}","size":-1}]}""", "negative size" },
        { $$"""{"layers":[{"mediaType":"x","digest":"{{A}}","size":9223372036854775808}]}""", "size of 2^63" },
        { $$"""{"layers":[{"mediaType":"x","digest":"{{A}}","size":"1"}]}""", "size as text" },
        { """{"layers":[{"mediaType":"x","digest":"sha256:../../x","size":1}]}""", "digest that is a path" },
        { """{"layers":{}}""", "layers that are no list" },
        { """{"mediaType":"\ud800","layers":[]}""", "type that is no text" },
        { """{"\ud800":1,"layers":[]}""", "key that is no text" },
        { string.Concat(Enumerable.Repeat("{\"layers\":[", 10_000)), "10,000 levels" },
        { string.Concat(Enumerable.Repeat("[", 10_000)) + string.Concat(Enumerable.Repeat("]", 10_000)), "10,000 lists" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void Refuses(string json, string what)
    {
        var (manifest, fault) = Read(json);
        Assert.True(manifest is null && fault is not null, what);
    }

    [Fact]
    public void Tells_manifests_from_blobs_that_are_JSON()
    {
        Assert.True(ManifestReader.LooksLikeManifest(Encoding.UTF8.GetBytes("""{"schemaVersion":2,"layers":[]}""")));
        Assert.True(ManifestReader.LooksLikeManifest(Encoding.UTF8.GetBytes("""{"schemaVersion":2,"manifests":[]}""")));
        Assert.False(ManifestReader.LooksLikeManifest(Encoding.UTF8.GetBytes("""{"architecture":"amd64","config":{},"rootfs":{}}""")));
        Assert.False(ManifestReader.LooksLikeManifest("{}"u8.ToArray()));
        Assert.False(ManifestReader.LooksLikeManifest(new byte[] { 0x1f, 0x8b, 0x08 }));
    }

    [Theory]
    [InlineData("linux/arm64", "linux/arm64/v8", true)]
    [InlineData("linux/arm/v7", "linux/arm/v6", false)]
    [InlineData("linux/amd64", "windows/amd64", false)]
    public void Platforms_match(string wanted, string offered, bool matches) => Assert.Equal(matches, Platform.Parse(wanted).Matches(Platform.Parse(offered)));
}
