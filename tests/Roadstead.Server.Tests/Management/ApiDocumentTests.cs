using System.Net;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Roadstead.Server.Management;
using Roadstead.Testing.Server;

namespace Roadstead.Server.Tests.Management;

/// <summary>The API's document says what is served: all of it and nothing else.</summary>
public partial class ApiDocumentTests
{
    private static CancellationToken Stops => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Everything_in_it_is_served_to_whom_it_says()
    {
        await using var server = await TestServer.Start();
        foreach (var (method, path, operation) in Operations(await Document(server)))
        {
            var isOpen = operation["security"]!.AsArray().Count == 0;
            using var request = new HttpRequestMessage(new HttpMethod(method.ToUpperInvariant()), Parameter().Replace(path, "x"));
            using var response = await server.Client.SendAsync(request, Stops);

            // A route that there is not is answered with 404, one that takes another method with 405; only the guard of one that there is says 401.
            Assert.True(response.StatusCode == (isOpen ? HttpStatusCode.OK : HttpStatusCode.Unauthorized), $"{method} {path}: {(int)response.StatusCode}");
        }
    }

    [Fact]
    public async Task Every_route_of_the_sources_is_in_it()
    {
        await using var server = await TestServer.Start();
        var sources = Directory.EnumerateFiles(Path.Combine(Root(), "src/Roadstead.Server"), "*.cs", SearchOption.AllDirectories).Select(File.ReadAllText);

        // All routes but those of the four paths beside the API, which are not of it.
        var mapped = sources.Sum(text => MapCall().Count(text));
        var beside = new[] { "/healthz/live", "/healthz/ready", "/metrics", "/ca.crt" }.Length;
        Assert.Equal(mapped - beside, Operations(await Document(server)).Count());
    }

    [Fact]
    public async Task It_is_whole_and_its_page_needs_nothing_from_elsewhere()
    {
        await using var server = await TestServer.Start();
        var document = await Document(server);
        Assert.Equal("3.1.0", (string)document["openapi"]!);
        var schemas = document["components"]!["schemas"]!.AsObject();
        Assert.All(Reference().Matches(document.ToJsonString()), match => Assert.True(schemas.ContainsKey(match.Groups[1].Value), match.Value));
        Assert.All(Operations(document), operation => Assert.EndsWith(".", (string)operation.Operation["summary"]!, StringComparison.Ordinal));
        var put = document["paths"]!["/api/v2.0/roadstead/endpoints/{name}"]!["put"]!;
        Assert.Equal("#/components/schemas/EndpointSpec", (string)put["requestBody"]!["content"]!["application/json"]!["schema"]!["$ref"]!);
        Assert.NotNull(schemas["EndpointSpec"]!["properties"]!["allowPrivateAddresses"]);
        var drill = document["paths"]!["/api/v2.0/roadstead/clusters/{name}/drill"]!["post"]!["responses"]!["200"]!["content"]!.AsObject();
        Assert.Equal("#/components/schemas/DrillProgress", (string)Assert.Single(drill, content => content.Key == "application/x-ndjson").Value!["schema"]!["$ref"]!);
        Assert.NotNull(document["paths"]!["/api/v2.0/roadstead/content/blobs"]!["put"]!["requestBody"]!["content"]!["application/octet-stream"]);
        Assert.NotNull(schemas["HarborProjectInput"]!["properties"]!["storage_limit"]);

        using var page = await server.Client.GetAsync(new Uri("/api/v2.0/docs", UriKind.Relative), Stops);
        var html = await page.Content.ReadAsStringAsync(Stops);
        Assert.Contains("default-src 'none'", page.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotMatch("(?:src|href)=\"(?:https?:)?//", html);
        Assert.All(Operations(document), operation => Assert.Contains($"<code>{WebUtility.HtmlEncode(operation.Path)}</code>", html, StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_it_says_is_in_an_answer_is_in_it()
    {
        await using var upstream = await Roadstead.Testing.Upstream.FakeUpstream.Start();
        await using var server = await TestServer.Start(config => config
            .AddEndpoint("bare", "quay.io", upstream.Address, ("allowPrivateAddresses", true)).AddProject("bare", "bare").AddProject("hosted", null).AddProject("full", "bare", ("quota", "1GiB")));
        var document = await Document(server);
        foreach (var (method, path, operation) in Operations(document).Where(operation => operation.Method == "get" && !operation.Path.Contains('{', StringComparison.Ordinal)))
        {
            if (operation["responses"]!["200"]?["content"]?["application/json"]?["schema"] is { } schema && await server.Ask("GET", path["/api/v2.0".Length..]) is { Status: HttpStatusCode.OK } answer)
            {
                AssertFits(document, schema, answer.Json, $"{method} {path}");
            }
        }
    }

    [Theory]
    [InlineData("endpoints")]
    [InlineData("projects")]
    public async Task What_a_PUT_makes_is_in_it(string list)
    {
        await using var server = await TestServer.Start();
        Assert.NotNull((await Document(server))["paths"]![$"/api/v2.0/roadstead/{list}/{{name}}"]!["put"]!["responses"]!["201"]);
    }

    /// <summary>No server starts with a route that its document would not tell of.</summary>
    [Fact]
    public void A_route_that_does_not_say_what_it_does_is_a_mistake()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore();
        var routes = builder.Build();
        routes.MapGet("/api/v2.0/new", () => "x").Open();
        Assert.Contains("/api/v2.0/new", Assert.Throws<InvalidOperationException>(routes.MapApiDocument).Message, StringComparison.Ordinal);
    }

    private static async Task<JsonNode> Document(TestServer server) => JsonNode.Parse(await server.Client.GetStringAsync(new Uri("/api/v2.0/openapi.json", UriKind.Relative), Stops))!;

    private static void AssertFits(JsonNode document, JsonNode schema, JsonNode? value, string place)
    {
        if (schema is JsonObject shape && (string?)shape["$ref"] is { } reference)
        {
            AssertFits(document, reference.StartsWith("#/components/schemas/", StringComparison.Ordinal) ? document["components"]!["schemas"]![reference["#/components/schemas/".Length..]]! : schema.Root, value, place);
            return;
        }

        foreach (var name in (schema as JsonObject)?["required"]?.AsArray() ?? [])
        {
            Assert.True((value as JsonObject)?.ContainsKey((string)name!) == true, $"{place} lacks {name}");
        }

        foreach (var (name, part) in (schema as JsonObject)?["properties"]?.AsObject() ?? [])
        {
            if ((value as JsonObject)?[name] is { } given)
            {
                AssertFits(document, part!, given, $"{place}.{name}");
            }
        }

        foreach (var item in (value as JsonArray) ?? [])
        {
            AssertFits(document, schema["items"] ?? new JsonObject(), item, $"{place}[]");
        }
    }

    private static IEnumerable<(string Method, string Path, JsonNode Operation)> Operations(JsonNode document) =>
        document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject(), (path, operation) => (operation.Key, path.Key, operation.Value!));

    private static string Root([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../../.."));

    [GeneratedRegex(@"\{\w+\}")]
    private static partial Regex Parameter();

    [GeneratedRegex(@"\.Map(?:Get|Put|Post|Delete|Patch|Methods)\(")]
    private static partial Regex MapCall();

    [GeneratedRegex("\"#/components/schemas/(\\w+)\"")]
    private static partial Regex Reference();
}
