using System.Net;
using System.Text.Json;
using Roadstead.Testing.Images;
using Roadstead.Testing.Upstream;

namespace Roadstead.Server.Tests.Mirroring;

public class TagListTests
{
    private static readonly string[] Tags = ["1", "1.1", "2", "a", "b", "latest"];

    [Theory]
    [InlineData(null)]
    [InlineData(2)]
    [InlineData(100)]
    public async Task Every_tag_comes_once_however_upstream_pages(int? tagsPerPage)
    {
        await using var world = await WithTags();
        world.Upstream.TagsPerPage = tagsPerPage;
        foreach (var path in new[] { "/v2/dockerhub/app/tags/list", "/v2/app/tags/list?ns=docker.io", "/dockerhub/v2/library/app/tags/list" })
        {
            foreach (var n in new[] { "", "n=1", "n=2", "n=5", "n=100000" })
            {
                Assert.Equal(Tags, await All(world, path + (path.Contains('?', StringComparison.Ordinal) ? "&" : "?") + n));
            }
        }

        Assert.All(world.Upstream.Requests.Items, request => Assert.DoesNotContain("n=100000", request.Query, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_page_starts_after_the_last_one_also_where_upstream_ignores_it()
    {
        await using var world = await WithTags();
        var (_, body, _) = await Get(world, "/v2/dockerhub/app/tags/list?last=1.1&n=2");
        Assert.Equal(("dockerhub/app", "2 a"), (body!.Value.Name, string.Join(' ', body.Value.Tags)));
        Assert.Equal(["b", "latest"], (await Get(world, "/v2/dockerhub/app/tags/list?last=a")).Body!.Value.Tags);

        // A place that is no tag, as one that was deleted.
        Assert.Equal(["b", "latest"], (await Get(world, "/v2/dockerhub/app/tags/list?last=aa")).Body!.Value.Tags);
        Assert.Empty((await Get(world, "/v2/dockerhub/app/tags/list?last=zzz")).Body!.Value.Tags);
    }

    [Fact]
    public async Task Those_held_are_listed_when_upstream_cannot_be_asked()
    {
        await using var world = await WithTags();
        foreach (var tag in Tags.Reverse())
        {
            await world.Read($"dockerhub/app/manifests/{tag}");
        }

        await world.Upstream.Stop();
        Assert.Equal(Tags, await All(world, "/v2/dockerhub/app/tags/list?n=2"));
        Assert.Equal(["latest"], (await Get(world, "/v2/dockerhub/app/tags/list?last=b")).Body!.Value.Tags);
        var (response, _, _) = await Get(world, "/v2/dockerhub/app/tags/list");
        Assert.Equal("stale", World.CacheOf(response));
        Assert.Equal("299 - \"upstream cannot be reached\"", response.Headers.GetValues("Warning").Single());
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await Get(world, "/v2/dockerhub/other/tags/list")).Response.StatusCode);
    }

    [Fact]
    public async Task Upstream_s_answers_are_told_apart()
    {
        await using var world = await WithTags();
        using (var unknown = (await Get(world, "/v2/dockerhub/other/tags/list")).Response)
        {
            Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
            Assert.Contains("NAME_UNKNOWN", await unknown.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        }

        (Fault Fault, int Status)[] faults =
        [
            (Faults.TooManyRequests("0"), 503), (Faults.Status(500), 503), (Faults.HtmlPage(), 502),
            (Faults.Status(200, """{"tags":7}""", "application/json"), 502), (Faults.Status(200, "[]", "application/json"), 502),
            (Faults.Longer(9_000_000), 502), (Faults.Status(200, """{"tags":null}""", "application/json"), 200),
            (Faults.Status(200, """{"tags":["ok","../x",7,"a b\r\n",""]}""", "application/json"), 200),
            (Faults.Status(200, """{"tags":["\ud800"]}""", "application/json"), 502), (Faults.Status(200, """{"\ud800":1,"tags":["ok"]}""", "application/json"), 200),
            (Faults.Body(_ => [.. "{\"tags\":[\""u8, 0xff, .. "\"]}"u8]), 502),

            // Last, for it is remembered.
            (Faults.Status(401), 403),
        ];
        foreach (var (fault, status) in faults)
        {
            world.Upstream.ClearFaults();
            world.Upstream.Fault(On.Registry, fault);
            var (response, body, _) = await Get(world, "/v2/dockerhub/app/tags/list");
            Assert.Equal(status, (int)response.StatusCode);
            Assert.True(body is null || body.Value.Tags is [] or ["ok"]);
        }
    }

    [Fact]
    public async Task A_link_of_upstream_carries_nothing_else_on()
    {
        await using var world = await WithTags();
        world.Upstream.Fault(On.Registry, Faults.Headers(("Link", "<https://evil.example/v2/x?next_page=a%3Db%22%3E&secret=1&n=7&ns=quay.io>; rel=\"next\"")));
        var (response, _, next) = await Get(world, "/v2/dockerhub/app/tags/list?ns=docker.io");
        Assert.Equal("</v2/dockerhub/app/tags/list?n=7&next_page=a%3Db%22%3E&ns=docker.io>; rel=\"next\"", response.Headers.GetValues("Link").Single());
        world.Upstream.ClearFaults();
        await Get(world, next!);
        Assert.Equal("n=7&next_page=a%3Db%22%3E", world.Upstream.Requests.Items[^1].Query);
    }

    [Theory]
    [InlineData("</v2/library/app/tags/list?last=b&n=2>; rel=\"next\"", "n=2&last=b")]
    [InlineData("</x?last=b>; rel=next", "last=b")]
    [InlineData("<http://internal.example:1/x?last=b>;REL=\"NEXT\"", "last=b")]
    [InlineData("</x?last=a>; rel=\"prev\", </x?last=b>; rel=\"next\"", "last=b")]
    [InlineData("</x?last=a>; rel=\"prev\",</x?last=b>; rel=\"next\"", "last=b")]
    [InlineData("</x?last=b,c>; title=\"a, <x>; rel=prev\"; rel=\"last next\"", "last=b%2Cc")]
    [InlineData("</x?last=b#end>; rel=next", "last=b")]
    [InlineData("</x?last=a>; rel=\"prev\"", null)]
    [InlineData("</x?last=a>; rel=\"nextish\"; title=\"rel=next\"", null)]
    [InlineData("</x?last=a; rel=next", null)]
    [InlineData("</x?last=a%0d%0ab>; rel=next", null)]
    [InlineData("</x>; rel=next", null)]
    [InlineData("</x?n=2>; rel=next", null)]
    [InlineData("</x?token=of-its-own>; rel=next", null)]
    public async Task Every_form_of_link_is_understood(string link, string? next)
    {
        // One that says nothing that may be handed on would lead the client to the same page for ever.
        await using var world = await WithTags();
        world.Upstream.Fault(On.Registry, Faults.Headers(("Link", link)));
        Assert.Equal(next is null ? null : $"/v2/dockerhub/app/tags/list?{next}", (await Get(world, "/v2/dockerhub/app/tags/list")).Next);
    }

    [Fact]
    public async Task A_place_of_upstream_s_own_is_not_taken_for_a_tag()
    {
        await using var world = await WithTags();
        world.Upstream.Fault(On.Registry, Faults.Status(200, """{"tags":["c","d"]}""", "application/json"));
        Assert.Equal(["c", "d"], (await Get(world, "/v2/dockerhub/app/tags/list?last=zyJrIjoiYiJ9%3D%3D")).Body!.Value.Tags);
        Assert.Equal(["c", "d"], (await Get(world, $"/v2/dockerhub/app/tags/list?last={new string('z', 200)}")).Body!.Value.Tags);
        Assert.Equal("c", (await Get(world, "/v2/dockerhub/app/tags/list?n=1&last=zyJrIjoiYiJ9%3D%3D")).Body!.Value.Tags.Single());

        world.Upstream.ClearFaults();
        await world.Read("dockerhub/app/manifests/a");
        await world.Upstream.Stop();
        Assert.Equal(["a"], (await Get(world, "/v2/dockerhub/app/tags/list?last=zyJrIjoiYiJ9%3D%3D")).Body!.Value.Tags);
    }

    [Fact]
    public async Task Many_who_ask_the_same_at_once_cost_one_request()
    {
        await using var world = await WithTags();
        var gate = new Gate();
        world.Upstream.Fault(On.Registry, Faults.StallBeforeHeaders(gate));
        var clients = Enumerable.Range(0, 16).Select(_ => Get(world, "/v2/dockerhub/app/tags/list")).ToList();
        await gate.Reached();
        for (var i = 0; i < 32; i++)
        {
            using var ping = await world.Get("");
        }

        // Whoever came by now waits for that one; who comes later asks anew, for a list of tags is never fresh.
        Assert.Equal(1, gate.Arrivals);
        gate.Open();
        Assert.All(await Task.WhenAll(clients), got => Assert.Equal(Tags, got.Body!.Value.Tags));
    }

    [Fact]
    public async Task A_HEAD_has_the_headers_of_a_GET()
    {
        await using var world = await WithTags();
        var (got, _, _) = await Get(world, "/v2/dockerhub/app/tags/list?n=2");
        using var head = await world.Get("dockerhub/app/tags/list?n=2", HttpMethod.Head);
        Assert.Equal((got.StatusCode, got.Content.Headers.ContentLength, got.Content.Headers.ContentType), (head.StatusCode, head.Content.Headers.ContentLength, head.Content.Headers.ContentType));
        Assert.Equal(got.Headers.GetValues("Link"), head.Headers.GetValues("Link"));
        Assert.Equal(("miss", "registry/2.0"), (World.CacheOf(head), head.Headers.GetValues("Docker-Distribution-API-Version").Single()));
    }

    [Fact]
    public async Task Those_held_are_listed_whatever_keeps_upstream_s_from_coming()
    {
        await using var world = await WithTags();
        await world.Read("dockerhub/app/manifests/1");
        (Fault Fault, string Reason)[] faults =
        [
            (Faults.Error(404, "NAME_UNKNOWN"), "upstream no longer has it"), (Faults.Status(401), "upstream refuses access"),
            (Faults.Status(403), "upstream refuses access"), (Faults.HtmlPage(), "upstream failed"), (Faults.TruncateAfter(5), "upstream failed"),
            (Faults.Headers(("Content-Encoding", "gzip")), "upstream failed"),
            (Faults.StallBeforeHeaders(new Gate()), "upstream did not answer in time"),
        ];
        foreach (var (fault, reason) in faults)
        {
            world.Upstream.ClearFaults();
            world.Upstream.Fault(On.Registry, fault);
            var (response, body, _) = await Get(world, "/v2/dockerhub/app/tags/list");
            Assert.Equal(["1"], body!.Value.Tags);
            Assert.Equal(("stale", $"299 - \"{reason}\""), (World.CacheOf(response), response.Headers.GetValues("Warning").Single()));
        }
    }

    [Fact]
    public async Task Those_that_are_no_longer_served_are_not_listed()
    {
        await using var world = await WithTags(staleFor: "0s");
        await world.Read("dockerhub/app/manifests/1");
        await world.Upstream.Stop();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await world.Read("dockerhub/app/manifests/1")).Status);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await Get(world, "/v2/dockerhub/app/tags/list")).Response.StatusCode);
    }

    [Theory]
    [InlineData("n=-1", 400)]
    [InlineData("n=1e30", 400)]
    [InlineData("n=abc", 400)]
    [InlineData("n=", 400)]
    [InlineData("last=%0d%0aX:y", 400)]
    [InlineData("next_page=%07", 400)]
    [InlineData("n=0", 200)]
    public async Task Rows_24_to_27_reach_no_upstream(string query, int status)
    {
        await using var world = await WithTags();
        var (response, body, next) = await Get(world, $"/v2/dockerhub/app/tags/list?{query}");
        Assert.Equal((status, null), ((int)response.StatusCode, next));
        Assert.Equal(status == 200, body is { Tags: [] });
        Assert.Empty(world.Upstream.Requests.Items);
    }

    private static async Task<World> WithTags(string? staleFor = null)
    {
        var world = await (staleFor is null ? World.Start() : World.StartWithStaleFor(staleFor));
        foreach (var tag in Tags)
        {
            world.Upstream.AddImage("library/app", tag, LayerForge.Random(10));
        }

        return world;
    }

    private static async Task<List<string>> All(World world, string path)
    {
        var all = new List<string>();
        for (var next = path; next is not null;)
        {
            var (response, body, following) = await Get(world, next);
            Assert.True(body is not null, $"{next}: {response}");
            all.AddRange(body.Value.Tags);
            next = following;
        }

        return all;
    }

    private static async Task<(HttpResponseMessage Response, (string Name, string[] Tags)? Body, string? Next)> Get(World world, string path)
    {
        var response = await world.Server.Client.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
        if (response.StatusCode != HttpStatusCode.OK)
        {
            return (response, null, null);
        }

        Assert.Equal("application/json", response.Content.Headers.ContentType!.ToString());
        using var document = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        var body = (document.RootElement.GetProperty("name").GetString()!, document.RootElement.GetProperty("tags").EnumerateArray().Select(tag => tag.GetString()!).ToArray());
        var link = response.Headers.TryGetValues("Link", out var links) ? links.Single() : null;
        return (response, body, link?[1..link.IndexOf('>', StringComparison.Ordinal)]);
    }
}
