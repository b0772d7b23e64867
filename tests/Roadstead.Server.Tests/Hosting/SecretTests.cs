using System.Text;
using Roadstead.Api;
using Roadstead.Testing;
using Roadstead.Testing.Images;
using Roadstead.Testing.Registries;
using Roadstead.Testing.Server;
using Roadstead.Testing.Upstream;

namespace Roadstead.Server.Tests.Hosting;

/// <summary>Marked secrets go in by every way there is, and come out by none but the one they are for.</summary>
public sealed class SecretTests : IDisposable
{
    private const string Password = "canary-password";
    private const string Client = "canary-client";
    private const string Admin = "canary-admin";
    private const string NodeToken = "canary-node";

    // What the fake's tokens begin with.
    private const string Token = "opaque-";

    private readonly TemporaryFolder _folder = new("secrets");
    private readonly StringBuilder _seen = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task No_log_error_metric_or_file_shows_one()
    {
        await File.WriteAllTextAsync(_folder["password"], Password + "\n", TestContext.Current.CancellationToken);
        File.SetUnixFileMode(_folder["password"], UnixFileMode.UserRead);
        using var authority = new TestAuthority();
        using var expired = authority.Issue(-3, -1);
        await using var basic = await FakeUpstream.Start();
        await using var tls = await FakeUpstream.Start(expired);
        basic.Auth.Mode = AuthMode.Basic;
        basic.Auth.Credential = new Credential("robot", Password);
        await File.WriteAllTextAsync(_folder["admin"], Admin + "\n", TestContext.Current.CancellationToken);
        File.SetUnixFileMode(_folder["admin"], UnixFileMode.UserRead);
        await using var world = await World.Start("0s", endpoint: [("username", "robot"), ("passwordFile", _folder["password"])], configure: (config, _) =>
        {
            config.Extra = $"admin: {{passwordFile: {_folder["admin"]}}}\nnodes: {{token: {NodeToken}}}\n";
            (string, object)[] credential = [("username", "robot"), ("password", Password), ("allowPrivateAddresses", true)];
            config.AddEndpoint("quay", "quay.io", basic.Address, credential).AddProject("quay", "quay", ("public", true));
            config.AddEndpoint("ghcr", "ghcr.io", tls.Address, credential).AddProject("ghcr", "ghcr", ("public", true));
        });
        world.Upstream.Auth.Mode = AuthMode.Bearer;
        world.Upstream.Auth.Credential = new Credential("robot", Password);
        world.Upstream.RedirectsBlobs = true;

        await Exercise(world, basic);
        await CauseFaults(world, basic);
        await Manage(world);
        await Ask(world, "/metrics", "/healthz/ready", "/healthz/live", "/ca.crt", "/", "/v2/_catalog", "/api/v2.0/roadstead/mirrors");
        Assert.NotEmpty(world.Upstream.Cdn.Requests.Items);
        var signature = world.Upstream.Cdn.Requests.Items[0].Query;
        Assert.Equal(0, await world.Server.Stop());

        AssertNone(_seen.ToString(), "an answer", signature);
        Assert.All(world.Server.Log.Items, line => AssertNone(line, "the log", signature));
        foreach (var file in Directory.EnumerateFiles(world.Server.StoragePath, "*", SearchOption.AllDirectories))
        {
            AssertNone(Encoding.Latin1.GetString(await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken)), file, signature);
        }
    }

    [Fact]
    public async Task The_check_of_a_configuration_shows_none_either()
    {
        foreach (var mistake in new[]
        {
            $"password: [{Password}]", $"password: {Password}, passwordFile: /none", $"passwordFile: {Password}", $"pasword: {Password}, password: x", $"url: 'https://robot:{Password}@quay.io'",
            $"username: 'robot:{Password}'", $"password: {{a: {Password}}}", $"caCertificate: x, password: \"{Password}\\u0000\"",
        })
        {
            var result = await TestServer.RunToExit(
                config => config.WholeFile = $"endpoints: [{{name: a, registry: quay.io, {(mistake.StartsWith("url", StringComparison.Ordinal) ? "" : "url: 'https://quay.io', ")}username: x, {mistake}}}]\n", "--check");
            Assert.NotEqual(0, result.ExitCode);
            AssertNone(result.Output + result.Error, mistake, Token);
        }
    }

    [Theory]
    [InlineData("nodes: {token: [canary-password]}")]
    [InlineData("nodes: {token: 'canary-password x'}")]
    [InlineData("nodes: {tokenFile: canary-password}")]
    [InlineData("nodes: {token: canary-password, tokenFile: canary-password}")]
    [InlineData("admin: {password: canary-password}")]
    [InlineData("admin: {passwordFile: canary-password}")]
    public async Task The_check_shows_none_of_those_for_managing(string yaml)
    {
        var result = await TestServer.RunToExit(config => config.WholeFile = yaml + "\n", "--check");
        Assert.NotEqual(0, result.ExitCode);
        AssertNone(result.Output + result.Error, yaml, Token);
    }

    /// <summary>The API that takes the admin's password and the node token, shown right, wrong and to each other's routes.</summary>
    private async Task Manage(World world)
    {
        var report = new NodeReport("1", "target", null, false, null, []);
        foreach (var credential in new ApiCredential?[] { null, new ApiCredential.User("admin", Admin), new ApiCredential.Node(NodeToken), new ApiCredential.Node(Admin), new ApiCredential.User(NodeToken, NodeToken) })
        {
            var client = new ManagementClient(world.Server.Client, world.Server.Address, credential);
            var stops = TestContext.Current.CancellationToken;
            _seen.Append(await client.Report("node", report, stops)).Append(await client.Nodes(stops)).Append(await client.Resume(stops)).Append(await client.Forget("node", stops)).Append(credential);
        }

        Assert.Contains("Proceed = True", _seen.ToString(), StringComparison.Ordinal);
        await Ask(world, NodeList.Path, NodeList.Path, NodeList.Path);
    }

    private async Task Exercise(World world, FakeUpstream basic)
    {
        var image = world.Upstream.AddImage("library/app", "1", LayerForge.Random(1000));
        basic.Add("library/app", "1", image);
        await world.Pull("dockerhub/app", "1", image);
        await world.Pull("quay/library/app", "1", image);
        world.Upstream.Auth.ExpireTokens();
        await world.Pull("dockerhub/app", "1", image);
        Assert.True(world.Upstream.Auth.TokensIssued > 1);
        await Ask(world, "/v2/ghcr/library/app/manifests/1", "/v2/dockerhub/app/tags/list", $"/v2/dockerhub/app/referrers/{image.Digest}");
    }

    /// <summary>Upstreams that say in their errors what they were told.</summary>
    private async Task CauseFaults(World world, FakeUpstream basic)
    {
        var echo = $"robot {Password} {Token}1 {new Credential("robot", Password).Basic}";
        foreach (var (when, fault) in new (Func<RecordedRequest, bool>, Fault)[]
        {
            (On.Token, Faults.Status(401, echo)), (On.Token, Faults.Status(200, $"{{\"token\": 7, \"error\": \"{echo}\"}}", "application/json")), (On.Token, Faults.Status(500, echo)),
            (On.Registry, Faults.Status(500, echo)), (On.Registry, Faults.Status(403, echo)), (On.Registry, Faults.Status(404, echo)), (On.Registry, Faults.Status(200, echo)),
            (On.Registry, Faults.Redirect($"http://robot:{Password}@127.0.0.1:1/{Token}")), (On.Registry, Faults.Redirect($"http://127.0.0.1:1/x?sig={Password}")),
            (On.Registry, Faults.Redirect($"http://169.254.169.254/?token={Token}")), (On.Registry, Faults.Headers(("Location", echo), ("Docker-Content-Digest", echo))),
            (On.Registry, Faults.Status(401, "", "text/plain", ("WWW-Authenticate", $"Bearer realm=\"https://evil.example/{Password}?x={Token}\""))),
        })
        {
            foreach (var upstream in new[] { world.Upstream, basic })
            {
                upstream.Auth.ExpireTokens();
                upstream.Fault(when, fault);
            }

            await Ask(world, "/v2/dockerhub/app/manifests/2", "/v2/dockerhub/app/manifests/1", $"/v2/dockerhub/app/blobs/sha256:{new string('0', 64)}", "/v2/quay/library/app/manifests/2");
            world.Upstream.ClearFaults();
            basic.ClearFaults();
        }

        basic.Auth.Credential = new Credential("robot", "another");
        await Ask(world, "/v2/quay/library/app/manifests/3");
        await world.Upstream.Stop();
        await Ask(world, "/v2/dockerhub/app/manifests/4", $"/v2/evil/app/manifests/1?x={Client}", $"/v2/dockerhub/app/manifests/1?account={Client}");
    }

    private async Task Ask(World world, params string[] paths)
    {
        foreach (var path in paths)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.TryAddWithoutValidation("Authorization", $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes("x:" + Client))}");
            request.Headers.TryAddWithoutValidation("Cookie", Client);
            using var response = await world.Server.Client.SendAsync(request, TestContext.Current.CancellationToken);
            _seen.Append(response.Headers).Append(response.Content.Headers).Append(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        }
    }

    private static void AssertNone(string text, string where, string signature)
    {
        foreach (var secret in new[] { Password, Token, Client, Admin, NodeToken, Convert.ToBase64String(Encoding.UTF8.GetBytes("admin:" + Admin)), signature, new Credential("robot", Password).Basic["Basic ".Length..], Convert.ToBase64String(Encoding.UTF8.GetBytes("x:" + Client)) })
        {
            Assert.False(text.Contains(secret, StringComparison.Ordinal), $"{where} shows {secret}");
        }
    }
}
