using System.Net;
using Roadstead.Testing.Registries;
using Roadstead.Testing.Server;
using Roadstead.Testing.Upstream;

namespace Roadstead.Server.Tests.Management;

/// <summary>What a test of an endpoint says of what it finds there.</summary>
public class EndpointTrialTests
{
    private static readonly Credential Robot = new("robot", "canary-secret");

    [Theory]
    [InlineData("open", false, "fine", "answers as a registry.")]
    [InlineData("basic", true, "fine", "takes the credential")]
    [InlineData("basic", false, "refused", "wants a user name and password")]
    [InlineData("basic, another password", true, "refused", "refuses access (401)")]
    [InlineData("bearer", true, "fine", "takes the credential")]
    [InlineData("bearer, another password", true, "refused", "the token service")]
    [InlineData("bearer, tokens for repositories alone", false, "fine", "answers as a registry.")]
    [InlineData("a page", false, "no-registry", "no registry")]
    [InlineData("nothing there", false, "no-registry", "no registry")]
    [InlineData("a page of an error", false, "no-registry", "answered 404 with text/html")]
    [InlineData("forbidden", false, "refused", "refuses access (403)")]
    [InlineData("throttles", false, "throttled", "allows no more for now")]
    [InlineData("fails", false, "unreachable", "answered 500")]
    [InlineData("refuses connections", false, "unreachable", "cannot be reached")]
    [InlineData("does not answer", false, "unreachable", "did not answer in time")]
    [InlineData("speaks no HTTP", false, "unreachable", "what is no HTTP")]
    [InlineData("redirects to metadata", false, "unreachable", "link-local, a metadata service")]
    [InlineData("sends its password elsewhere", true, "unreachable", "is not the registry's own")]
    public async Task It_says_in_words_what_is_there_and_nothing_of_a_body(string upstream, bool hasCredential, string result, string said)
    {
        await using var fake = await FakeUpstream.Start();
        await Set(fake, upstream);
        await using var server = await TestServer.Start();
        var credential = hasCredential ? $", \"username\": \"{Robot.Username}\", \"password\": \"{Robot.Password}\"" : "";
        var body = $$"""{"registry": "registry.example", "url": "{{fake.Address.ToString().TrimEnd('/')}}", "allowPrivateAddresses": true, "headerTimeout": "1s"{{credential}}}""";
        var answer = await server.Ask("POST", "/roadstead/endpoints/mine/test", body);
        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
        Assert.Equal(result, (string)answer.Json["result"]!);
        Assert.Contains(said, (string)answer.Json["message"]!, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", answer.Text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await server.Ask("GET", "/roadstead/endpoints/mine")).Status);
    }

    [Fact]
    public async Task A_real_registry_with_a_password_is_told_right()
    {
        await using var registry = await DockerRegistry.Start(Robot);
        await using var server = await TestServer.Start();
        string Body(string password) => $$"""{"registry": "registry.example", "url": "{{registry.Address.ToString().TrimEnd('/')}}", "allowPrivateAddresses": true, "username": "robot", "password": "{{password}}"}""";
        Assert.Equal("fine", (string)(await server.Ask("POST", "/roadstead/endpoints/mine/test", Body(Robot.Password))).Json["result"]!);
        Assert.Equal("refused", (string)(await server.Ask("POST", "/roadstead/endpoints/mine/test", Body("wrong"))).Json["result"]!);
    }

    [Fact]
    public async Task What_is_not_there_cannot_be_tested()
    {
        await using var server = await TestServer.Start();
        Assert.Equal(HttpStatusCode.NotFound, (await server.Ask("POST", "/roadstead/endpoints/mine/test")).Status);
    }

    private static async Task Set(FakeUpstream fake, string upstream)
    {
        (fake.Auth.Mode, fake.Auth.Credential) = (upstream.Split(',')[0] switch { "basic" => AuthMode.Basic, "bearer" or "sends its password elsewhere" => AuthMode.Bearer, _ => AuthMode.None }, Robot);
        switch (upstream)
        {
            case "basic, another password" or "bearer, another password":
                fake.Auth.Credential = new Credential("robot", "another");
                break;
            case "bearer, tokens for repositories alone":
                fake.Fault(On.Token, Faults.Error(403, "DENIED"));
                break;
            case "sends its password elsewhere":
                fake.Auth.Realm = "http://evil.example/token";
                break;
            case "a page":
                fake.Fault(On.Any, Faults.Status(200, "<html>canary</html>", "text/html"));
                break;
            case "nothing there":
                fake.Fault(On.Any, Faults.Status(404, "{\"canary\": 1}", "application/json"));
                break;
            case "a page of an error":
                fake.Fault(On.Any, Faults.Status(404, "<html>canary</html>", "text/html"));
                break;
            case "forbidden":
                fake.Fault(On.Any, Faults.Status(403, "canary"));
                break;
            case "throttles":
                fake.Fault(On.Any, Faults.TooManyRequests());
                break;
            case "fails":
                fake.Fault(On.Any, Faults.Status(500, "canary"));
                break;
            case "refuses connections":
                await fake.Stop();
                break;
            case "does not answer":
                fake.Freeze();
                break;
            case "speaks no HTTP":
                fake.Fault(On.Any, Faults.Raw("220 canary ESMTP\r\n"));
                break;
            case "redirects to metadata":
                fake.Fault(On.Any, Faults.Redirect("http://169.254.169.254/canary"));
                break;
        }
    }
}
