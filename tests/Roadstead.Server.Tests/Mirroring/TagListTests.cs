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
            (Faults.Status(401), 403), (Faults.TooManyRequests("0"), 503), (Faults.Status(500), 503), (Faults.HtmlPage(), 502),
            (Faults.Status(200, """{"tags":7}""", "application/json"), 502), (Faults.Status(200, "[]", "application/json"), 502),
            (Faults.Longer(9_000_000), 502), (Faults.Status(200, """{"tags":null}""", "application/json"), 200),
            (Faults.Status(200, """{"tags":["ok","../x",7,"a b\r\n",""]}""", "application/json"), 200),
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

    private static async Task<World> WithTags()
    {
        var world = await World.Start();
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
