using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using Roadstead.Server.Registry;
using Roadstead.Testing.Images;
using Roadstead.Testing.Upstream;

namespace Roadstead.Server.Tests.Registry;

public class RangeTests
{
    [Theory]
    [InlineData("bytes=0-0", 206, "bytes 0-0/1000")]
    [InlineData("bytes=990-", 206, "bytes 990-999/1000")]
    [InlineData("bytes=-10", 206, "bytes 990-999/1000")]
    [InlineData("bytes=-5000", 206, "bytes 0-999/1000")]
    [InlineData("bytes=5-5000", 206, "bytes 5-999/1000")]
    [InlineData("bytes=-0", 416, "bytes */1000")]
    [InlineData("bytes=5-2", 416, "bytes */1000")]
    [InlineData("bytes=1000-", 416, "bytes */1000")]
    [InlineData("bytes=99999999999999999999-", 416, "bytes */1000")]
    [InlineData("bytes=x", 416, "bytes */1000")]
    [InlineData("bytes=", 416, "bytes */1000")]
    [InlineData("bytes=-", 416, "bytes */1000")]
    [InlineData("bytes=1000-1001,5-2", 416, "bytes */1000")]
    [InlineData("bytes=0-1,x", 416, "bytes */1000")]
    [InlineData("bytes=10-19,2000-3000", 206, "bytes 10-19/1000")]
    [InlineData("bytes= , 10-19 ,", 206, "bytes 10-19/1000")]
    [InlineData("bytes=0-,0-,0-", 200, null)]
    [InlineData("lines=1-2", 200, null)]
    public async Task Parts_of_a_held_blob(string range, int status, string? contentRange)
    {
        await using var world = await World.Start();
        var blob = LayerForge.RandomBytes(1000);
        var digest = world.Upstream.AddBlob("library/app", blob);
        await world.Read($"dockerhub/library/app/blobs/{digest}");
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/v2/dockerhub/library/app/blobs/{digest}");
        request.Headers.TryAddWithoutValidation("Range", range);
        using var response = await world.Server.Client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal((status, contentRange), ((int)response.StatusCode, response.Content.Headers.ContentRange?.ToString()));
        if (status == 206)
        {
            var given = response.Content.Headers.ContentRange!;
            Assert.Equal(blob[(int)given.From!..((int)given.To! + 1)], await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        }
    }

    [Theory]
    [InlineData("bytes=0-9,20-29", "0-9 20-29")]
    [InlineData("bytes=500-509, -10 ,0-0", "500-509 990-999 0-0")]
    [InlineData("bytes=0-99,50-149,5000-", "0-99 50-149")]
    public async Task Several_parts_come_framed_in_the_order_asked_for(string range, string expected)
    {
        await using var world = await World.Start();
        var blob = LayerForge.RandomBytes(1000);
        var digest = world.Upstream.AddBlob("library/app", blob);
        await world.Read($"dockerhub/library/app/blobs/{digest}");
        await AssertParts(await AskFor(world, digest, range), blob, expected);
    }

    [Fact]
    public void Parts_that_add_up_to_more_than_any_size_are_the_whole() =>
        Assert.IsType<WantedRange.Whole>(RangeHeader.Read("bytes=0-,0-", long.MaxValue));

    [Fact]
    public async Task A_thousand_parts_of_a_blob_that_is_still_coming()
    {
        await using var world = await World.Start();
        var blob = LayerForge.RandomBytes(6_000_000);
        var digest = world.Upstream.AddBlob("library/app", blob);
        var gate = new Gate();
        world.Upstream.Fault(On.Blob(), Faults.StallAfter(3_000_000, gate));
        var parts = Enumerable.Range(0, 1024).Select(i => $"{i * 5800}-{(i * 5800) + 99}").ToList();

        // Headers and the parts that are there come before the rest of the blob does.
        var response = await AskFor(world, digest, "bytes=" + string.Join(',', parts));
        var first = new byte[300];
        await (await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken)).ReadExactlyAsync(first, TestContext.Current.CancellationToken);
        await gate.Reached();
        gate.Open();
        await AssertParts(response, blob, string.Join(' ', parts), first);
        Assert.Single(world.Upstream.Requests.Items, request => request.Method == "GET" && request.Path.Contains("/blobs/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_range_of_another_version_is_answered_whole()
    {
        await using var world = await World.Start();
        var digest = world.Upstream.AddBlob("library/app", LayerForge.RandomBytes(1000));
        await world.Read($"dockerhub/library/app/blobs/{digest}");
        foreach (var (tag, status) in new[] { ($"\"{digest}\"", 206), ("\"sha256:other\"", 200), ($"W/\"{digest}\"", 200), ("Mon, 23 Nov 2026 10:00:00 GMT", 200) })
        {
            using var response = await AskFor(world, digest, "bytes=0-9", ("If-Range", tag));
            Assert.True((int)response.StatusCode == status, $"{tag}: {response.StatusCode}");
        }
    }

    [Fact]
    public async Task A_client_that_has_it_is_told_so()
    {
        await using var world = await World.Start();
        var image = world.Upstream.AddImage("library/app", "1", LayerForge.Random(100));
        await world.Pull("dockerhub/library/app", "1", image);
        foreach (var path in new[] { $"manifests/{image.Digest}", $"blobs/{image.Layers[0].Digest}" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"/v2/dockerhub/library/app/{path}");
            request.Headers.IfNoneMatch.Add(new EntityTagHeaderValue($"\"{path.Split('/')[1]}\""));
            using var response = await world.Server.Client.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.Equal(304, (int)response.StatusCode);

            using var head = new HttpRequestMessage(HttpMethod.Head, request.RequestUri);
            head.Headers.IfNoneMatch.Add(EntityTagHeaderValue.Any);
            using var headResponse = await world.Server.Client.SendAsync(head, TestContext.Current.CancellationToken);
            Assert.Equal(304, (int)headResponse.StatusCode);
        }
    }

    private static Task<HttpResponseMessage> AskFor(World world, string digest, string range, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, $"/v2/dockerhub/library/app/blobs/{digest}");
        foreach (var (name, value) in headers.Append(("Range", range)))
        {
            Assert.True(request.Headers.TryAddWithoutValidation(name, value));
        }

        return world.Server.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
    }

    // read: what was taken of the body already.
    private static async Task AssertParts(HttpResponseMessage response, byte[] blob, string expected, byte[]? read = null)
    {
        using (response)
        {
            Assert.Equal(206, (int)response.StatusCode);
            var type = response.Content.Headers.ContentType!;
            Assert.Equal("multipart/byteranges", type.MediaType);
            var boundary = type.Parameters.Single(parameter => parameter.Name == "boundary").Value!;
            using var body = new MemoryStream();
            body.Write(read);
            await (await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken)).CopyToAsync(body, TestContext.Current.CancellationToken);
            Assert.Equal(response.Content.Headers.ContentLength, body.Length);
            Assert.Equal(Frame(boundary, blob, expected), body.ToArray());
        }
    }

    private static byte[] Frame(string boundary, byte[] blob, string expected)
    {
        using var body = new MemoryStream();
        foreach (var part in expected.Split(' '))
        {
            var (from, to) = (int.Parse(part.Split('-')[0], CultureInfo.InvariantCulture), int.Parse(part.Split('-')[1], CultureInfo.InvariantCulture));
            var start = body.Length == 0 ? "" : "\r\n";
            body.Write(Encoding.ASCII.GetBytes($"{start}--{boundary}\r\nContent-Type: application/octet-stream\r\nContent-Range: bytes {from}-{to}/{blob.Length}\r\n\r\n"));
            body.Write(blob.AsSpan(from..(to + 1)));
        }

        body.Write(Encoding.ASCII.GetBytes($"\r\n--{boundary}--\r\n"));
        return body.ToArray();
    }
}
