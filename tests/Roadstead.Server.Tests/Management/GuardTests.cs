using System.Net;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Roadstead.Api;
using Roadstead.Server.Management;
using Roadstead.Testing.Server;

namespace Roadstead.Server.Tests.Management;

/// <summary>Who may use which route of the management API.</summary>
public class GuardTests
{
    [Theory]
    [InlineData("GET", MirrorList.Path, true, true, true)]
    [InlineData("GET", NodeList.Path, false, true, true)]
    [InlineData("PUT", NodeList.Path + "/a", false, false, true)]
    [InlineData("DELETE", NodeList.Path + "/a", false, true, false)]
    [InlineData("POST", NodeList.ResumePath, false, true, false)]
    [InlineData("GET", EndpointList.Path, false, true, false)]
    [InlineData("PUT", ProjectList.Path + "/a", false, true, false)]
    [InlineData("GET", ImageContent.BlobPath, false, true, false)]
    [InlineData("PUT", ImageContent.BlobPath, false, true, false)]
    [InlineData("DELETE", "/api/v2.0/registries/1", false, true, false)]
    [InlineData("GET", "/api/v2.0/systeminfo", true, true, true)]
    public async Task Each_route_lets_in_whom_it_is_for_and_says_the_same_to_all_others(string method, string path, bool anyone, bool admin, bool node)
    {
        await using var server = await TestServer.Start();
        AuthenticationHeaderValue?[] wrong =
        [
            null, ManagementCredentials.Basic("admin", server.AdminPassword() + "x"), ManagementCredentials.Basic("admin", server.NodeToken()), ManagementCredentials.Basic("root", server.AdminPassword()),
            new("Bearer", server.NodeToken()[1..]), new("Bearer", server.AdminPassword()), new("Basic", "no base64"), new("Basic", "bm9jb2xvbg=="), new("Digest", server.NodeToken()), new("Bearer"),
        ];
        var answers = new HashSet<string>();
        foreach (var credential in wrong)
        {
            // Six in a row would have to wait.
            Assert.Equal(HttpStatusCode.OK, (await Ask(server, "GET", NodeList.Path, server.Admin())).Status);
            Assert.Equal(HttpStatusCode.OK, (await Ask(server, "GET", NodeList.Path, server.Node())).Status);
            var (status, body) = await Ask(server, method, path, credential);
            Assert.Equal(anyone, status != HttpStatusCode.Unauthorized);
            answers.Add(body);
        }

        Assert.Single(answers);
        Assert.Equal(admin, (await Ask(server, method, path, server.Admin())).Status != HttpStatusCode.Unauthorized);
        Assert.Equal(node, (await Ask(server, method, path, server.Node())).Status != HttpStatusCode.Unauthorized);
        Assert.Equal(!anyone, answers.Single().Contains("\"UNAUTHORIZED\"", StringComparison.Ordinal));
        Assert.Equal(admin && !anyone, answers.Single().Contains("Basic realm=\"Roadstead\"", StringComparison.Ordinal));
        Assert.Equal(node && !anyone, answers.Single().Contains("Bearer realm=\"Roadstead\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Who_guesses_must_wait_and_then_is_looked_at_again()
    {
        await using var server = await TestServer.Start();
        HttpStatusCode status;
        var tries = 0;
        do
        {
            (status, _) = await Ask(server, "POST", NodeList.ResumePath, ManagementCredentials.Basic("admin", $"guess-{tries++}"));
        }
        while (status == HttpStatusCode.Unauthorized && tries < 50);

        Assert.Equal(HttpStatusCode.TooManyRequests, status);
        Assert.InRange(tries, 6, 49);
        await server.WaitForLog(line => line.Contains("access refused as=admin client=127.0.0.1", StringComparison.Ordinal));
        using var stops = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        stops.CancelAfter(TimeSpan.FromSeconds(30));
        while ((await Ask(server, "POST", NodeList.ResumePath, server.Admin())).Status != HttpStatusCode.NoContent)
        {
            stops.Token.ThrowIfCancellationRequested();
        }
    }

    [Fact]
    public async Task A_page_of_another_site_cannot_use_the_password_that_a_browser_remembers()
    {
        await using var server = await TestServer.Start();
        using var request = new HttpRequestMessage(HttpMethod.Post, NodeList.ResumePath);
        request.Headers.Authorization = server.Admin();
        request.Headers.Add("Sec-Fetch-Site", "cross-site");
        using var response = await server.Client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
    }

    [Theory]
    [InlineData("http://evil.example", HttpStatusCode.Forbidden)]
    [InlineData("null", HttpStatusCode.Forbidden)]
    [InlineData("own", HttpStatusCode.NoContent)]
    public async Task Nor_can_one_whose_browser_says_its_origin_alone(string origin, HttpStatusCode expected)
    {
        await using var server = await TestServer.Start();
        using var request = new HttpRequestMessage(HttpMethod.Post, NodeList.ResumePath);
        request.Headers.Authorization = server.Admin();
        request.Headers.Add("Origin", origin == "own" ? $"http://{server.Authority}" : origin);
        using var response = await server.Client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(expected, response.StatusCode);
    }

    /// <summary>Every server checks its own routes so at its start.</summary>
    [Theory]
    [InlineData("/api/v2.0/roadstead/new")]
    [InlineData("/API/v2.0/projects")]
    public void A_route_without_a_stated_guard_is_a_mistake(string path)
    {
        var routes = Routes();
        routes.MapGet("/healthz/live", () => "live");
        routes.MapGet("/api/v2.0/roadstead/open", () => "open").Open();
        routes.MapGroup("/api/v2.0/roadstead/group").Admin().MapPost("/x", () => "admin");
        RouteGuards.Check(routes);
        routes.MapPost(path, () => "unguarded");
        Assert.Contains(path, Assert.Throws<InvalidOperationException>(() => RouteGuards.Check(routes)).Message, StringComparison.Ordinal);
    }

    private static WebApplication Routes()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore();
        return builder.Build();
    }

    private static async Task<(HttpStatusCode Status, string Answer)> Ask(TestServer server, string method, string path, AuthenticationHeaderValue? credential)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        request.Headers.Authorization = credential;
        using var response = await server.Client.SendAsync(request, TestContext.Current.CancellationToken);
        return (response.StatusCode, $"{(int)response.StatusCode} {response.Headers.WwwAuthenticate} {await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)}");
    }
}
