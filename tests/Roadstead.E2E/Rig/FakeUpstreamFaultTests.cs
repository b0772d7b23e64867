using System.Text;
using Roadstead.Testing.Images;
using Roadstead.Testing.Upstream;

namespace Roadstead.E2E.Rig;

/// <summary>The faults that other tests rely on really happen on the wire.</summary>
public sealed class FakeUpstreamFaultTests : IAsyncLifetime
{
    private readonly byte[] content = LayerForge.RandomBytes(300_000);
    private FakeUpstream upstream = null!;
    private string digest = "";

    public async ValueTask InitializeAsync()
    {
        upstream = await FakeUpstream.Start();
        digest = upstream.AddBlob("library/a", content);
    }

    public ValueTask DisposeAsync() => upstream.DisposeAsync();

    private string BlobPath => $"/v2/library/a/blobs/{digest}";

    [Fact]
    public async Task A_blob_is_served_whole_and_in_ranges()
    {
        using var connection = await RawConnection.Open(upstream.Address);
        var whole = await connection.Exchange($"GET {BlobPath}");
        Assert.Equal(200, whole.Status);
        Assert.Equal(content, whole.Body);

        using var second = await RawConnection.Open(upstream.Address);
        var part = await second.Exchange($"GET {BlobPath}", "Range: bytes=299990-");
        Assert.Equal(206, part.Status);
        Assert.Equal("bytes 299990-299999/300000", part.Header("Content-Range"));
        Assert.Equal(content[299_990..], part.Body);

        using var third = await RawConnection.Open(upstream.Address);
        Assert.Equal(416, (await third.Exchange($"GET {BlobPath}", "Range: bytes=300000-")).Status);
        Assert.Equal(["", "bytes=299990-", "bytes=300000-"], upstream.Requests.Items.Select(request => request.Range ?? ""));

        upstream.ServesRanges = false;
        using var fourth = await RawConnection.Open(upstream.Address);
        Assert.Equal(200, (await fourth.Exchange($"GET {BlobPath}", "Range: bytes=5-")).Status);
    }

    [Fact]
    public async Task Truncation_ends_the_stream_and_a_reset_breaks_it()
    {
        upstream.Fault(On.Blob(), Faults.TruncateAfter(100_000), times: 1);
        upstream.Fault(On.Blob(), Faults.ResetAfter(100_000), times: 1);

        using var connection = await RawConnection.Open(upstream.Address);
        var truncated = await connection.Exchange($"GET {BlobPath}");
        Assert.Equal("300000", truncated.Header("Content-Length"));
        Assert.Equal(content[..100_000], truncated.Body);
        Assert.False(truncated.WasReset);

        using var second = await RawConnection.Open(upstream.Address);
        var reset = await second.Exchange($"GET {BlobPath}");
        Assert.True(reset.WasReset);
        Assert.True(reset.Body.Length <= 100_000);

        using var third = await RawConnection.Open(upstream.Address);
        Assert.Equal(content, (await third.Exchange($"GET {BlobPath}")).Body);
    }

    [Fact]
    public async Task A_chunked_body_can_be_truncated_too()
    {
        upstream.Fault(On.Blob(), Faults.WithoutContentLength().And(Faults.TruncateAfter(5)));
        using var connection = await RawConnection.Open(upstream.Address);
        // An answer that ends with its connection needs no chunks.
        var answer = await connection.Exchange($"GET {BlobPath}", "Connection: keep-alive");
        Assert.Null(answer.Header("Content-Length"));
        Assert.Equal("chunked", answer.Header("Transfer-Encoding"));
        Assert.StartsWith("5\r\n", Encoding.Latin1.GetString(answer.Body), StringComparison.Ordinal);
        Assert.DoesNotContain("\r\n0\r\n", Encoding.Latin1.GetString(answer.Body), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stall_lets_exactly_so_many_bytes_out()
    {
        var gate = new Gate();
        var rule = upstream.Fault(On.Blob().Get(), Faults.StallAfter(1000, gate));
        using var connection = await RawConnection.Open(upstream.Address);
        await connection.Send($"GET {BlobPath}");
        await gate.Reached();
        var request = rule.Hits.Items.Single();
        Assert.Equal(1000, request.BytesSent);
        Assert.False(request.Finished.IsCompleted);

        gate.Open();
        Assert.Equal(content, (await connection.Receive()).Body);
        await request.Finished.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_stall_before_the_headers_sends_nothing()
    {
        var gate = new Gate();
        upstream.Fault(On.Blob(), Faults.StallBeforeHeaders(gate));
        using var connection = await RawConnection.Open(upstream.Address);
        await connection.Send($"GET {BlobPath}");
        await gate.Reached();
        Assert.Equal(0, connection.Available);
        gate.LetThrough();
        Assert.Equal(200, (await connection.Receive()).Status);
    }

    [Fact]
    public async Task A_drip_waits_before_every_piece()
    {
        var gate = new Gate();
        var rule = upstream.Fault(On.Blob(), Faults.Drip(100_000, gate));
        using var connection = await RawConnection.Open(upstream.Address);
        await connection.Send($"GET {BlobPath}");
        await gate.Reached();
        Assert.Equal(100_000, rule.Hits.Items.Single().BytesSent);
        gate.LetThrough();
        await gate.Reached(2);
        Assert.Equal(200_000, rule.Hits.Items.Single().BytesSent);
        gate.LetThrough();
        Assert.Equal(content, (await connection.Receive()).Body);
    }

    [Fact]
    public async Task Bytes_lengths_and_digests_can_lie()
    {
        var lie = "sha256:" + new string('0', 64);
        upstream.Fault(On.Blob(), Faults.WrongLastByte().And(Faults.LyingDigest(lie)), times: 1);
        upstream.Fault(On.Blob(), Faults.Longer(7), times: 1);
        upstream.Fault(On.Blob(), Faults.Shorter(7), times: 1);
        upstream.Fault(On.Blob(), Faults.BeyondContentLength(7), times: 1);

        var wrong = await Get();
        Assert.Equal(content[..^1], wrong.Body[..^1]);
        Assert.NotEqual(content[^1], wrong.Body[^1]);
        Assert.Equal(lie, wrong.Header("Docker-Content-Digest"));

        var longer = await Get();
        Assert.Equal(("300007", 300_007), (longer.Header("Content-Length"), longer.Body.Length));
        var shorter = await Get();
        Assert.Equal(("299993", 299_993), (shorter.Header("Content-Length"), shorter.Body.Length));
        var beyond = await Get();
        Assert.Equal(("300000", 300_007), (beyond.Header("Content-Length"), beyond.Body.Length));
        Assert.Equal(digest, beyond.Header("Docker-Content-Digest"));
    }

    [Fact]
    public async Task Any_status_can_come_with_any_headers_and_so_many_times()
    {
        upstream.Fault(On.Blob(), Faults.TooManyRequests("7"), times: 1);
        upstream.Fault(On.Blob(), Faults.TooManyRequests(), times: 1);
        upstream.Fault(On.Blob(), Faults.Status(503), times: 1);
        var page = upstream.Fault(On.Blob(), Faults.HtmlPage());

        var throttled = await Get();
        Assert.Equal((429, "7"), (throttled.Status, throttled.Header("Retry-After")));
        var silent = await Get();
        Assert.Equal((429, null), (silent.Status, silent.Header("Retry-After")));
        Assert.Equal(503, (await Get()).Status);
        Assert.StartsWith("text/html", (await Get()).Header("Content-Type"), StringComparison.Ordinal);
        Assert.Equal(200, (await Get()).Status);
        page.Remove();
        Assert.Equal(content, (await Get()).Body);
        Assert.Equal(2, page.Hits.Count());
    }

    [Fact]
    public async Task Raw_bytes_go_out_as_they_are()
    {
        upstream.Fault(On.Any, Faults.Raw("HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n"));
        Assert.Equal("-5", (await Get()).Header("Content-Length"));
    }

    [Fact]
    public async Task A_head_tells_the_size_and_sends_no_body()
    {
        using var connection = await RawConnection.Open(upstream.Address);
        var head = await connection.Exchange($"HEAD {BlobPath}");
        Assert.Equal(("300000", 0), (head.Header("Content-Length"), head.Body.Length));
        upstream.Fault(On.Blob().Head(), Faults.WithoutContentLength());
        using var second = await RawConnection.Open(upstream.Address);
        Assert.Null((await second.Exchange($"HEAD {BlobPath}")).Header("Content-Length"));
    }

    private async Task<RawAnswer> Get()
    {
        using var connection = await RawConnection.Open(upstream.Address);
        return await connection.Exchange($"GET {BlobPath}");
    }
}
