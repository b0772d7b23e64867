using System.Net;
using Roadstead.Testing;
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
            ("dockerhub/nginx/manifests/1?ns=verify.roadstead.invalid", official),
        ];
        foreach (var (path, digest) in shapes)
        {
            var got = await world.Read(path);
            Assert.True(got.Digest == digest && got.Status == HttpStatusCode.OK, $"{path}: {got}");
        }

        using var decided = await world.Get("nginx/manifests/1?ns=docker.io");
        Assert.Equal("docker.io", decided.Headers.GetValues("OCI-Namespace").Single());
    }

    [Fact]
    public async Task A_mount_a_host_and_a_bound_listener_name_the_project_too()
    {
        using var bound = LoopbackPort.Claim();
        await using var gitlab = await FakeUpstream.Start();
        await using var world = await World.Start(configure: (config, _) => config
            .AddEndpoint("gl", "registry.gitlab.com", gitlab.Address, ("allowPrivateAddresses", true))
            .AddProject("gitlab", "gl", ("hosts", new[] { "Gitlab.mirror.example", "other.example:5000" }))
            .AddListener(bound.Address, "gitlab"));
        var hub = world.Upstream.AddImage("gitlab/gitlab-runner", "1", LayerForge.Random(10, seed: 1)).Digest;
        var official = world.Upstream.AddImage("library/nginx", "1", LayerForge.Random(10, seed: 2)).Digest;
        var runner = gitlab.AddImage("gitlab-runner", "1", LayerForge.Random(10, seed: 3)).Digest;
        var nested = gitlab.AddImage("dockerhub/nginx", "1", LayerForge.Random(10, seed: 4)).Digest;
        var (main, other) = (world.Server.Address, bound.Address);

        (Uri Server, string? Host, string Path, string Digest)[] shapes =
        [
            (main, null, "/dockerhub/v2/nginx/manifests/1", official),
            (main, null, "/dockerhub/v2/library/nginx/manifests/1?ns=docker.io", official),
            (main, null, "/docker.io/v2/gitlab/gitlab-runner/manifests/1", hub),
            (main, null, "/gitlab/v2/gitlab-runner/manifests/1", runner),
            (main, null, "/gitlab/v2/gitlab/gitlab-runner/manifests/1?ns=docker.io", hub),
            (main, "gitlab.mirror.example", "/v2/gitlab-runner/manifests/1", runner),
            (main, "GITLAB.mirror.example:8443", "/v2/gitlab-runner/manifests/1", runner),
            (main, "other.example:5000", "/v2/dockerhub/nginx/manifests/1", nested),
            (main, "gitlab.mirror.example", "/v2/gitlab/gitlab-runner/manifests/1?ns=docker.io", hub),
            (main, "gitlab.mirror.example", "/dockerhub/v2/nginx/manifests/1", official),
            (main, "else.example", "/v2/dockerhub/nginx/manifests/1", official),
            (main, "other.example:5001", "/v2/dockerhub/nginx/manifests/1", official),
            (other, null, "/v2/gitlab-runner/manifests/1", runner),
            (other, null, "/v2/dockerhub/nginx/manifests/1", nested),
            (other, null, "/v2/gitlab-runner/manifests/1?ns=registry.gitlab.com", runner),
            (other, null, "/v2/nginx/manifests/1?ns=docker.io", official),
            (other, null, "/gitlab/v2/gitlab-runner/manifests/1", runner),
        ];
        foreach (var (server, host, path, digest) in shapes)
        {
            using var response = await Ask(world, server, host, path);
            Assert.True((int)response.StatusCode == 200 && response.Headers.GetValues("Docker-Content-Digest").Single() == digest, $"{server} {host} {path}: {response}");
        }

        foreach (var (server, path, status) in new[] { (main, "/gitlab/v2/", 200), (main, "/nothing/v2/", 404), (other, "/v2/", 200), (other, "/dockerhub/v2/", 404), (other, "/dockerhub/v2/nginx/manifests/1", 404) })
        {
            using var response = await Ask(world, server, null, path);
            Assert.True((int)response.StatusCode == status, $"{server} {path}: {response}");
        }
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

    private static Task<HttpResponseMessage> Ask(World world, Uri server, string? host, string path)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, new Uri(server, path));
        request.Headers.Host = host;
        return world.Server.Client.SendAsync(request, TestContext.Current.CancellationToken);
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
