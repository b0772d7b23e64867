using System.Net;
using Roadstead.Server.Projects;
using Roadstead.Testing;
using Roadstead.Testing.Images;
using Roadstead.Testing.Upstream;

namespace Roadstead.Server.Tests.Projects;

/// <summary>How much a project's fetches may bring a second.</summary>
public class BandwidthTests
{
    private static CancellationToken Stops => TestContext.Current.CancellationToken;

    [Fact]
    public async Task All_who_pay_keep_to_the_rate_together()
    {
        var clock = new SteppedClock();
        using var bandwidth = new Bandwidth(clock);
        bandwidth.Set(10_000);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => PayMany(bandwidth, 25, 1000), Stops)));
        Assert.InRange(clock.Elapsed.TotalSeconds, 9.9, 10.1);

        // An idle hour is no credit for more than a moment.
        clock.Advance(TimeSpan.FromHours(1));
        var before = clock.Elapsed;
        await PayMany(bandwidth, 20, 1000);
        Assert.InRange((clock.Elapsed - before).TotalSeconds, 1.7, 2.0);

        bandwidth.Set(1000);
        before = clock.Elapsed;
        await PayMany(bandwidth, 5, 1000);
        Assert.InRange((clock.Elapsed - before).TotalSeconds, 4.7, 5.1);
    }

    [Fact]
    public async Task A_change_is_in_force_for_those_who_wait_and_who_leaves_holds_nobody_up()
    {
        using var bandwidth = new Bandwidth(TimeProvider.System);
        bandwidth.Set(1);
        using var leaves = CancellationTokenSource.CreateLinkedTokenSource(Stops);
        var first = bandwidth.Pay(1_000_000, leaves.Token).AsTask();
        var others = Enumerable.Range(0, 3).Select(_ => bandwidth.Pay(1_000_000, Stops).AsTask()).ToList();
        await leaves.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        Assert.All(others, other => Assert.False(other.IsCompleted));
        bandwidth.Set(null);
        await Task.WhenAll(others).WaitAsync(Stops);
    }

    [Theory]
    [InlineData("")]
    [InlineData(", \"quota\": \"1KiB\"")]
    public async Task What_is_fetched_for_a_project_keeps_to_its_bandwidth_until_that_is_changed(string further)
    {
        await using var world = await PolicyWorld.Start($"\"bandwidth\": \"4KiB\"{further}");
        await world.Change("", name: "free");
        var (slow, free) = (LayerForge.Random(4_000_000, seed: 1), LayerForge.Random(4_000_000, seed: 2));
        world.Upstream.AddImage("org/app", "1", slow);
        world.Upstream.AddBlob("org/other", free.Bytes);
        await world.Get("mine/org/app/manifests/1");
        using var response = await world.Server.Client.GetAsync(new Uri($"/v2/mine/org/app/blobs/{slow.Digest}", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, Stops);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        await using var body = await response.Content.ReadAsStreamAsync(Stops);
        await body.ReadExactlyAsync(new byte[1000], Stops);

        // The same upstream is as fast as ever for whom it may be.
        Assert.Equal(free.Digest, await world.DigestOf($"free/org/other/blobs/{free.Digest}"));
        var rest = body.CopyToAsync(Stream.Null, Stops);
        Assert.False(rest.IsCompleted);
        Assert.DoesNotContain(world.Server.Log.Items, line => line.Contains("stored blob project=mine", StringComparison.Ordinal) && line.Contains(slow.Digest, StringComparison.Ordinal));

        await world.Change($"\"bandwidth\": \"unlimited\"{further}");
        await rest;
        Assert.Equal(1, world.Upstream.CountBlobGets("org/app", slow.Digest));
        Assert.DoesNotContain(world.Server.Log.Items, line => line.Contains("upstream fault", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_body_that_is_held_up_is_no_slow_upstream_and_what_is_held_is_sent_at_once()
    {
        // Four seconds, each far below what upstream must bring.
        await using var world = await PolicyWorld.Start("\"bandwidth\": \"64KiB\"", """, "idleTimeout": "1s", "minBodyRate": "1MiB" """);
        var layer = LayerForge.Random(256 * 1024);
        var image = world.Upstream.AddImage("org/app", "1", layer);
        await world.Pull("mine/org/app", "1", image);
        Assert.Equal(1, world.Upstream.CountBlobGets("org/app", layer.Digest));
        Assert.DoesNotContain(world.Server.Log.Items, line => line.Contains("upstream fault", StringComparison.Ordinal));
        await world.Server.WaitForLog(line => line.Contains("stored blob", StringComparison.Ordinal) && line.Contains(layer.Digest, StringComparison.Ordinal));
        await world.Change("\"bandwidth\": \"1\"");
        Assert.Equal(layer.Digest, await world.DigestOf($"mine/org/app/blobs/{layer.Digest}"));
    }

    [Fact]
    public async Task An_upstream_that_breaks_off_again_and_again_what_it_may_send_slowly_is_resumed()
    {
        await using var world = await PolicyWorld.Start("\"bandwidth\": \"64KiB\"", """, "idleTimeout": "250ms" """);
        var layer = LayerForge.Random(320 * 1024);
        var image = world.Upstream.AddImage("org/app", "1", layer);
        world.Upstream.Fault(On.Blob("org/app", layer.Digest).Get(), Faults.TruncateAfter(48 * 1024));
        await world.Pull("mine/org/app", "1", image);
        Assert.InRange(world.Upstream.CountBlobGets("org/app", layer.Digest), 7, 14);
    }

    private static async Task PayMany(Bandwidth bandwidth, int times, int bytes)
    {
        for (var i = 0; i < times; i++)
        {
            await bandwidth.Pay(bytes, Stops);
        }
    }
}
