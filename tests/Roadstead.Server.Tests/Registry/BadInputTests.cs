using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Roadstead.Server.Tests.Registry;

/// <summary>The catalogue's rows 1 to 23 on the wire, as no client library would send them.</summary>
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
            (20, "dockerhub/a/blobs/sha256:../../x", [400, 404]),
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

    private static async Task<int> StatusOf(World world, string target)
    {
        var stops = TestContext.Current.CancellationToken;
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", world.Server.Address.Port, stops);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"GET {target} HTTP/1.1\r\nHost: mirror\r\nConnection: close\r\n\r\n"), stops);
        using var reader = new StreamReader(stream);
        var answer = await reader.ReadToEndAsync(stops);
        return int.Parse(answer.AsSpan("HTTP/1.1 ".Length, 3), CultureInfo.InvariantCulture);
    }
}
