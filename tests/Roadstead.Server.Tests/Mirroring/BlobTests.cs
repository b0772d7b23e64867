using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Roadstead.Testing.Images;
using Roadstead.Testing.Upstream;

namespace Roadstead.Server.Tests.Mirroring;

public partial class BlobTests
{
    private const int Large = 3_000_000;

    [Fact]
    public async Task Streams_while_it_fills_to_all_from_one_GET()
    {
        await using var world = await World.Start();
        var image = world.Upstream.AddImage("library/app", "1", LayerForge.Random(Large));
        var layer = image.Layers[0];
        var gate = new Gate();
        world.Upstream.Fault(On.Blob(digest: layer.Digest), Faults.StallAfter(2_000_000, gate));
        await world.Read("dockerhub/library/app/manifests/1");

        var clients = await Task.WhenAll(Enumerable.Range(0, 32).Select(_ => world.Get($"dockerhub/library/app/blobs/{layer.Digest}")));
        var bodies = await Task.WhenAll(clients.Select(client => client.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken)));
        // Each has its first bytes while upstream holds back the last ones.
        foreach (var body in bodies)
        {
            var first = new byte[1_000_000];
            await body.ReadExactlyAsync(first, TestContext.Current.CancellationToken);
            Assert.Equal(layer.Bytes[..first.Length], first);
        }

        Assert.All(clients, client => Assert.Equal((layer.Size, "miss"), (client.Content.Headers.ContentLength!.Value, World.CacheOf(client))));
        gate.Open();
        foreach (var body in bodies)
        {
            using var rest = new MemoryStream();
            await body.CopyToAsync(rest, TestContext.Current.CancellationToken);
            Assert.Equal(layer.Bytes[1_000_000..], rest.ToArray());
        }

        Assert.Equal((1, 0), (world.Upstream.Requests.Count(On.Blob(digest: layer.Digest).Get()), world.Upstream.Requests.Count(On.Blob(digest: layer.Digest).Head())));
    }

    [Fact]
    public async Task Ranges_of_a_blob_that_is_still_filling()
    {
        await using var world = await World.Start();
        var layer = LayerForge.Random(Large);
        world.Upstream.AddImage("library/app", "1", layer);
        var gate = new Gate();
        world.Upstream.Fault(On.Blob(digest: layer.Digest), Faults.StallAfter(2_000_000, gate));
        await world.Read("dockerhub/library/app/manifests/1");
        await gate.Reached();

        using var early = await world.Get($"dockerhub/library/app/blobs/{layer.Digest}", range: new RangeHeaderValue(1000, 1999));
        Assert.Equal((HttpStatusCode.PartialContent, $"bytes 1000-1999/{layer.Size}"), (early.StatusCode, early.Content.Headers.ContentRange!.ToString()));
        Assert.Equal(layer.Bytes[1000..2000], await early.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));

        using var late = await world.Get($"dockerhub/library/app/blobs/{layer.Digest}", range: new RangeHeaderValue(null, 10));
        Assert.Equal($"bytes {layer.Size - 10}-{layer.Size - 1}/{layer.Size}", late.Content.Headers.ContentRange!.ToString());
        gate.Open();
        Assert.Equal(layer.Bytes[^10..], await late.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task The_fill_outlives_its_clients()
    {
        await using var world = await World.Start();
        var blob = LayerForge.Random(Large + 2_000_000);
        world.Upstream.AddBlob("library/app", blob.Bytes);
        var gate = new Gate();
        world.Upstream.Fault(On.Blob(), Faults.StallAfter(1_000_000, gate));
        using (var client = await world.Get($"dockerhub/library/app/blobs/{blob.Digest}"))
        {
            Assert.Equal(HttpStatusCode.OK, client.StatusCode);
        }

        await world.Server.WaitForLog(line => line.Contains("cut=\"the client left\"", StringComparison.Ordinal));
        gate.Open();
        await world.Stored(blob.Digest);
        Assert.Equal(new Got(HttpStatusCode.OK, "hit", blob.Digest), await world.Read($"dockerhub/library/app/blobs/{blob.Digest}"));
        Assert.Equal(1, world.Upstream.Requests.Count(On.Blob()));
    }

    [Theory]
    [InlineData("416")]
    [InlineData("another range")]
    public async Task What_upstream_cannot_continue_is_fetched_anew(string answer)
    {
        await using var world = await World.Start();
        var layer = LayerForge.Random(Large);
        world.Upstream.AddImage("library/app", "1", layer);
        world.Upstream.Fault(On.Blob(digest: layer.Digest).Get(), Faults.TruncateAfter(1_500_000), times: 1);
        world.Upstream.Fault(request => request.Range is not null, answer == "416" ? Faults.Status(416) : Faults.Headers(("Content-Range", $"bytes 0-9/{layer.Size}")));
        await world.Get("dockerhub/library/app/manifests/1", HttpMethod.Head);
        Assert.Equal(new Got(HttpStatusCode.OK, "miss", layer.Digest), await world.Read($"dockerhub/library/app/blobs/{layer.Digest}"));
        Assert.Equal(3, world.Upstream.CountBlobGets("library/app", layer.Digest));
    }

    [Fact]
    public async Task An_upstream_that_breaks_again_and_again_is_given_up()
    {
        await using var world = await World.Start();
        var layer = LayerForge.Random(Large);
        world.Upstream.AddImage("library/app", "1", layer);
        world.Upstream.Fault(On.Blob(digest: layer.Digest), Faults.TruncateAfter(10));
        await world.Get("dockerhub/library/app/manifests/1", HttpMethod.Head);
        using var response = await world.Get($"dockerhub/library/app/blobs/{layer.Digest}");
        await Assert.ThrowsAnyAsync<Exception>(() => response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        Assert.Equal(4, world.Upstream.CountBlobGets("library/app", layer.Digest));
    }

    [Fact]
    public async Task A_client_that_stalls_holds_up_nobody()
    {
        await using var world = await World.Start();
        var layer = LayerForge.Random(30_000_000);
        world.Upstream.AddImage("library/app", "1", layer);
        using var stalled = await world.Get($"dockerhub/library/app/blobs/{layer.Digest}");
        var others = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => world.Read($"dockerhub/library/app/blobs/{layer.Digest}")));
        Assert.All(others, got => Assert.Equal((HttpStatusCode.OK, layer.Digest), (got.Status, got.Digest)));
        await world.Stored(layer.Digest);
        Assert.Equal(1, world.Upstream.CountBlobGets("library/app", layer.Digest));

        // It gets its bytes too, when it wants them.
        Assert.Equal(layer.Bytes, await stalled.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData(100)]
    [InlineData(Large)]
    public async Task A_wrong_blob_is_never_whole_and_never_kept(int size)
    {
        await using var world = await World.Start();
        var layer = LayerForge.Random(size);
        world.Upstream.AddImage("library/app", "1", layer);
        world.Upstream.Fault(On.Blob(digest: layer.Digest), Faults.WrongLastByte(), times: 1);
        await world.Get("dockerhub/library/app/manifests/1", HttpMethod.Head);

        using (var response = await world.Get($"dockerhub/library/app/blobs/{layer.Digest}"))
        {
            Assert.Equal(layer.Size, response.Content.Headers.ContentLength);
            await Assert.ThrowsAnyAsync<Exception>(() => response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        }

        await world.Server.WaitForLog(line => line.Contains("they are discarded", StringComparison.Ordinal));
        Assert.Equal(layer.Digest, (await world.Read($"dockerhub/library/app/blobs/{layer.Digest}")).Digest);
        Assert.Equal(2, world.Upstream.CountBlobGets("library/app", layer.Digest));
        await world.Stored(layer.Digest);
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(world.Server.StoragePath, "spool")));
    }

    [Fact]
    public async Task A_blob_that_is_wrong_before_anyone_can_read_of_it_is_not_asked_for_without_end()
    {
        await using var world = await World.Start();
        var layer = LayerForge.Random(100);
        world.Upstream.AddImage("library/app", "1", layer);
        world.Upstream.Fault(On.Blob(digest: layer.Digest), Faults.WrongLastByte());
        await world.Get("dockerhub/library/app/manifests/1", HttpMethod.Head);
        for (var clients = 1; clients <= 10; clients++)
        {
            using var response = await world.Get($"dockerhub/library/app/blobs/{layer.Digest}");
            Assert.InRange(world.Upstream.CountBlobGets("library/app", layer.Digest), 1, 2 * clients);
        }
    }

    [Fact]
    public async Task A_wrong_length_is_refused_before_the_first_byte()
    {
        await using var world = await World.Start();
        var layer = LayerForge.Random(1000);
        world.Upstream.AddImage("library/app", "1", layer);
        world.Upstream.Fault(On.Blob(digest: layer.Digest), Faults.Longer());
        await world.Get("dockerhub/library/app/manifests/1", HttpMethod.Head);
        Assert.Equal(HttpStatusCode.BadGateway, (await world.Read($"dockerhub/library/app/blobs/{layer.Digest}")).Status);
    }

    [Theory]
    [InlineData(500)]
    [InlineData(200)]
    public async Task A_blob_that_upstream_does_not_bring_is_asked_for_once_more(int status)
    {
        await using var world = await World.Start();
        var layer = LayerForge.Random(1000);
        world.Upstream.AddImage("library/app", "1", layer);
        world.Upstream.Fault(On.Blob(digest: layer.Digest), Faults.Status(status, "Please log in", "text/html"), times: 1);
        await world.Get("dockerhub/library/app/manifests/1", HttpMethod.Head);
        Assert.Equal(new Got(HttpStatusCode.OK, "miss", layer.Digest), await world.Read($"dockerhub/library/app/blobs/{layer.Digest}"));
        Assert.Equal(2, world.Upstream.CountBlobGets("library/app", layer.Digest));
    }

    [Fact]
    public async Task A_manifest_that_lies_of_a_size_harms_its_own_repository_alone()
    {
        await using var world = await World.Start();
        var layer = LayerForge.Random(1000);
        var evil = System.Text.Encoding.UTF8.GetBytes($$"""
            {"schemaVersion":2,"mediaType":"{{Media.OciManifest}}","config":{"mediaType":"{{Media.OciEmpty}}","digest":"{{layer.Digest}}","size":7},"layers":[]}
            """);
        world.Upstream.AddManifest("evil/app", "1", Media.OciManifest, evil);
        Assert.Equal(HttpStatusCode.OK, (await world.Read("dockerhub/evil/app/manifests/1")).Status);
        await world.Pull("dockerhub/library/app", "1", world.Upstream.AddImage("library/app", "1", layer));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_broken_body_is_resumed(bool ranges)
    {
        await using var world = await World.Start();
        world.Upstream.ServesRanges = ranges;
        var layer = LayerForge.Random(Large);
        world.Upstream.AddImage("library/app", "1", layer);
        world.Upstream.Fault(On.Blob(digest: layer.Digest), Faults.ResetAfter(1_000_000), times: 1);
        await world.Get("dockerhub/library/app/manifests/1", HttpMethod.Head);
        Assert.Equal(new Got(HttpStatusCode.OK, "miss", layer.Digest), await world.Read($"dockerhub/library/app/blobs/{layer.Digest}"));
        Assert.Contains(world.Upstream.Requests.Items, request => request.Range is not null);
    }

    [Fact]
    public async Task A_body_that_drips_is_resumed_on_another_connection()
    {
        await using var world = await World.Start(endpoint: [("idleTimeout", "400ms"), ("minBodyRate", "100KiB")]);
        var layer = LayerForge.Random(Large);
        world.Upstream.AddImage("library/app", "1", layer);

        // Never silent for as long as the time-out, and never done either.
        var gate = new Gate();
        await using var drops = new Timer(_ => gate.LetThrough(), null, TimeSpan.Zero, TimeSpan.FromMilliseconds(50));
        world.Upstream.Fault(On.Blob(digest: layer.Digest), Faults.Drip(10, gate), times: 1);
        await world.Get("dockerhub/library/app/manifests/1", HttpMethod.Head);
        Assert.Equal(new Got(HttpStatusCode.OK, "miss", layer.Digest), await world.Read($"dockerhub/library/app/blobs/{layer.Digest}"));

        // Never before the time-out; how long after it, the machine decides.
        var told = world.Server.Log.Items.Select(line => Dripped().Match(line)).FirstOrDefault(match => match.Success);
        Assert.True(told is not null, string.Join('\n', world.Server.Log.Items));
        Assert.True(double.Parse(told.Groups["seconds"].Value, CultureInfo.InvariantCulture) >= 0.4, told.Value);
        Assert.NotNull(world.Upstream.Requests.Items.Single(request => request.Range is not null));
    }

    [Fact]
    public async Task A_blob_of_another_repository_is_confirmed_and_not_fetched_again()
    {
        await using var world = await World.Start();
        var layer = LayerForge.Random(5_000_000);
        world.Upstream.AddImage("library/one", "1", layer);
        world.Upstream.AddImage("library/two", "1", layer);
        await world.Read($"dockerhub/library/one/blobs/{layer.Digest}");
        await world.Stored(layer.Digest);
        Assert.Equal(new Got(HttpStatusCode.OK, "hit", layer.Digest), await world.Read($"dockerhub/library/two/blobs/{layer.Digest}"));
        Assert.Equal(new Got(HttpStatusCode.OK, "hit", layer.Digest), await world.Read($"dockerhub/library/two/blobs/{layer.Digest}"));
        Assert.Equal((1, 1), (world.Upstream.Requests.Count(On.Blob().Get()), world.Upstream.Requests.Count(On.Blob("library/two").Head())));
    }

    [Fact]
    public async Task A_blob_is_not_served_to_a_repository_whose_upstream_lacks_it()
    {
        await using var world = await World.Start();
        var layer = LayerForge.Random(1000);
        world.Upstream.AddImage("library/one", "1", layer);
        world.Upstream.AddImage("library/two", "1", LayerForge.Random(1000, seed: 2));
        await world.Read($"dockerhub/library/one/blobs/{layer.Digest}");
        await world.Stored(layer.Digest);
        Assert.Equal(HttpStatusCode.NotFound, (await world.Read($"dockerhub/library/two/blobs/{layer.Digest}")).Status);
        await world.Upstream.Stop();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await world.Read($"dockerhub/library/three/blobs/{layer.Digest}")).Status);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_manifest_is_never_a_blob(bool known)
    {
        await using var world = await World.Start();
        var image = world.Upstream.AddImage("library/app", "1", LayerForge.Random(1000));
        world.Upstream.AddBlob("library/app", image.Bytes);
        if (known)
        {
            await world.Read("dockerhub/library/app/manifests/1");
        }

        using var response = await world.Get($"dockerhub/library/app/blobs/{image.Digest}");
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Contains("BLOB_UNKNOWN", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_blob_without_its_manifest_is_mirrored(bool declaresLength)
    {
        await using var world = await World.Start();
        var blob = LayerForge.Random(Large + 2_000_000);
        world.Upstream.AddBlob("library/app", blob.Bytes);
        if (!declaresLength)
        {
            world.Upstream.Fault(On.Blob(), Faults.WithoutContentLength());
        }

        Assert.Equal(new Got(HttpStatusCode.OK, "miss", blob.Digest), await world.Read($"dockerhub/library/app/blobs/{blob.Digest}"));
        await world.Stored(blob.Digest);
        await world.Upstream.Stop();
        Assert.Equal(new Got(HttpStatusCode.OK, "hit", blob.Digest), await world.Read($"dockerhub/library/app/blobs/{blob.Digest}"));
    }

    [Fact]
    public async Task A_cold_HEAD_asks_and_fetches_nothing()
    {
        await using var world = await World.Start();
        var blob = LayerForge.Random(1234);
        world.Upstream.AddBlob("library/app", blob.Bytes);
        using var head = await world.Get($"dockerhub/library/app/blobs/{blob.Digest}", HttpMethod.Head);
        Assert.Equal((HttpStatusCode.OK, blob.Size, "miss"), (head.StatusCode, head.Content.Headers.ContentLength, World.CacheOf(head)));
        Assert.Equal((0, 1), (world.Upstream.Requests.Count(On.Blob().Get()), world.Upstream.Requests.Count(On.Blob().Head())));
    }

    [Fact]
    public async Task A_redirect_is_followed_without_the_credential()
    {
        await using var world = await World.Start(endpoint: [("username", "robot"), ("password", "canary-password")]);
        world.Upstream.Auth.Mode = AuthMode.Bearer;
        world.Upstream.Auth.Credential = new Roadstead.Testing.Registries.Credential("robot", "canary-password");
        world.Upstream.RedirectsBlobs = true;
        var image = world.Upstream.AddImage("library/app", "1", LayerForge.Random(1000));
        await world.Pull("dockerhub/library/app", "1", image);
        Assert.NotEmpty(world.Upstream.Cdn.Requests.Items);
        Assert.All(world.Upstream.Cdn.Requests.Items, request => Assert.False(request.HasAuthorization));

        world.Upstream.ExpireCdnLinks();
        var other = world.Upstream.AddImage("library/other", "1", LayerForge.Random(1000, seed: 5));
        await world.Pull("dockerhub/library/other", "1", other);

        var query = world.Upstream.Cdn.Requests.Items[0].Query;
        Assert.NotEqual("", query);
        var metrics = await world.Server.Client.GetStringAsync(new Uri("/metrics", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.All(world.Server.Log.Items.Append(metrics), text =>
        {
            Assert.DoesNotContain("canary-password", text, StringComparison.Ordinal);
            Assert.DoesNotContain(query, text, StringComparison.Ordinal);
            Assert.DoesNotContain("opaque-", text, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task A_shortened_file_is_no_blob()
    {
        await using var world = await World.Start();
        var layer = LayerForge.Random(1000);
        world.Upstream.AddImage("library/app", "1", layer);
        await world.Read($"dockerhub/library/app/blobs/{layer.Digest}");
        await world.Stored(layer.Digest);
        var file = Directory.EnumerateFiles(Path.Combine(world.Server.StoragePath, "blobs"), "*", SearchOption.AllDirectories).Single(path => path.EndsWith(layer.Digest[7..], StringComparison.Ordinal));
        Assert.Equal(layer.Digest[7..], Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken))));
        await File.WriteAllTextAsync(file, "short", Encoding.ASCII, TestContext.Current.CancellationToken);
        Assert.Equal(layer.Digest, (await world.Read($"dockerhub/library/app/blobs/{layer.Digest}")).Digest);
    }

    [GeneratedRegex(@"only \d+ bytes came in (?<seconds>[\d.]+) s")]
    private static partial Regex Dripped();
}
