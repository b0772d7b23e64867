using System.Net;
using System.Text.Json.Nodes;
using Roadstead.Testing.Images;
using Roadstead.Testing.Registries;
using Roadstead.Testing.Server;
using Roadstead.Testing.Upstream;

namespace Roadstead.Server.Tests.Management.Harbor;

/// <summary>
/// The requests that Harbor's Terraform provider sends, sent by real curl one after the other and with its own bodies, and what it reads of the answers (goharbor/terraform-provider-harbor 489db88):
/// the status must be the expected one to the number, and a resource's name is its Location without /api and /v2.0.
/// </summary>
public class TerraformTests
{
    private static readonly Credential Robot = new("robot", "canary-secret");

    [Fact]
    public async Task Harbor_registry()
    {
        await using var upstream = await FakeUpstream.Start();
        await using var server = await Start();
        var url = upstream.Address.ToString().TrimEnd('/');

        var id = await Create(server, "/registries", $$"""
            {"credential":{"access_key":"robot","access_secret":"canary-secret","type":"basic"},"name":"test_docker_harbor","url":"{{url}}","type":"docker-registry","description":"a registry"}
            """);
        Assert.StartsWith("/registries/", id, StringComparison.Ordinal);
        var read = await Read(server, id);
        Assert.Equal(("test_docker_harbor", url, "docker-registry", "a registry", "healthy"), (Text(read, "name"), Text(read, "url"), Text(read, "type"), Text(read, "description"), Text(read, "status")));
        Assert.Equal(("basic", "robot", "*****"), (Text(read["credential"]!, "type"), Text(read["credential"]!, "access_key"), Text(read["credential"]!, "access_secret")));
        Assert.Equal((id, false, ""), ($"/registries/{(long)read["id"]!}", (bool)read["insecure"]!, Text(read, "ca_certificate")));

        await Expect(server, HttpStatusCode.OK, "PUT", id, $$"""
            {"access_key":"robot","name":"test_docker_harbor","access_secret":"canary-secret","url":"{{url}}","insecure":true,"description":"","ca_certificate":""}
            """);
        read = await Read(server, id);
        Assert.Equal((true, ""), ((bool)read["insecure"]!, Text(read, "description")));

        var source = (await Expect(server, HttpStatusCode.OK, "GET", "/registries?name=test_docker_harbor")).Json.AsArray();
        Assert.Equal(id, $"/registries/{(long)Assert.Single(source)!["id"]!}");

        await Expect(server, HttpStatusCode.OK, "DELETE", id);
        await Expect(server, HttpStatusCode.NotFound, "GET", id);
        await Expect(server, HttpStatusCode.NotFound, "DELETE", id);
    }

    /// <summary>What the provider wrote it must read, or it would change it for ever.</summary>
    [Fact]
    public async Task Harbor_registry_of_Docker_Hub()
    {
        await using var server = await Start();
        var id = await Create(server, "/registries", """{"credential":{"type":"basic"},"name":"hub","url":"https://hub.docker.com","type":"docker-hub"}""");
        var read = await Read(server, id);
        Assert.Equal(("https://hub.docker.com", "docker-hub"), (Text(read, "url"), Text(read, "type")));
        Assert.Null(read["credential"]);
        var settings = (await Expect(server, HttpStatusCode.OK, "GET", "/roadstead/endpoints/hub")).Json["settings"]!;
        Assert.Equal(("docker.io", "https://registry-1.docker.io", false), (Text(settings, "registry"), Text(settings, "url"), (bool)settings["allowPrivateAddresses"]!));
    }

    [Fact]
    public async Task Harbor_project()
    {
        await using var upstream = await FakeUpstream.Start();
        (upstream.Auth.Mode, upstream.Auth.Credential) = (AuthMode.Basic, Robot);
        var image = upstream.AddImage("org/app", "1", LayerForge.Random(1000));
        await using var server = await Start();
        var registry = await Create(server, "/registries", $$"""
            {"credential":{"access_key":"robot","access_secret":"canary-secret","type":"basic"},"name":"upstream","url":"{{upstream.Address.ToString().TrimEnd('/')}}","type":"docker-registry"}
            """);
        var registryId = long.Parse(registry["/registries/".Length..], System.Globalization.CultureInfo.InvariantCulture);
        string Body(long quota, bool isPublic = true) => $$$"""
            {"project_name":"main","registry_id":{{{registryId}}},"cve_allowlist":{},"storage_limit":{{{quota}}},"metadata":{"enable_content_trust":"false","enable_content_trust_cosign":"false","auto_scan":"true",
            "severity":"low","reuse_sys_cve_allowlist":"true","public":"{{{(isPublic ? "true" : "false")}}}","prevent_vul":"false","auto_sbom_generation":"false","proxy_speed_kb":"-1","proxy_cache_local_on_not_found":"false"}}
            """;

        var id = await Create(server, "/projects", Body(-1));
        Assert.StartsWith("/projects/", id, StringComparison.Ordinal);
        var read = await Read(server, id);
        Assert.Equal(("main", registryId, id), (Text(read, "name"), (long)read["registry_id"]!, $"/projects/{(long)read["project_id"]!}"));
        var metadata = read["metadata"]!;
        Assert.All(new[] { ("public", "true"), ("auto_scan", "true"), ("severity", "low"), ("proxy_speed_kb", "-1"), ("proxy_cache_local_on_not_found", "false"), ("prevent_vul", "false") },
            pair => Assert.Equal(pair.Item2, Text(metadata, pair.Item1)));
        Assert.Null(metadata["retention_id"]);
        Assert.Empty(read["cve_allowlist"]!["items"]!.AsArray());

        // It is pulled from at once, with the registry's credential.
        using (var pulled = await server.Client.GetAsync(new Uri("/v2/main/org/app/manifests/1", UriKind.Relative), TestContext.Current.CancellationToken))
        {
            Assert.Equal((HttpStatusCode.OK, image.Digest), (pulled.StatusCode, pulled.Headers.GetValues("Docker-Content-Digest").Single()));
        }

        // A changed quota: the PUT of the project, then the quota by its own number, which the provider looks for page by page.
        await Expect(server, HttpStatusCode.OK, "PUT", id, Body(5368709120));
        Assert.True((bool)(await Expect(server, HttpStatusCode.OK, "GET", "/configurations")).Json["quota_per_project_enable"]!["value"]!);
        var quotas = new List<JsonNode>();
        for (var page = 1; ; page++)
        {
            var answer = (await Expect(server, HttpStatusCode.OK, "GET", $"/quotas/?page={page}&page_size=100")).Json.AsArray();
            if (answer.Count == 0)
            {
                break;
            }

            quotas.AddRange(answer.Select(quota => quota!));
        }

        var own = Assert.Single(quotas, quota => $"/projects/{(long)quota["ref"]!["id"]!}" == id);
        Assert.Equal((-1L, "main", "admin"), ((long)own["hard"]!["storage"]!, Text(own["ref"]!, "name"), Text(own["ref"]!, "owner_name")));
        await Expect(server, HttpStatusCode.OK, "PUT", $"/quotas/{(long)own["id"]!}", """{"hard":{"storage":5368709120}}""");
        Assert.Equal("5GiB", Text((await Expect(server, HttpStatusCode.OK, "GET", "/roadstead/projects/main")).Json["settings"]!, "quota"));
        await Expect(server, HttpStatusCode.OK, "PUT", $"/quotas/{(long)own["id"]!}", """{"hard":{"storage":-1}}""");
        Assert.Equal("unlimited", Text((await Expect(server, HttpStatusCode.OK, "GET", "/roadstead/projects/main")).Json["settings"]!, "quota"));

        // The optional scanner, then the end: it looks whether the project is empty, by name and page.
        Assert.Empty((await Expect(server, HttpStatusCode.OK, "GET", "/scanners")).Json.AsArray());
        await Expect(server, HttpStatusCode.NotFound, "GET", id + "/scanner");
        Assert.Equal("main/org/app", Text(Assert.Single((await Expect(server, HttpStatusCode.OK, "GET", "/projects/main/repositories?page=1&page_size=100")).Json.AsArray())!, "name"));
        Assert.Empty((await Expect(server, HttpStatusCode.OK, "GET", "/projects/main/repositories?page=2&page_size=100")).Json.AsArray());
        await Expect(server, HttpStatusCode.PreconditionFailed, "DELETE", registry);

        // With force_destroy it empties the project first, and looks again until nothing is left.
        await Emptied(server, "/projects/main/repositories/org%252Fapp");
        Assert.Empty((await Expect(server, HttpStatusCode.OK, "GET", "/projects/main/repositories?page=1&page_size=100")).Json.AsArray());
        await Expect(server, HttpStatusCode.OK, "DELETE", id);
        await Expect(server, HttpStatusCode.NotFound, "GET", id);
        await Expect(server, HttpStatusCode.OK, "DELETE", registry);
    }

    [Fact]
    public async Task Harbor_retention_policy()
    {
        await using var server = await Start();
        var project = await Create(server, "/projects", """{"project_name":"kept","cve_allowlist":{},"storage_limit":-1,"metadata":{"public":"true"}}""");
        var projectId = project["/projects/".Length..];
        string Body(string rules) => $$"""{"algorithm":"or","rules":{{rules}},"trigger":{"kind":"Schedule","references":{},"settings":{"cron":"0 0 0 * * *"} },"scope":{"level":"project","ref":{{projectId}} } }""";
        const string rule = """
            {"disabled":false,"action":"retain","scope_selectors":{"repository":[{"kind":"doublestar","decoration":"repoMatches","pattern":"lib/**"}]},
            "tag_selectors":[{"kind":"doublestar","decoration":"excludes","pattern":"*-dev","extras":"{\"untagged\":true}"}],"params":{"nDaysSinceLastPull":7},"template":"nDaysSinceLastPull"}
            """;
        const string always = """{"disabled":true,"action":"retain","scope_selectors":{"repository":[{"kind":"doublestar","decoration":"","pattern":""}]},"tag_selectors":[{"kind":"doublestar","decoration":"","pattern":"","extras":""}],"params":{},"template":"always"}""";

        var id = await Create(server, "/retentions", Body($"[{rule}, {always}]"));
        var read = await Read(server, id);
        Assert.Equal((long.Parse(projectId, System.Globalization.CultureInfo.InvariantCulture), "project", "0 0 0 * * *"), ((long)read["scope"]!["ref"]!, Text(read["scope"]!, "level"), Text(read["trigger"]!["settings"]!, "cron")));
        var (first, second) = (read["rules"]![0]!, read["rules"]![1]!);
        Assert.Equal(("nDaysSinceLastPull", 7), (Text(first, "template"), (int)first["params"]!["nDaysSinceLastPull"]!));
        Assert.Equal(("excludes", "*-dev"), (Text(first["tag_selectors"]![0]!, "decoration"), Text(first["tag_selectors"]![0]!, "pattern")));
        Assert.Contains("true", Text(first["tag_selectors"]![0]!, "extras"), StringComparison.Ordinal);
        Assert.Equal(("repoMatches", "lib/**"), (Text(first["scope_selectors"]!["repository"]![0]!, "decoration"), Text(first["scope_selectors"]!["repository"]![0]!, "pattern")));
        Assert.Equal(("always", true, "matches"), (Text(second, "template"), (bool)second["disabled"]!, Text(second["tag_selectors"]![0]!, "decoration")));

        // A second one for the project: the POST fails, and the provider finds the number in the project.
        await Expect(server, HttpStatusCode.BadRequest, "POST", "/retentions", Body("[]"));
        var number = Text((await Read(server, project))["metadata"]!, "retention_id");
        Assert.Equal(id, $"/retentions/{number}");
        await Expect(server, HttpStatusCode.OK, "PUT", $"/retentions/{number}", Body($"[{always}]"));
        Assert.Single((await Read(server, id))["rules"]!.AsArray());

        // Removing it is a PUT without rules.
        await Expect(server, HttpStatusCode.OK, "PUT", id, $$"""{"id":{{number}},"algorithm":"or","rules":[],"trigger":{"kind":"Schedule","references":{},"settings":{"cron":""} },"scope":{"level":"project","ref":{{projectId}} } }""");
        Assert.Empty((await Read(server, id))["rules"]!.AsArray());
        await server.Restart();
        await Read(server, id);
        await Expect(server, HttpStatusCode.OK, "DELETE", project);
        await Expect(server, HttpStatusCode.NotFound, "GET", id);
    }

    /// <summary>What was pulled a moment ago is in use, and deleted when it no longer is.</summary>
    private static async Task Emptied(TestServer server, string path)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(60));
        ManagementAnswer answer;
        while ((answer = await server.AskByCurl("DELETE", path)).Status == HttpStatusCode.PreconditionFailed)
        {
            patience.Token.ThrowIfCancellationRequested();
        }

        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
    }

    private static Task<TestServer> Start() => TestServer.Start(config => config.Extra = "harbor: {allowPrivateAddresses: true}\n");

    /// <returns>The resource's name, as the provider makes it.</returns>
    private static async Task<string> Create(TestServer server, string path, string body) =>
        (await Expect(server, HttpStatusCode.Created, "POST", path, body)).Location!.Replace("/api", "", StringComparison.Ordinal).Replace("/v2.0", "", StringComparison.Ordinal);

    private static async Task<JsonNode> Read(TestServer server, string id) => (await Expect(server, HttpStatusCode.OK, "GET", id)).Json;

    private static async Task<ManagementAnswer> Expect(TestServer server, HttpStatusCode status, string method, string path, string? body = null)
    {
        var answer = await server.AskByCurl(method, path, body);
        Assert.True(answer.Status == status, $"{method} {path}: {(int)answer.Status} {answer.Text}");
        Assert.DoesNotContain("canary", answer.Text, StringComparison.Ordinal);
        return answer;
    }

    private static string Text(JsonNode node, string key) => (string)node[key]!;
}
