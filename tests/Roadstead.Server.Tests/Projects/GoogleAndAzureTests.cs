using System.Net;
using System.Web;
using Roadstead.Testing.Clouds;
using Roadstead.Testing.Images;
using Roadstead.Testing.Registries;
using Roadstead.Testing.Server;
using Roadstead.Testing.Upstream;

namespace Roadstead.Server.Tests.Projects;

/// <summary>Endpoints of Google's and Azure's registries: what their token services are asked, and what the registry is shown.</summary>
public class GoogleAndAzureTests
{
    private const string Audience = "https://oauth2.googleapis.com/token";

    private static CancellationToken Stops => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true, HttpStatusCode.OK)]
    [InlineData(false, HttpStatusCode.Forbidden)]
    public async Task A_service_account_s_key_signs_for_an_access_token(bool isItsOwn, HttpStatusCode status)
    {
        using var key = new GoogleKey();
        using var other = new GoogleKey();
        await using var registry = await DockerRegistry.Start(new Credential("oauth2accesstoken", "canary-token"));
        await registry.Push("org/app", "1", ImageForge.Image([LayerForge.Random(1000)]));
        await using var google = new FakeHost("Google stub", request => key.Admits(request, Audience)
            ? FakeResponse.Text(200, "application/json", """{"access_token": "canary-token", "expires_in": 3599, "token_type": "Bearer"}""")
            : FakeResponse.Text(400, "application/json", """{"error": "invalid_grant", "error_description": "canary-body"}"""));
        await google.Start();
        await using var server = await Start(registry.Address, ("tokenExchange", "gar"), ("tokenUrl", new Uri(google.Address, "/token").ToString()), ("password", (isItsOwn ? key : other).Json(Audience)));
        var body = await Pull(server, status);
        Assert.Single(google.Requests.Items);
        if (!isItsOwn)
        {
            Assert.Contains($"the token service {google.Authority} (Google) refuses the key of puller@project.iam.gserviceaccount.com (400, invalid_grant)", body, StringComparison.Ordinal);
        }

        Assert.DoesNotContain(server.Log.Items, line => line.Contains("canary", StringComparison.Ordinal) || line.Contains("PRIVATE", StringComparison.Ordinal));
    }

    /// <summary>Whoever hands out a key does not say by it whom it is shown to.</summary>
    [Fact]
    public async Task A_key_whose_token_service_is_not_Google_s_is_refused_until_the_operator_names_it()
    {
        using var key = new GoogleKey();
        await using var server = await TestServer.Start();
        var body = System.Text.Json.JsonSerializer.Serialize(new Dictionary<string, string> { ["registry"] = "a.example", ["url"] = "https://a.example", ["tokenExchange"] = "gar", ["password"] = key.Json("https://evil.example/token") });
        Assert.Equal("tokenUrl: is missing: the token_uri of the key is none of Google's, so it must be said that it is meant", Assert.Single((await server.Ask("PUT", "/roadstead/endpoints/mine", body)).Errors));
        body = body.Replace("evil.example", "oauth2.googleapis.com", StringComparison.Ordinal);
        var made = await server.Ask("PUT", "/roadstead/endpoints/mine", body);
        Assert.Equal(HttpStatusCode.Created, made.Status);
        Assert.True((bool)made.Json["hasPassword"]!);

        // As it was told, the saved key stays; with another place it does not.
        var told = made.Json["settings"]!.ToJsonString();
        Assert.Equal(HttpStatusCode.OK, (await server.Ask("PUT", "/roadstead/endpoints/mine", told)).Status);
        Assert.StartsWith("password: is missing", Assert.Single((await server.Ask("PUT", "/roadstead/endpoints/mine", told[..^1] + ", \"tokenUrl\": \"https://evil.example\"}")).Errors), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("canary-secret", HttpStatusCode.OK, "")]
    [InlineData("canary-wrong", HttpStatusCode.Forbidden, "(401, invalid_client)")]
    public async Task A_service_principal_is_given_for_the_registry_s_own_token(string secret, HttpStatusCode status, string said)
    {
        await using var registry = await FakeUpstream.Start();
        (registry.Auth.Mode, registry.Auth.Credential) = (AuthMode.Bearer, new Credential("00000000-0000-0000-0000-000000000000", "canary-refresh"));
        registry.AddImage("org/app", "1", LayerForge.Random(1000));
        registry.Fault(request => request.Path == "/oauth2/exchange" && Form(request) is var form && (form["grant_type"], form["access_token"], form["service"]) == ("access_token", "canary-entra", "127.0.0.1"),
            Faults.Status(200, """{"refresh_token": "canary-refresh"}""", "application/json"));
        await using var entra = new FakeHost("Entra stub", request => Form(request) is var form
            && (form["grant_type"], form["client_id"], form["client_secret"], form["scope"]) == ("client_credentials", "puller", "canary-secret", "https://containerregistry.azure.net/.default")
            ? FakeResponse.Text(200, "application/json", """{"access_token": "canary-entra", "expires_in": 3599}""")
            : FakeResponse.Text(401, "application/json", """{"error": "invalid_client", "error_description": "canary-body"}"""));
        await entra.Start();
        await using var server = await Start(registry.Address, ("tokenExchange", "acr"), ("tokenUrl", new Uri(entra.Address, "/tenant/oauth2/v2.0/token").ToString()), ("username", "puller"), ("password", secret));
        Assert.Contains(said, await Pull(server, status), StringComparison.Ordinal);
        Assert.Single(entra.Requests.Items);
        Assert.DoesNotContain(server.Log.Items, line => line.Contains("canary", StringComparison.Ordinal));
    }

    private static System.Collections.Specialized.NameValueCollection Form(RecordedRequest request) => HttpUtility.ParseQueryString(request.Body);

    private static Task<TestServer> Start(Uri registry, params (string, object)[] keys) => TestServer.Start(config =>
    {
        config.AddEndpoint("cloud", "cloud.example", registry, [("allowPrivateAddresses", true), .. keys]);
        config.AddProject("cloud", "cloud", ("public", true));
    });

    private static async Task<string> Pull(TestServer server, HttpStatusCode status)
    {
        using var response = await server.Client.GetAsync(new Uri("/v2/cloud/org/app/manifests/1", UriKind.Relative), Stops);
        var body = await response.Content.ReadAsStringAsync(Stops);
        Assert.True(response.StatusCode == status, body);
        return body;
    }
}
