namespace Roadstead.Oci.Tests;

/// <summary>Rows 1 to 23 of the catalogue of bad input, and the shapes that are good.</summary>
public class OciPathTests
{
    private const string Hex = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    [Theory]
    [InlineData("/v2", OciPathKind.Ping, "", null)]
    [InlineData("/v2/", OciPathKind.Ping, "", null)]
    [InlineData("/v2/_catalog", OciPathKind.Catalog, "", null)]
    [InlineData("/v2/hub/nginx/manifests/latest", OciPathKind.Manifest, "hub/nginx", "latest")]
    [InlineData("/v2/hub/nginx/manifests/sha256:" + Hex, OciPathKind.Manifest, "hub/nginx", "sha256:" + Hex)]
    [InlineData("/v2/hub/nginx/manifests/sha256%3A" + Hex, OciPathKind.Manifest, "hub/nginx", "sha256:" + Hex)]
    [InlineData("/v2/docker.io/nginx/blobs/sha256:" + Hex, OciPathKind.Blob, "docker.io/nginx", "sha256:" + Hex)]
    [InlineData("/v2/localhost:5000/nginx/manifests/1", OciPathKind.Manifest, "localhost:5000/nginx", "1")]
    [InlineData("/v2/a/b/tags/list?n=3", OciPathKind.Tags, "a/b", null)]
    [InlineData("/v2/a/b/referrers/sha256:" + Hex, OciPathKind.Referrers, "a/b", "sha256:" + Hex)]
    [InlineData("/v2/a/b/blobs/uploads/", OciPathKind.Upload, "a/b", null)]
    [InlineData("/v2/a/b/blobs/uploads/123", OciPathKind.Upload, "a/b", null)]
    [InlineData("/v2/hub/manifests/manifests/blobs", OciPathKind.Manifest, "hub/manifests", "blobs")]
    [InlineData("/v2/hub/blobs/blobs/manifests/x", OciPathKind.Manifest, "hub/blobs/blobs", "x")]
    [InlineData("/v2/hub/tags/list/manifests/x", OciPathKind.Manifest, "hub/tags/list", "x")]
    [InlineData("http://mirror:5000/v2/hub/nginx/manifests/latest?ns=docker.io", OciPathKind.Manifest, "hub/nginx", "latest")]
    public void Reads_every_shape(string target, OciPathKind kind, string name, string? reference)
    {
        var (path, error) = OciPath.Parse(target);
        Assert.Null(error);
        Assert.Equal((kind, name, reference), (path!.Kind, path.Name, path.Reference?.ToString()));
    }

    [Theory]
    [InlineData("/dockerhub/v2/", OciPathKind.Ping, "dockerhub", "")]
    [InlineData("/dockerhub/v2", OciPathKind.Ping, "dockerhub", "")]
    [InlineData("/dockerhub/v2/library/nginx/manifests/1?ns=docker.io", OciPathKind.Manifest, "dockerhub", "library/nginx")]
    [InlineData("/docker.io/v2/nginx/tags/list", OciPathKind.Tags, "docker.io", "nginx")]
    [InlineData("/hub/v2/v2/nginx/manifests/1", OciPathKind.Manifest, "hub", "v2/nginx")]
    [InlineData("/v2/v2/nginx/manifests/1", OciPathKind.Manifest, null, "v2/nginx")]
    public void Reads_what_stands_before_v2(string target, OciPathKind kind, string? mount, string name)
    {
        var (path, error) = OciPath.Parse(target);
        Assert.Null(error);
        Assert.Equal((kind, mount, name), (path!.Kind, path.Mount, path.Name));
    }

    public static TheoryData<int, string, int, string> BadInput => new()
    {
        { 1, "/v2/A/b/manifests/x", 400, OciErrorCode.NameInvalid },
        { 2, "/v2/a/../b/manifests/x", 400, OciErrorCode.NameInvalid },
        { 3, "/v2/a%2f..%2fb/manifests/x", 400, OciErrorCode.NameInvalid },
        { 4, "/v2/a/%2F%2F..%2Fetc%2Fpasswd", 400, OciErrorCode.NameInvalid },
        { 5, "/v2/a//b/manifests/x", 400, OciErrorCode.NameInvalid },
        { 6, "/v2/a%5c..%5cb/manifests/x", 400, OciErrorCode.NameInvalid },
        { 7, "/v2/a%00b/manifests/x", 400, OciErrorCode.NameInvalid },
        { 8, "/v2/a%ff/manifests/x", 400, OciErrorCode.NameInvalid },
        { 9, $"/v2/{new string('a', 300)}/b/manifests/x", 400, OciErrorCode.NameInvalid },
        { 10, "/v2/hub/_catalog/manifests/x", 400, OciErrorCode.NameInvalid },
        { 11, $"/v2/a/b/manifests/{new string('a', 129)}", 400, OciErrorCode.TagInvalid },
        { 12, "/v2/a/b/manifests/..", 400, OciErrorCode.TagInvalid },
        { 13, "/v2/a/b/manifests/sha256:latest", 400, OciErrorCode.DigestInvalid },
        { 15, "/v2/a/b/manifests/x?ns=docker.io&ns=quay.io", 400, OciErrorCode.NameInvalid },
        { 16, "/v2/a/b/manifests/x?ns=docker.io/../x", 400, OciErrorCode.NameInvalid },
        { 16, "/v2/a/b/manifests/x?ns=docker.io%2F..%2Fx", 400, OciErrorCode.NameInvalid },
        { 16, "/v2/a/b/manifests/x?ns=", 400, OciErrorCode.NameInvalid },
        { 17, "/v2/a/b/blobs/sha256:abc", 400, OciErrorCode.DigestInvalid },
        { 18, "/v2/a/b/blobs/sha256:" + Hex.ToUpperInvariant(), 400, OciErrorCode.DigestInvalid },
        { 19, "/v2/a/b/blobs/md5:d41d8cd98f00b204e9800998ecf8427e", 400, OciErrorCode.DigestInvalid },
        { 20, "/v2/a/b/blobs/sha256:..%2f..%2fx", 400, OciErrorCode.DigestInvalid },
        { 20, "/v2/a/b/blobs/sha256:../../x", 400, OciErrorCode.DigestInvalid },
        { 20, "/v2/a/b/manifests/sha256:../../x", 400, OciErrorCode.DigestInvalid },
        { 21, "/v2/a/b/blobs/sha256:" + Hex[..63] + "g", 400, OciErrorCode.DigestInvalid },
        { 22, "/v2/a/b/blobs/sha512:" + Hex, 400, OciErrorCode.DigestInvalid },
        { 23, $"/v2/a/b/blobs/{new string('a', 1024)}:abc", 400, OciErrorCode.DigestInvalid },
        { 0, "/v2/manifests/latest", 400, OciErrorCode.NameInvalid },
        { 0, "/../v2/nginx/manifests/latest", 400, OciErrorCode.NameInvalid },
        { 0, "//v2/nginx/manifests/latest", 400, OciErrorCode.NameInvalid },
        { 0, "/UPPER/v2/nginx/manifests/latest", 400, OciErrorCode.NameInvalid },
        { 0, "/a%2fb/v2/nginx/manifests/latest", 400, OciErrorCode.NameInvalid },
        { 0, "/hub/v2/docker.io:5/nginx/x", 404, OciErrorCode.Unsupported },
        { 0, "/v2/a/b", 404, OciErrorCode.Unsupported },
        { 0, "/v2/a/b/manifests/latest/", 404, OciErrorCode.Unsupported },
        { 0, "/v2/a/b/blobs/latest", 400, OciErrorCode.DigestInvalid },
        { 0, "", 404, OciErrorCode.Unsupported },
        { 0, "*", 404, OciErrorCode.Unsupported },
        { 0, "/hub", 404, OciErrorCode.Unsupported },
        { 0, "/hub/nginx", 404, OciErrorCode.Unsupported },
        { 0, "nginx/v2/a/tags/list", 404, OciErrorCode.Unsupported },
        { 0, "http://mirror?x/v2/a/tags/list", 400, OciErrorCode.NameInvalid },
        { 0, "/v2/a/b%/manifests/x", 400, OciErrorCode.NameInvalid },
        { 0, "/v2/a/b%2/manifests/x", 400, OciErrorCode.NameInvalid },
    };

    [Theory]
    [MemberData(nameof(BadInput))]
    public void Refuses_bad_input(int row, string target, int status, string code)
    {
        var (path, error) = OciPath.Parse(target);
        Assert.Null(path);
        Assert.True(error!.Status == status && error.Code == code, $"row {row}: {error}");
    }

    [Theory]
    [InlineData("/v2", true)]
    [InlineData("/v2/", true)]
    [InlineData("/v2/x?y", true)]
    [InlineData("/v2?x", true)]
    [InlineData("/v20/", false)]
    [InlineData("/", false)]
    [InlineData("/metrics", false)]
    [InlineData("*", false)]
    [InlineData("http://mirror/v2/?x", true)]
    [InlineData("http://mirror?x/v2/", false)]
    [InlineData("x?y://mirror/v2/", false)]
    public void Knows_its_own_targets(string target, bool own) => Assert.Equal(own, OciPath.IsRegistryTarget(target));

    [Fact]
    public void Any_text_is_answered_without_an_exception()
    {
        var random = new Random(20261123);
        const string letters = "/v2aA.:%0fF?&=ns_-~\\\0ü*blobs";
        for (var i = 0; i < 200_000; i++)
        {
            var text = "/v2/" + string.Concat(Enumerable.Range(0, random.Next(40)).Select(_ => letters[random.Next(letters.Length)]));
            var (path, error) = OciPath.Parse(text);
            Assert.True(path is null != error is null, text);
        }
    }
}
