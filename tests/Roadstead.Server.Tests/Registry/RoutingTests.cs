using System.Net;
using Roadstead.Testing.Images;
using Roadstead.Testing.Upstream;

namespace Roadstead.Server.Tests.Registry;

public class RoutingTests
{
    private static Task<World> TwoRegistries(FakeUpstream gitlab) => World.Start(configure: (config, _) =>
    {
        config.AddEndpoint("gl", "registry.gitlab.com", gitlab.Address, ("allowPrivateAddresses", true));
        config.AddProject("gitlab", "gl");
        config.AddProject("hosted", null);
        config.AddProject("closed", "gl", ("public", false));
        config.AddProject("narrow", "gl", ("include", new[] { "team/**" }), ("exclude", new[] { "**/secret" }));
    });

    [Fact]
    public async Task Every_shape_of_a_path_finds_its_registry()
    {
        await using var gitlab = await FakeUpstream.Start();
        await using var world = await TwoRegistries(gitlab);
        var hub = world.Upstream.AddImage("gitlab/gitlab-runner", "1", LayerForge.Random(10, seed: 1)).Digest;
        var official = world.Upstream.AddImage("library/nginx", "1", LayerForge.Random(10, seed: 2)).Digest;
        var runner = gitlab.AddImage("gitlab-runner", "1", LayerForge.Random(10, seed: 3)).Digest;

        (string Path, string Digest)[] shapes =
        [
            ("dockerhub/gitlab/gitlab-runner/manifests/1", hub),
            ("docker.io/gitlab/gitlab-runner/manifests/1", hub),
            ("gitlab/gitlab-runner/manifests/1?ns=docker.io", hub),
            ("dockerhub/gitlab/gitlab-runner/manifests/1?ns=docker.io", hub),
            ("gitlab/gitlab-runner/manifests/1", runner),
            ("gitlab/gitlab-runner/manifests/1?ns=registry.gitlab.com", runner),
            ("gitlab-runner/manifests/1?ns=registry.gitlab.com", runner),
            ("registry.gitlab.com/gitlab-runner/manifests/1", runner),
            ("dockerhub/nginx/manifests/1", official),
            ("dockerhub/library/nginx/manifests/1", official),
            ("docker.io/nginx/manifests/1", official),
            ("nginx/manifests/1?ns=docker.io", official),
            ("library/nginx/manifests/1?ns=docker.io&other=x", official),
            ("dockerhub/nginx/manifests/1?ns=docker.io", official),
        ];
        foreach (var (path, digest) in shapes)
        {
            var got = await world.Read(path);
            Assert.True(got.Digest == digest && got.Status == HttpStatusCode.OK, $"{path}: {got}");
        }

        using var decided = await world.Get("nginx/manifests/1?ns=docker.io");
        Assert.Equal("docker.io", decided.Headers.GetValues("OCI-Namespace").Single());
    }

    [Theory]
    [InlineData("unknown/nginx/manifests/1", 404, "NAME_UNKNOWN")]
    [InlineData("nginx/manifests/1", 404, "NAME_UNKNOWN")]
    [InlineData("nginx/manifests/1?ns=evil.example", 404, "NAME_UNKNOWN")]
    [InlineData("evil.example/nginx/manifests/1", 404, "NAME_UNKNOWN")]
    [InlineData("hosted/nginx/manifests/1", 404, "MANIFEST_UNKNOWN")]
    [InlineData("closed/nginx/manifests/1", 403, "DENIED")]
    [InlineData("narrow/other/app/manifests/1", 404, "NAME_UNKNOWN")]
    [InlineData("narrow/team/x/secret/manifests/1", 404, "NAME_UNKNOWN")]
    public async Task What_is_not_mirrored_is_not_asked_for(string path, int status, string code)
    {
        await using var gitlab = await FakeUpstream.Start();
        await using var world = await TwoRegistries(gitlab);
        await AssertError(world, HttpMethod.Get, "/v2/" + path, status, code);
        Assert.Empty(world.Upstream.Requests.Items);
        Assert.Empty(gitlab.Requests.Items);
    }

    [Theory]
    [InlineData("POST", "/v2/dockerhub/app/blobs/uploads/")]
    [InlineData("PUT", "/v2/dockerhub/app/manifests/1")]
    [InlineData("DELETE", "/v2/dockerhub/app/manifests/1")]
    [InlineData("PATCH", "/v2/dockerhub/app/blobs/uploads/1")]
    public async Task Pushing_is_not_supported(string method, string path)
    {
        await using var world = await World.Start();
        await AssertError(world, new HttpMethod(method), path, 405, "UNSUPPORTED");
    }

    [Fact]
    public async Task The_API_answers_without_upstream()
    {
        await using var world = await World.Start();
        using var ping = await world.Get("");
        Assert.Equal((HttpStatusCode.OK, "{}", "bypass"), (ping.StatusCode, await ping.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), World.CacheOf(ping)));
        using var html = await world.Server.Client.GetAsync(new Uri("/nothing", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NotFound, html.StatusCode);
    }

    private static async Task AssertError(World world, HttpMethod method, string path, int status, string code)
    {
        using var request = new HttpRequestMessage(method, path);
        using var response = await world.Server.Client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal((status, "application/json"), ((int)response.StatusCode, response.Content.Headers.ContentType!.ToString()));
        Assert.Contains($"\"{code}\"", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.NotEmpty(World.CacheOf(response));
    }
}
