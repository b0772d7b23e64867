using System.Net;
using Roadstead.Server.Tests.Retention;
using Roadstead.Testing;
using Roadstead.Testing.Images;
using Roadstead.Testing.Registries;
using Roadstead.Testing.Server;
using Roadstead.Testing.Upstream;

namespace Roadstead.Server.Tests.Projects;

/// <summary>Endpoints that are asked by a proxy: a real one, with and without a password.</summary>
public class ProxyTests
{
    private static readonly Credential Login = new("mirror", "canary-proxy");

    private static CancellationToken Stops => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_plain_registry_is_asked_by_it(bool hasPassword)
    {
        await using var proxy = await Tinyproxy.Start(hasPassword ? Login : null);
        await using var registry = await DockerRegistry.Start(new Credential("robot", "canary-registry"));
        var image = ImageForge.Image([LayerForge.Random(100_000)]);
        await registry.Push("org/app", "1", image);
        await using var server = await Start(registry.Address, [("username", "robot"), ("password", "canary-registry"), .. By(proxy, hasPassword ? Login : null)], environment: "http://127.0.0.1:1");
        Assert.Equal(HttpStatusCode.OK, (await Pull(server)).Status);
        foreach (var blob in image.Blobs)
        {
            Assert.Equal(blob.Bytes, await server.Client.GetByteArrayAsync(new Uri($"/v2/mine/org/app/blobs/{blob.Digest}", UriKind.Relative), Stops));
            Assert.Contains($"GET {registry.Address}v2/org/app/blobs/{blob.Digest} HTTP/1.1", proxy.Requests);
        }

        Assert.DoesNotContain(server.Log.Items, line => line.Contains("canary", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_HTTPS_registry_is_asked_through_a_tunnel_and_learns_nothing_of_the_proxy_s_password()
    {
        using var authority = new TestAuthority();
        using var certificate = authority.Issue();
        await using var proxy = await Tinyproxy.Start(Login);
        await using var registry = await FakeUpstream.Start();
        await registry.Stop();
        (registry.Origin.Certificate, registry.Auth.Mode) = (certificate, AuthMode.Bearer);
        await registry.StartAgain();
        registry.AddImage("org/app", "1", LayerForge.Random(1000));
        using var folder = new TemporaryFolder("ca");
        await File.WriteAllTextAsync(folder["ca.pem"], authority.Pem, Stops);
        await using var server = await Start(registry.Address, [("caCertificate", folder["ca.pem"]), .. By(proxy, Login)]);
        Assert.Equal(HttpStatusCode.OK, (await Pull(server)).Status);
        Assert.Contains(registry.Requests.Items, request => request.Kind == RequestKind.Token);
        Assert.All(registry.Requests.Items, request => Assert.DoesNotContain("Proxy-Authorization", request.Headers.Keys));
        Assert.All(proxy.Requests, request => Assert.StartsWith($"CONNECT {registry.Authority}", request, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("another password", HttpStatusCode.ServiceUnavailable, "the proxy wants a user name and password, and does not take those of the endpoint (401; proxyUsername, proxyPassword)")]
    [InlineData("no password", HttpStatusCode.ServiceUnavailable, "the proxy wants a user name and password, and does not take those of the endpoint (407; proxyUsername, proxyPassword)")]
    [InlineData("away", HttpStatusCode.ServiceUnavailable, "the proxy cannot be reached: Connection refused")]
    [InlineData("hung", HttpStatusCode.GatewayTimeout, "the proxy makes no connection in time")]
    [InlineData("the registry is away", HttpStatusCode.ServiceUnavailable, "the proxy makes no connection (500)")]
    public async Task Its_faults_are_told_from_the_registry_s(string fault, HttpStatusCode status, string said)
    {
        using var authority = new TestAuthority();
        using var certificate = authority.Issue();
        await using var proxy = await Tinyproxy.Start(Login);
        await using var registry = await FakeUpstream.Start();
        await registry.Stop();
        registry.Origin.Certificate = certificate;
        await registry.StartAgain();
        registry.AddImage("org/app", "1", LayerForge.Random(1000));
        await using var server = await Start(registry.Address, [("insecureSkipVerify", true), ("connectTimeout", "1s"), .. By(proxy, fault == "no password" ? null : fault == "another password" ? Login with { Password = "canary-wrong" } : Login)]);
        switch (fault)
        {
            case "away":
                await proxy.Stop();
                break;
            case "hung":
                proxy.Freeze();
                break;
            case "the registry is away":
                await registry.Stop();
                break;
        }

        var (got, body) = await Pull(server);
        Assert.Equal(status, got);
        Assert.Contains($"{registry.Authority} by way of the proxy {proxy.Authority}, ", body, StringComparison.Ordinal);
        Assert.Contains($": {said}", body, StringComparison.Ordinal);
        var test = (string)(await server.Ask("POST", "/roadstead/endpoints/mine/test")).Json["message"]!;
        Assert.Contains(said, test, StringComparison.Ordinal);
        Assert.DoesNotContain(server.Log.Items, line => line.Contains("canary", StringComparison.Ordinal));
        switch (fault)
        {
            case "away":
                await proxy.StartAgain();
                break;
            case "hung":
                proxy.Thaw();
                break;
            case "the registry is away":
                await registry.StartAgain();
                break;
            default:
                return;
        }

        await StoreClient.Until(async () => (await Pull(server)).Status == HttpStatusCode.OK);
    }

    /// <summary>What a name leads to is the proxy's matter; an address that a redirect names is not.</summary>
    [Theory]
    [InlineData("http://169.254.169.254/secret", true)]
    [InlineData("http://10.1.2.3/secret", false)]
    [InlineData("http://localhost/secret", false)]
    public async Task No_redirect_leads_through_it_to_an_address_that_is_refused(string target, bool allowPrivate)
    {
        await using var proxy = new FakeHost("proxy", request => FakeResponse.Redirect(307, target));
        await proxy.Start();
        await using var server = await Start(new Uri("http://registry.example"), [("allowPrivateAddresses", allowPrivate), ("proxy", proxy.Address.ToString().TrimEnd('/'))]);
        var (status, body) = await Pull(server);
        Assert.Equal(HttpStatusCode.BadGateway, status);
        Assert.Contains("its host leads where no upstream may", body, StringComparison.Ordinal);
        Assert.NotEmpty(proxy.Requests.Items);
        Assert.DoesNotContain(proxy.Requests.Items, request => request.Target.Contains("secret", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Its_password_is_kept_for_it_alone()
    {
        await using var server = await TestServer.Start();
        string Body(string proxy, string more) => $$"""{"registry": "a.example", "url": "https://a.example", "proxy": "{{proxy}}", "proxyUsername": "mirror"{{more}}}""";
        var made = await server.Ask("PUT", "/roadstead/endpoints/mine", Body("http://10.0.0.1:3128", """, "username": "robot", "password": "canary-registry", "proxyPassword": "canary-proxy" """));
        Assert.Equal(HttpStatusCode.Created, made.Status);
        Assert.DoesNotContain("canary", made.Text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await server.Ask("PUT", "/roadstead/endpoints/mine", Body("http://10.0.0.1:3128", """, "username": "robot" """))).Status);
        await server.Restart();
        Assert.False((bool)(await server.Ask("GET", "/roadstead/endpoints/mine")).Json["secretLost"]!);
        var moved = await server.Ask("PUT", "/roadstead/endpoints/mine", Body("http://10.0.0.2:3128", """, "username": "robot" """));
        Assert.Equal(["password", "proxyPassword"], moved.Errors.Select(error => error.Split(':')[0]).Order());
        await server.Stop();
        foreach (var file in Directory.EnumerateFiles(server.StoragePath, "*", SearchOption.AllDirectories))
        {
            Assert.DoesNotContain("canary-", System.Text.Encoding.Latin1.GetString(await File.ReadAllBytesAsync(file, Stops)), StringComparison.Ordinal);
        }
    }

    private static (string, object)[] By(Tinyproxy proxy, Credential? login) =>
        [("proxy", proxy.Address.ToString().TrimEnd('/')), .. login is null ? Array.Empty<(string, object)>() : [("proxyUsername", login.Username), ("proxyPassword", login.Password)]];

    private static Task<TestServer> Start(Uri registry, (string, object)[] keys, string? environment = null) => TestServer.Start(config =>
    {
        (config.Environment["http_proxy"], config.Environment["HTTP_PROXY"], config.FreshFor) = (environment, environment, "0s");
        config.AddEndpoint("mine", "registry.example", registry, keys.Any(key => key.Item1 == "allowPrivateAddresses") ? keys : [("allowPrivateAddresses", true), .. keys]);
        config.AddProject("mine", "mine", ("public", true));
    });

    private static async Task<(HttpStatusCode Status, string Body)> Pull(TestServer server)
    {
        using var response = await server.Client.GetAsync(new Uri("/v2/mine/org/app/manifests/1", UriKind.Relative), Stops);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(Stops));
    }
}
