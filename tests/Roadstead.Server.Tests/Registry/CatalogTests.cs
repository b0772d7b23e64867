using System.Net;
using System.Text.Json;
using Roadstead.Testing.Images;
using Roadstead.Testing.Server;

namespace Roadstead.Server.Tests.Registry;

public class CatalogTests
{
    [Fact]
    public async Task What_the_project_leaves_out_is_not_listed_though_it_is_held_and_fills_no_place_of_a_page()
    {
        await using var world = await World.Start();
        var path = "/roadstead/projects/mine";
        Assert.Equal(HttpStatusCode.Created, (await world.Server.Ask("PUT", path, """{"endpoint": "docker-hub", "public": true}""")).Status);
        foreach (var name in new[] { "a", "b", "c", "d" })
        {
            world.Upstream.AddImage($"team/{name}", "1", LayerForge.Random(10));
            Assert.Equal(HttpStatusCode.OK, (await world.Read($"mine/team/{name}/manifests/1")).Status);
        }

        Assert.Equal(HttpStatusCode.OK, (await world.Server.Ask("PUT", path, """{"endpoint": "docker-hub", "public": true, "exclude": ["team/a", "team/b"]}""")).Status);
        Assert.Equal(["mine/team/c", "mine/team/d"], (await Get(world, "/v2/_catalog")).Names);
        Assert.Equal(["mine/team/c"], (await Get(world, "/v2/_catalog?n=1")).Names);
    }

    [Fact]
    public async Task What_is_held_is_listed_by_project()
    {
        await using var world = await World.Start(configure: (config, upstream) => config
            .AddEndpoint("other", "quay.io", upstream.Address, ("allowPrivateAddresses", true))
            .AddProject("docker", "other")
            .AddProject("dockerhub-2", "other", ("hosts", "quay.mirror.example"))
            .AddProject("closed", "docker-hub", ("public", false)));
        Assert.Empty((await Get(world, "/v2/_catalog")).Names);
        foreach (var path in new[] { "dockerhub/nginx", "dockerhub/a/b", "docker/z", "dockerhub-2/m" })
        {
            world.Upstream.AddImage(path == "dockerhub/nginx" ? "library/nginx" : path[(path.IndexOf('/', StringComparison.Ordinal) + 1)..], "1", LayerForge.Random(10));
            Assert.Equal(HttpStatusCode.OK, (await world.Read($"{path}/manifests/1")).Status);
        }

        await world.Read("dockerhub/nothing/manifests/1");
        string[] all = ["docker/z", "dockerhub-2/m", "dockerhub/a/b", "dockerhub/library/nginx"];
        Assert.Equal(all.Order(StringComparer.Ordinal), all);
        Assert.Equal(all, (await Get(world, "/v2/_catalog")).Names);
        for (var n = 1; n < 5; n++)
        {
            var paged = new List<string>();
            for (var next = $"/v2/_catalog?n={n}"; next is not null;)
            {
                var page = await Get(world, next);
                Assert.InRange(page.Names.Count, 1, n);
                paged.AddRange(page.Names);
                next = page.Next;
            }

            Assert.Equal(all, paged);
        }

        Assert.Equal(["a/b", "library/nginx"], (await Get(world, "/v2/_catalog?ns=docker.io")).Names);
        Assert.Equal(["a/b", "library/nginx"], (await Get(world, "/dockerhub/v2/_catalog")).Names);
        Assert.Equal(["z"], (await Get(world, "/v2/_catalog?ns=quay.io")).Names);
        Assert.Equal(["m"], (await Get(world, "/v2/_catalog", "quay.mirror.example")).Names);
        Assert.Equal(["dockerhub/a/b", "dockerhub/library/nginx"], (await Get(world, "/v2/_catalog?last=dockerhub%2Fa")).Names);
    }

    [Fact]
    public async Task A_HEAD_has_the_headers_of_a_GET_and_n_may_be_0()
    {
        await using var world = await World.Start();
        world.Upstream.AddImage("library/app", "1", LayerForge.Random(10));
        await world.Read("dockerhub/app/manifests/1");
        using var head = await world.Get("_catalog", HttpMethod.Head);
        Assert.Equal((HttpStatusCode.OK, "hit", "application/json"), (head.StatusCode, World.CacheOf(head), head.Content.Headers.ContentType!.ToString()));
        Assert.Equal(["dockerhub/library/app"], (await Get(world, "/v2/_catalog?n=1&unknown=x")).Names);
        var none = await Get(world, "/v2/_catalog?n=0");
        Assert.True(none is { Names: [], Next: null });
    }

    [Theory]
    [InlineData("/v2/_catalog?n=-1", 400)]
    [InlineData("/v2/_catalog?n=x", 400)]
    [InlineData("/v2/_catalog?ns=evil.example", 404)]
    [InlineData("/nothing/v2/_catalog", 404)]
    public async Task Bad_input_has_its_answer(string path, int status)
    {
        await using var world = await World.Start();
        using var response = await world.Server.Client.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal((status, "application/json"), ((int)response.StatusCode, response.Content.Headers.ContentType!.ToString()));
    }

    private static async Task<(List<string> Names, string? Next)> Get(World world, string path, string? host = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Host = host;
        using var response = await world.Server.Client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        using var document = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        var link = response.Headers.TryGetValues("Link", out var links) ? links.Single() : null;
        return (document.RootElement.GetProperty("repositories").EnumerateArray().Select(name => name.GetString()!).ToList(), link?[1..link.IndexOf('>', StringComparison.Ordinal)]);
    }
}
