using Roadstead.Testing.Images;

namespace Roadstead.Server.Tests.Registry;

/// <summary>The catalogue's rows on names, queries and headers, on the wire.</summary>
public class BadInputTests
{
    private const string Hex = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    [Fact]
    public async Task Each_row_has_its_answer_and_none_reaches_upstream()
    {
        await using var world = await World.Start();
        (int Row, string Path, int[] Expected)[] rows =
        [
            (1, "dockerhub/A/b/manifests/x", [400]),
            (2, "dockerhub/a/../b/manifests/x", [400]),
            (3, "dockerhub/a%2f..%2fb/manifests/x", [400]),
            (4, "dockerhub/%2F%2F..%2Fetc%2Fpasswd", [400]),
            (4, "%2F%2F..%2Fetc%2Fpasswd", [400]),
            (5, "dockerhub/a//b/manifests/x", [400]),
            (6, "dockerhub/a%5c..%5cb/manifests/x", [400]),
            (7, "dockerhub/a%00b/manifests/x", [400]),
            (8, "dockerhub/a%ff/manifests/x", [400]),
            (9, $"dockerhub/{new string('a', 300)}/manifests/x", [400]),
            (10, "dockerhub/_catalog/manifests/x", [400]),
            (11, $"dockerhub/a/manifests/{new string('t', 129)}", [400]),
            (12, "dockerhub/a/manifests/..", [400]),
            (13, "dockerhub/a/manifests/sha256:latest", [400]),
            (14, "a/manifests/x?ns=evil.example", [404]),
            (15, "a/manifests/x?ns=docker.io&ns=docker.io", [400]),
            (16, "a/manifests/x?ns=docker.io/../x", [400]),
            (17, "dockerhub/a/blobs/sha256:abc", [400]),
            (18, $"dockerhub/a/blobs/sha256:{Hex.ToUpperInvariant()}", [400]),
            (19, "dockerhub/a/blobs/md5:d41d8cd98f00b204e9800998ecf8427e", [400]),
            (20, "dockerhub/a/blobs/sha256:../../x", [400]),
            (21, $"dockerhub/a/blobs/sha256:{Hex[..63]}g", [400]),
            (22, $"dockerhub/a/blobs/sha512:{Hex}", [400]),
            (23, $"dockerhub/a/blobs/{new string('z', 1024)}:abc", [400]),
        ];
        foreach (var (row, path, expected) in rows)
        {
            var status = await StatusOf(world, "/v2/" + path);
            Assert.True(expected.Contains(status), $"row {row}, {path}: {status}");
        }

        Assert.Empty(world.Upstream.Requests.Items);
    }

    [Fact]
    public async Task Row_10_Keywords_may_be_repositories()
    {
        await using var world = await World.Start();
        Assert.Equal(404, await StatusOf(world, "/v2/dockerhub/x/manifests/manifests/blobs"));
        Assert.Equal("/v2/x/manifests/manifests/blobs", Assert.Single(world.Upstream.Requests.Items).Path);
    }

    public static TheoryData<int, string, int> OddHeaders => new()
    {
        { 37, string.Concat(Enumerable.Range(0, 101).Select(i => $"\r\nX-{i}: y")), 431 },
        { 38, "\r\nContent-Length: 4\r\nTransfer-Encoding: chunked", 400 },
        { 40, "\r\nX-Forwarded-Host: evil.example\r\nForwarded: host=evil.example\r\nX-Forwarded-Proto: https", 200 },
        { 41, "", 200 },
        { 41, "\r\nAccept: text/html;q=0.1, nonsense", 200 },
        { 43, $"\r\nAuthorization: Bearer {new string('a', 1_000_000)}", 431 },

        // Rows 44 to 48 for a server that asks nobody for a credential: a foreign or broken one is no reason to refuse a public image.
        { 44, "\r\nAuthorization: Basic bm9jb2xvbg==", 200 },
        { 44, "\r\nAuthorization: Basic /w==", 200 },
        { 44, "\r\nAuthorization: Basic %%%", 200 },
        { 45, "\r\nAuthorization: Bearer eyJhbGciOiJub25lIn0.e30.", 200 },
        { 48, "\r\nAuthorization: Bearer expired\r\nAuthorization: Basic twice", 200 },
        { 36, "\r\nIf-None-Match: nonsense\r\nIf-Range: nonsense\r\nRange: bytes=0-1", 200 },
    };

    [Theory]
    [MemberData(nameof(OddHeaders))]
    public async Task Odd_headers_have_their_answer(int row, string headers, int expected)
    {
        await using var world = await World.Start();
        var image = world.Upstream.AddImage("library/app", "1", LayerForge.Random(100));
        await world.Pull("dockerhub/library/app", "1", image);
        var (status, answer) = await RawHttp.Send(world.Server.Address, $"GET /v2/dockerhub/library/app/manifests/1 HTTP/1.1{headers}", row == 38 ? "0\r\n\r\n" : "");
        Assert.True(status == expected, $"row {row}: {answer}");
        Assert.DoesNotContain("evil.example", answer, StringComparison.Ordinal);
        Assert.Equal(status == 200, answer.Contains($"ETag: \"{image.Digest}\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Row_29_A_target_longer_than_a_line_may_be()
    {
        await using var world = await World.Start();
        Assert.Equal(414, (await RawHttp.Send(world.Server.Address, $"GET /v2/dockerhub/library/app/tags/list?last={new string('a', 64 * 1024)} HTTP/1.1")).Status);
        Assert.Empty(world.Upstream.Requests.Items);
    }

    [Theory]
    [InlineData("dockerhub/a/manifests/x%0d%0aSet-Cookie:%20a=b")]
    [InlineData("dockerhub/a/manifests/x?ns=docker.io%0d%0aSet-Cookie:%20a=b")]
    [InlineData("dockerhub/a%0d%0aSet-Cookie:%20a=b/manifests/x")]
    public async Task Row_39_A_line_break_in_a_path_is_never_sent_back(string path)
    {
        await using var world = await World.Start();
        var (status, answer) = await RawHttp.Send(world.Server.Address, $"GET /v2/{path} HTTP/1.1");
        Assert.Equal(400, status);
        Assert.DoesNotContain("\nSet-Cookie", answer, StringComparison.Ordinal);
        Assert.Empty(world.Upstream.Requests.Items);
    }

    private static async Task<int> StatusOf(World world, string target) => (await RawHttp.Send(world.Server.Address, $"GET {target} HTTP/1.1")).Status;
}
