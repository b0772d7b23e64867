using System.Net;
using Roadstead.Testing.Images;
using Roadstead.Testing.Upstream;

namespace Roadstead.Server.Tests.Mirroring;

/// <summary>An upstream that is known not to answer is not waited for, and is found again when it does.</summary>
public class EndpointHealthTests
{
    [Fact]
    public async Task One_that_cannot_be_reached_is_left_alone_until_a_probe_finds_it()
    {
        await using var world = await WithHeldImage();
        world.Upstream.AddImage("library/cold", "1", LayerForge.Random(1000));
        await world.Upstream.Stop();
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal("stale", (await world.Read("dockerhub/held/manifests/1")).Cache);
            using var cold = await world.Get("dockerhub/cold/manifests/1");
            Assert.Equal(HttpStatusCode.ServiceUnavailable, cold.StatusCode);
            Assert.NotNull(cold.Headers.RetryAfter);
        }

        Assert.Single(world.Server.Log.Items, line => line.Contains("endpoint down endpoint=docker-hub", StringComparison.Ordinal));
        Assert.Single(world.Server.Log.Items, line => line.Contains("upstream fault", StringComparison.Ordinal));
        Assert.Contains("roadstead_endpoint_up{endpoint=\"docker-hub\"} 0", await Metrics(world), StringComparison.Ordinal);

        await world.Upstream.StartAgain();
        await world.Server.WaitForLog(line => line.Contains("endpoint up endpoint=docker-hub", StringComparison.Ordinal));
        Assert.Equal(new Got(HttpStatusCode.OK, "hit", (await world.Read("dockerhub/held/manifests/1")).Digest), await world.Read("dockerhub/held/manifests/1"));
        Assert.Equal("miss", (await world.Read("dockerhub/cold/manifests/1")).Cache);
        Assert.Contains("roadstead_endpoint_up{endpoint=\"docker-hub\"} 1", await Metrics(world), StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_that_does_not_answer_keeps_one_client_waiting_and_not_the_next()
    {
        await using var world = await WithHeldImage();
        world.Upstream.Freeze();
        Assert.Equal("stale", (await world.Read("dockerhub/held/manifests/1")).Cache);
        var asked = world.Upstream.Requests.Count(On.Manifest());
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal("stale", (await world.Read("dockerhub/held/manifests/1")).Cache);
            Assert.Equal("stale", (await world.Read("dockerhub/held/manifests/2")).Cache);
        }

        Assert.Equal(asked, world.Upstream.Requests.Count(On.Manifest()));

        // The probe that then goes unanswered says that it is down: what is not held is refused at once.
        await world.Server.WaitForLog(line => line.Contains("endpoint down", StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.GatewayTimeout, (await world.Read("dockerhub/cold/manifests/1")).Status);
        Assert.Equal(asked, world.Upstream.Requests.Count(On.Manifest()));
        world.Upstream.Thaw();
        await world.Server.WaitForLog(line => line.Contains("endpoint up", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Only_many_server_errors_in_a_row_take_it_down()
    {
        await using var world = await World.Start();
        world.Upstream.AddImage("library/app", "1", LayerForge.Random(1000));
        world.Upstream.Fault(On.Manifest(reference: "bad"), Faults.Status(500));
        for (var i = 0; i < 4; i++)
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, (await world.Read("dockerhub/app/manifests/bad")).Status);
            Assert.Equal(HttpStatusCode.NotFound, (await world.Read($"dockerhub/app/manifests/none-{i}")).Status);
        }

        Assert.Equal(4, world.Upstream.Requests.Count(On.Manifest(reference: "bad")));
        for (var i = 0; i < 3; i++)
        {
            await world.Read("dockerhub/app/manifests/bad");
        }

        await world.Server.WaitForLog(line => line.Contains("endpoint down", StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await world.Read("dockerhub/app/manifests/1")).Status);
        await world.Server.WaitForLog(line => line.Contains("endpoint up", StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.OK, (await world.Read("dockerhub/app/manifests/1")).Status);
    }

    [Theory]
    [InlineData("truncated")]
    [InlineData("html")]
    [InlineData("loop")]
    [InlineData("stalled")]
    public async Task A_wrong_answer_does_not_take_it_down(string kind)
    {
        await using var world = await World.Start(endpoint: ("headerTimeout", kind == "stalled" ? "500ms" : "10s"));
        var image = world.Upstream.AddImage("library/app", "1", LayerForge.Random(1000));
        world.Upstream.Fault(On.Manifest(reference: "1").Get(), kind switch
        {
            "truncated" => Faults.TruncateAfter(10),
            "html" => Faults.HtmlPage(),
            "stalled" => Faults.StallAfter(10, new Gate()),
            _ => Faults.RedirectLoop(),
        });
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(kind == "stalled" ? HttpStatusCode.GatewayTimeout : HttpStatusCode.BadGateway, (await world.Read("dockerhub/app/manifests/1")).Status);
        }

        Assert.Equal(HttpStatusCode.OK, (await world.Read($"dockerhub/app/manifests/{image.Digest}")).Status);
        Assert.DoesNotContain(world.Server.Log.Items, line => line.Contains("endpoint down", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("http://169.254.169.254/latest", 502)]
    [InlineData("http://127.0.0.1:1/nobody-there", 503)]
    public async Task A_redirect_that_leads_nowhere_does_not_take_it_down(string location, int status)
    {
        await using var world = await World.Start();
        world.Upstream.AddImage("library/app", "1", LayerForge.Random(1000));
        world.Upstream.Fault(On.Manifest(reference: "bad"), Faults.Redirect(location));
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(status, (int)(await world.Read("dockerhub/app/manifests/bad")).Status);
        }

        Assert.Equal(HttpStatusCode.OK, (await world.Read("dockerhub/app/manifests/1")).Status);
        Assert.DoesNotContain(world.Server.Log.Items, line => line.Contains("endpoint down", StringComparison.Ordinal));
    }

    [Fact]
    public async Task One_that_asks_for_a_rest_gets_it_and_no_more_than_that()
    {
        await using var world = await WithHeldImage();
        world.Upstream.AddImage("library/cold", "1", LayerForge.Random(1000));
        var asked = world.Upstream.Requests.Count(On.Manifest());
        world.Upstream.Fault(On.Manifest(), Faults.TooManyRequests("3"), times: 1);
        using (var first = await world.Get("dockerhub/cold/manifests/1"))
        {
            Assert.Equal((HttpStatusCode.ServiceUnavailable, 3), (first.StatusCode, (int)first.Headers.RetryAfter!.Delta!.Value.TotalSeconds));
        }

        using var second = await world.Get("dockerhub/cold/manifests/1");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, second.StatusCode);
        Assert.InRange(second.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 3);
        Assert.Contains("TOOMANYREQUESTS", await second.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Equal("stale", (await world.Read("dockerhub/held/manifests/1")).Cache);
        Assert.Equal(asked + 1, world.Upstream.Requests.Count(On.Manifest()));
        Assert.Single(world.Server.Log.Items, line => line.Contains("throttles (429)", StringComparison.Ordinal));
        Assert.Matches("roadstead_endpoint_rest_until_seconds\\{endpoint=\"docker-hub\"\\} [1-9]", await Metrics(world));

        // Nothing tells its end but an answer.
        Got got;
        do
        {
            got = await world.Read("dockerhub/cold/manifests/1");
        }
        while (got.Status == HttpStatusCode.ServiceUnavailable);

        Assert.Equal(new Got(HttpStatusCode.OK, "miss", got.Digest), got);
    }

    [Fact]
    public async Task A_shorter_rest_that_is_asked_for_later_ends_no_longer_one()
    {
        await using var world = await World.Start();
        var gate = new Gate();
        world.Upstream.Fault(On.Manifest(reference: "short"), Faults.StallBeforeHeaders(gate).And(Faults.TooManyRequests("1")));
        world.Upstream.Fault(On.Manifest(reference: "long"), Faults.TooManyRequests("60"));
        var shorter = world.Read("dockerhub/app/manifests/short");
        await gate.Reached();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await world.Read("dockerhub/app/manifests/long")).Status);
        gate.Open();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await shorter).Status);
        using var third = await world.Get("dockerhub/app/manifests/1");
        Assert.InRange(third.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 30, 60);
    }

    [Theory]
    [InlineData("99999999999", 21600)]
    [InlineData("2147483647", 21600)]
    [InlineData("7", 7)]
    [InlineData("soon", 10)]
    public async Task A_rest_is_as_long_as_it_was_asked_for_up_to_six_hours(string retryAfter, int seconds)
    {
        await using var world = await World.Start();
        world.Upstream.Fault(On.Manifest(), Faults.TooManyRequests(retryAfter));
        using var response = await world.Get("dockerhub/app/manifests/1");
        Assert.Equal(seconds, response.Headers.RetryAfter!.Delta!.Value.TotalSeconds);
    }

    [Fact]
    public async Task One_that_hangs_behind_its_front_page_keeps_each_client_waiting_once()
    {
        await using var world = await WithHeldImage(("headerTimeout", "1s"), ("revalidationTimeout", "300ms"));
        var gate = new Gate();
        world.Upstream.Fault(On.Manifest(), Faults.StallBeforeHeaders(gate));
        Assert.Equal("stale", (await world.Read("dockerhub/held/manifests/1")).Cache);
        foreach (var repository in new[] { "cold", "colder", "coldest" })
        {
            Assert.Equal(HttpStatusCode.GatewayTimeout, (await world.Read($"dockerhub/{repository}/manifests/1")).Status);
        }

        // Its front page has answered long since; still nobody is made to wait again, whatever the repository, but who tries now and then whether it is back.
        await world.Server.WaitForLog(line => line.Contains("endpoint up", StringComparison.Ordinal));
        var asked = world.Upstream.Requests.Count(On.Manifest().Get());
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal("stale", (await world.Read("dockerhub/held/manifests/1")).Cache);
            Assert.Equal(HttpStatusCode.GatewayTimeout, (await world.Read("dockerhub/cold/manifests/1")).Status);
            Assert.Equal(HttpStatusCode.GatewayTimeout, (await world.Read($"dockerhub/other-{i}/manifests/1")).Status);
        }

        Assert.InRange(world.Upstream.Requests.Count(On.Manifest().Get()) - asked, 0, 3);
        Assert.Contains("roadstead_endpoint_up{endpoint=\"docker-hub\"} 0", await Metrics(world), StringComparison.Ordinal);
        gate.Open();
        await world.Server.WaitForLog(line => line.Contains("endpoint answers", StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.NotFound, (await world.Read("dockerhub/cold/manifests/1")).Status);
        Assert.Contains("roadstead_endpoint_up{endpoint=\"docker-hub\"} 1", await Metrics(world), StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_repository_that_hangs_says_nothing_of_the_others()
    {
        await using var world = await WithHeldImage(("headerTimeout", "500ms"));
        world.Upstream.AddImage("library/cold", "1", LayerForge.Random(1000));
        world.Upstream.Fault(On.Manifest("library/hangs"), Faults.StallBeforeHeaders(new Gate()));
        Assert.Equal(HttpStatusCode.GatewayTimeout, (await world.Read("dockerhub/hangs/manifests/1")).Status);
        await world.Server.WaitForLog(line => line.Contains("endpoint up", StringComparison.Ordinal));
        Assert.Equal("hit", (await world.Read("dockerhub/held/manifests/1")).Cache);
        Assert.Equal("miss", (await world.Read("dockerhub/cold/manifests/1")).Cache);
        Assert.Equal(HttpStatusCode.GatewayTimeout, (await world.Read("dockerhub/hangs/manifests/2")).Status);
        Assert.Equal(1, world.Upstream.Requests.Count(On.Manifest("library/hangs").Get()));
    }

    [Fact]
    public async Task Several_repositories_that_hang_do_not_keep_the_others_from_an_endpoint_that_answers_for_them()
    {
        await using var world = await World.Start(endpoint: [("headerTimeout", "500ms"), ("revalidationTimeout", "300ms")]);
        world.Upstream.AddImage("library/app", "1", LayerForge.Random(1000));
        world.Upstream.AddImage("library/app", "2", LayerForge.Random(1000, seed: 2));
        string[] hanging = ["one", "two", "three"];
        world.Upstream.Fault(request => request.Kind == RequestKind.Manifest && hanging.Contains(request.Repository["library/".Length..]), Faults.StallBeforeHeaders(new Gate()));
        for (var i = 0; i < hanging.Length; i++)
        {
            Assert.Equal(HttpStatusCode.GatewayTimeout, (await world.Read($"dockerhub/{hanging[i]}/manifests/1")).Status);
            await world.Server.WaitForLog(line => line.Contains("endpoint up", StringComparison.Ordinal), i + 1);
        }

        // Nothing was answered between them: one client tries in a while, and finds that the rest is well.
        Got got;
        do
        {
            got = await world.Read("dockerhub/app/manifests/1");
        }
        while (got.Status == HttpStatusCode.GatewayTimeout);

        Assert.Equal("miss", got.Cache);
        var asked = world.Upstream.Requests.Count(On.Manifest().Get());
        Assert.All(await Task.WhenAll(hanging.Select(repository => world.Read($"dockerhub/{repository}/manifests/1"))), refused => Assert.Equal(HttpStatusCode.GatewayTimeout, refused.Status));
        Assert.Equal(asked, world.Upstream.Requests.Count(On.Manifest().Get()));
        Assert.Equal("miss", (await world.Read("dockerhub/app/manifests/2")).Cache);
    }

    [Fact]
    public async Task What_answers_in_the_time_that_clients_have_is_found_again_however_slow_it_is()
    {
        await using var world = await World.Start(endpoint: [("headerTimeout", "3s"), ("revalidationTimeout", "200ms")]);
        world.Upstream.AddImage("library/slow", "1", LayerForge.Random(1000));
        var gate = new Gate();
        var stall = world.Upstream.Fault(On.Manifest("library/slow"), Faults.StallBeforeHeaders(gate), times: 1);
        Assert.Equal(HttpStatusCode.GatewayTimeout, (await world.Read("dockerhub/slow/manifests/1")).Status);
        stall.Remove();
        gate.Open();
        world.Upstream.Fault(On.Manifest("library/slow"), new Fault(before: gone => Task.Delay(TimeSpan.FromSeconds(1), gone)));
        await world.Server.WaitForLog(line => line.Contains("endpoint answers", StringComparison.Ordinal));
        Assert.Equal("miss", (await world.Read("dockerhub/slow/manifests/1")).Cache);
    }

    [Fact]
    public async Task A_body_that_breaks_goes_on_in_its_own_place()
    {
        await using var world = await World.Start(endpoint: [("maxBodies", 1), ("headerTimeout", "5s")]);
        var breaks = world.Upstream.AddBlob("library/app", LayerForge.RandomBytes(3_000_000));
        var next = world.Upstream.AddBlob("library/app", LayerForge.RandomBytes(1_000_000, seed: 2));
        var gate = new Gate();
        world.Upstream.Fault(On.Blob(digest: breaks).Get(), Faults.StallAfter(1_500_000, gate).And(Faults.TruncateAfter(1_500_000)), times: 1);
        var first = world.Read($"dockerhub/app/blobs/{breaks}");
        await gate.Reached();
        var second = world.Read($"dockerhub/app/blobs/{next}");
        gate.Open();
        Assert.Equal(breaks, (await first).Digest);
        Assert.Equal(next, (await second).Digest);
    }

    [Fact]
    public async Task As_many_bodies_as_may_be_under_way_say_nothing_of_whether_it_answers()
    {
        await using var world = await World.Start(endpoint: [("maxBodies", 1), ("headerTimeout", "500ms")]);
        world.Upstream.AddImage("library/app", "1", LayerForge.Random(1000));
        var slow = world.Upstream.AddBlob("library/app", LayerForge.RandomBytes(1_000_000));
        var next = world.Upstream.AddBlob("library/app", LayerForge.RandomBytes(1_000_000, seed: 2));
        var gate = new Gate();
        world.Upstream.Fault(On.Blob(digest: slow), Faults.StallAfter(1000, gate));
        var first = world.Read($"dockerhub/app/blobs/{slow}");
        await gate.Reached();
        using (var second = await world.Get($"dockerhub/app/blobs/{next}"))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, second.StatusCode);
            Assert.NotNull(second.Headers.RetryAfter);
            Assert.Contains("maxBodies", await second.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        }

        Assert.Equal("miss", (await world.Read("dockerhub/app/manifests/1")).Cache);
        Assert.DoesNotContain(world.Server.Log.Items, line => line.Contains("endpoint down", StringComparison.Ordinal));
        gate.Open();
        Assert.Equal(slow, (await first).Digest);
        Assert.Equal(next, (await world.Read($"dockerhub/app/blobs/{next}")).Digest);
    }

    [Fact]
    public async Task The_last_of_a_rate_limit_is_kept_for_what_is_not_held()
    {
        await using var world = await WithHeldImage();
        world.Upstream.AddImage("library/cold", "1", LayerForge.Random(1000));
        world.Upstream.Fault(On.Manifest(), Faults.Headers(("ratelimit-limit", "100;w=21600"), ("ratelimit-remaining", "9;w=21600"), ("docker-ratelimit-source", "192.0.2.1")));
        Assert.Equal("hit", (await world.Read("dockerhub/held/manifests/1")).Cache);
        var asked = world.Upstream.Requests.Count(On.Manifest());

        using var spared = await world.Get("dockerhub/held/manifests/1");
        Assert.Equal("stale", World.CacheOf(spared));
        Assert.Equal("299 - \"upstream throttles\"", spared.Headers.GetValues("Warning").Single());
        Assert.Equal(asked, world.Upstream.Requests.Count(On.Manifest()));
        Assert.Equal("miss", (await world.Read("dockerhub/cold/manifests/1")).Cache);
        var metrics = await Metrics(world);
        Assert.Contains("roadstead_ratelimit_remaining{endpoint=\"docker-hub\"} 9", metrics, StringComparison.Ordinal);
        Assert.Contains("roadstead_ratelimit_limit{endpoint=\"docker-hub\"} 100", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_not_there_is_not_asked_for_in_a_loop()
    {
        await using var world = await World.Start();
        world.Upstream.AddImage("library/app", "1", LayerForge.Random(1000));
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(HttpStatusCode.NotFound, (await world.Read("dockerhub/app/manifests/none")).Status);
            Assert.Equal(HttpStatusCode.NotFound, (await world.Read($"dockerhub/app/blobs/sha256:{new string('0', 64)}")).Status);
            Assert.Equal(HttpStatusCode.NotFound, (await world.Read("dockerhub/none/tags/list")).Status);
        }

        // Twenty rounds may outlast the five seconds for which it is remembered, but not by much.
        Assert.InRange(world.Upstream.Requests.Items.Count, 3, 12);
    }

    /// <summary>An image that is held whole, under two tags whose freshness is over at once.</summary>
    private static async Task<World> WithHeldImage(params (string, object)[] endpoint)
    {
        var world = await World.Start("0s", endpoint: endpoint);
        var image = world.Upstream.AddImage("library/held", "1", LayerForge.Random(1000));
        world.Upstream.Add("library/held", "2", image);
        await world.Pull("dockerhub/held", "1", image);
        await world.Pull("dockerhub/held", "2", image);
        await world.Stored(image.Blobs.Select(blob => blob.Digest));
        return world;
    }

    private static Task<string> Metrics(World world) => world.Server.Client.GetStringAsync(new Uri("/metrics", UriKind.Relative), TestContext.Current.CancellationToken);
}
