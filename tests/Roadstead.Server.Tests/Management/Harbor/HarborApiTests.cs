using System.Net;
using System.Text.Json.Nodes;
using Roadstead.Testing.Images;
using Roadstead.Testing.Registries;
using Roadstead.Testing.Server;
using Roadstead.Testing.Upstream;

namespace Roadstead.Server.Tests.Management.Harbor;

/// <summary>What Harbor's clients ask beside the bare sequences of Terraform, and what they must not be able to.</summary>
public sealed class HarborApiTests : IAsyncLifetime
{
    private static readonly Credential Robot = new("robot", "canary-secret");

    private FakeUpstream _upstream = null!;
    private TestServer _server = null!;

    private static CancellationToken Stops => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _upstream = await FakeUpstream.Start();
        _server = await TestServer.Start(config => (config.FreshFor, config.Extra) = (null, "defaults: {freshFor: 0s}\nharbor: {allowPrivateAddresses: true}\n"));
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    [Fact]
    public async Task A_changed_URL_drops_the_secret()
    {
        await using var evil = await FakeUpstream.Start();
        (evil.Auth.Mode, evil.Auth.Credential) = (AuthMode.Basic, new Credential("robot", "its own"));
        (_upstream.Auth.Mode, _upstream.Auth.Credential) = (AuthMode.Basic, Robot);
        var id = await Registry("mine", ""","credential": {"type": "basic", "access_key": "robot", "access_secret": "canary-secret"}""");
        await Ask("POST", "/projects", $$$"""{"project_name": "mine", "registry_id": {{{id}}}, "metadata": {"public": "true"}}""", HttpStatusCode.Created);
        var url = evil.Address.ToString().TrimEnd('/');
        foreach (var secret in new[] { "", ",\"access_secret\": \"*****\"", ",\"access_key\": \"robot\", \"access_secret\": \"\"" })
        {
            // What is tried elsewhere leaves the saved one as it is.
            Assert.Equal(HttpStatusCode.BadRequest, (await _server.Ask("POST", "/registries/ping", $$"""{"id": {{id}}, "url": "{{url}}"{{secret}}}""")).Status);
        }

        await Ask("POST", "/registries/ping", $$"""{"id": {{id}}}""");
        await Ask("POST", "/registries/ping", $$"""{"id": {{id}}, "url": "{{_upstream.Address.ToString().TrimEnd('/')}}"}""");
        await Ask("PUT", $"/registries/{id}", """{"description": "another word, and the secret stays"}""");
        await Ask("POST", "/registries/ping", $$"""{"id": {{id}}}""");
        await Ask("PUT", $"/registries/{id}", $$"""{"url": "{{url}}"}""");
        await _server.Client.GetAsync(new Uri("/v2/mine/org/app/manifests/1", UriKind.Relative), Stops);
        Assert.Contains(evil.Requests.Items, request => request.Kind == RequestKind.Manifest);
        Assert.DoesNotContain(evil.Requests.Items, request => request.HasAuthorization);
        Assert.Null((await Ask("GET", $"/registries/{id}")).Json["credential"]);
    }

    [Theory]
    [InlineData("file:///etc/passwd")]
    [InlineData("http://user:canary@registry.example")]
    [InlineData("http://[::ffff:169.254.169.254]")]
    [InlineData("http://169.254.169.254")]
    [InlineData("http://2852039166")]
    [InlineData("itself")]
    [InlineData("")]
    public async Task A_URL_that_no_endpoint_may_have_is_refused(string url)
    {
        url = url == "itself" ? $"http://localhost:{_server.Address.Port}" : url;
        foreach (var path in new[] { "/registries", "/registries/ping" })
        {
            var answer = await _server.Ask("POST", path, $$"""{"name": "bad", "type": "docker-registry", "url": "{{url}}"}""");
            Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
            Assert.StartsWith("url: ", Assert.Single(answer.Errors), StringComparison.Ordinal);
            Assert.DoesNotContain("canary", answer.Text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Without_the_configuration_s_word_no_private_address_is_taken()
    {
        await _server.Restart(config => config.Extra = "");
        var answer = await _server.Ask("POST", "/registries", $$"""{"name": "mine", "type": "docker-registry", "insecure": true, "url": "{{_upstream.Address}}"}""");
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Contains("harbor.allowPrivateAddresses in the configuration file", Assert.Single(answer.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_that_does_not_answer_now_can_be_made_and_a_test_says_why()
    {
        await _upstream.Stop();
        var id = await Registry("mine");
        var test = await _server.Ask("POST", "/registries/ping", $$"""{"id": {{id}}}""");
        Assert.Equal(HttpStatusCode.BadRequest, test.Status);
        Assert.Contains("cannot be reached", Assert.Single(test.Errors), StringComparison.Ordinal);
        await _upstream.StartAgain();
        Assert.Equal("", (await Ask("POST", "/registries/ping", $$"""{"id": {{id}}}""")).Text);
        await Ask("POST", "/registries/ping", """{"id": 999999}""", HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_registry_that_its_endpoint_was_given_stays_when_its_URL_changes()
    {
        Assert.Equal(HttpStatusCode.Created, (await _server.Ask("PUT", "/roadstead/endpoints/own", """{"registry": "own.example", "url": "https://one.example"}""")).Status);
        var id = (int)(await Ask("GET", "/registries?q=name%3Down")).Json.AsArray().Single()!["id"]!;
        await Ask("PUT", $"/registries/{id}", """{"url": "https://two.example"}""");
        var settings = (await _server.Ask("GET", "/roadstead/endpoints/own")).Json["settings"]!;
        Assert.Equal(("own.example", "https://two.example"), ((string)settings["registry"]!, ((string)settings["url"]!).TrimEnd('/')));
    }

    [Theory]
    [InlineData("POST", "/projects", """{"project_name": "one", "project_name": "two"}""", "project_name")]
    [InlineData("POST", "/registries", """{"name": "one", "type": "docker-registry", "url": "https://a.example", "credential": {"access_key": "a", "access_secret": "b", "access_key": "c"}}""", "access_key")]
    [InlineData("POST", "/projects/quay/metadatas", """{"public": "true", "public": "false"}""", "public")]
    [InlineData("PUT", "/quotas/1", """{"hard": {"storage": 1000, "storage": 1000000}}""", "storage")]
    [InlineData("PUT", "/roadstead/clusters/one", """{"images": [], "images": []}""", "images")]
    public async Task A_key_that_is_given_twice_is_refused_and_named(string method, string path, string body, string key)
    {
        var answer = await Ask(method, path, body, HttpStatusCode.BadRequest);
        Assert.Matches($"^The body is not the JSON that this takes: a key is given twice, at [$].*{key}.*, line 1, byte [0-9]+\\.$", Assert.Single(answer.Errors));
    }

    [Fact]
    public async Task Names_are_given_once_and_types_are_those_that_are_listed()
    {
        var id = await Registry("mine");
        var again = await _server.Ask("POST", "/registries", $$"""{"name": "mine", "type": "docker-registry", "url": "{{_upstream.Address}}"}""");
        Assert.Equal((HttpStatusCode.Conflict, "CONFLICT"), (again.Status, (string)again.Json["errors"]![0]!["code"]!));
        await Ask("POST", "/projects", $$$"""{"project_name": "mine", "registry_id": {{{id}}}, "metadata": {"public": "true"}}""", HttpStatusCode.Created);
        await Ask("POST", "/projects", """{"project_name": "mine", "metadata": {"public": "true"}}""", HttpStatusCode.Conflict);
        var types = (await Ask("GET", "/replication/adapters")).Json.AsArray().Select(type => (string)type!).ToList();
        Assert.Contains("docker-hub", types);
        Assert.Contains("type: must be one of", (await Ask("POST", "/registries", """{"name": "other", "type": "none", "url": "https://registry.example"}""", HttpStatusCode.BadRequest)).Text, StringComparison.Ordinal);
        Assert.Contains("is not Docker Hub's", Assert.Single((await Ask("POST", "/registries", """{"name": "other", "type": "docker-hub", "url": "https://registry.example"}""", HttpStatusCode.BadRequest)).Errors), StringComparison.Ordinal);
        Assert.NotNull((await Ask("GET", "/replication/adapterinfos")).Json["docker-hub"]!["endpoint_pattern"]);
        Assert.Equal("docker-registry", (string)(await Ask("GET", $"/registries/{id}/info")).Json["type"]!);
    }

    [Fact]
    public async Task What_is_wrong_is_named_by_Harbor_s_own_fields_all_at_once()
    {
        var registry = await _server.Ask("POST", "/registries", """{"name": "A B", "type": "docker-registry", "url": "ftp://x", "ca_certificate": "none", "credential": {"access_key": "x"}}""");
        Assert.Equal(HttpStatusCode.BadRequest, registry.Status);
        Assert.All(new[] { "name: ", "url: ", "ca_certificate: ", "access_secret: " }, key => Assert.Contains(registry.Errors, error => error.StartsWith(key, StringComparison.Ordinal)));
        var project = await _server.Ask("POST", "/projects", """{"project_name": "api", "registry_id": 999999, "storage_limit": -2, "metadata": {"public": "yes", "proxy_speed_kb": "fast", "proxy_cache_filter_kind": "regex"}}""");
        Assert.Equal(HttpStatusCode.BadRequest, project.Status);
        Assert.All(
            new[] { "project_name: ", "registry_id: ", "storage_limit: ", "metadata.public: ", "metadata.proxy_speed_kb: ", "metadata.proxy_cache_filter_pattern: " },
            key => Assert.Contains(project.Errors, error => error.StartsWith(key, StringComparison.Ordinal)));
        Assert.Contains("at $.metadata.public", (await Ask("POST", "/projects", """{"project_name": "a", "metadata": {"public": true}}""", HttpStatusCode.BadRequest)).Text, StringComparison.Ordinal);
        Assert.Contains("hard.storage: ", (await Ask("PUT", "/quotas/1", """{"hard": {"storage": 0}}""", HttpStatusCode.BadRequest)).Text, StringComparison.Ordinal);
        Assert.Contains("hard.storage: ", (await Ask("PUT", "/quotas/1", "{}", HttpStatusCode.BadRequest)).Text, StringComparison.Ordinal);
        Assert.Contains("rules[0].template: ", (await Ask("POST", "/retentions", """{"scope": {"level": "project", "ref": 1}, "rules": [{"template": "x"}]}""", HttpStatusCode.BadRequest)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Projects_are_found_by_number_and_by_name_and_a_number_may_be_a_name()
    {
        await Ask("POST", "/projects", """{"project_name": "7", "metadata": {"public": "true"}}""", HttpStatusCode.Created);
        var mine = (await Ask("GET", "/projects/7", headers: ("X-Is-Resource-Name", "true"))).Json;
        Assert.Equal("7", (string)mine["name"]!);
        Assert.NotEqual("7", (string)(await Ask("GET", "/projects/7")).Json["name"]!);
        Assert.Equal((string)mine["name"]!, (string)(await Ask("GET", $"/projects/{(long)mine["project_id"]!}")).Json["name"]!);
        Assert.Equal("dockerhub", (string)(await Ask("GET", "/projects/dockerhub")).Json["name"]!);
        Assert.Equal(HttpStatusCode.OK, (await _server.Ask("HEAD", "/projects?project_name=7")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await _server.Ask("HEAD", "/projects?project_name=8x")).Status);
        await Ask("GET", "/projects/none", null, HttpStatusCode.NotFound);
        var summary = (await Ask("GET", "/projects/dockerhub/summary")).Json;
        Assert.Equal((0L, -1L, "docker-hub"), ((long)summary["repo_count"]!, (long)summary["quota"]!["hard"]!["storage"]!, (string)summary["registry"]!["name"]!));
    }

    [Fact]
    public async Task Lists_come_by_page_sorted_and_searched()
    {
        var first = await _server.Ask("GET", "/projects?page_size=4&sort=-name");
        Assert.Equal("10", first.Headers.GetValues("X-Total-Count").Single());
        Assert.Equal("</api/v2.0/projects?sort=-name&page=2&page_size=4>; rel=\"next\"", first.Headers.GetValues("Link").Single());
        Assert.Equal(["quay", "nvcr", "mcr", "k8s"], Names(first));
        var last = await _server.Ask("GET", "/projects?page=3&page_size=4&sort=-name");
        Assert.Equal(2, Names(last).Count);
        Assert.Equal("</api/v2.0/projects?sort=-name&page=2&page_size=4>; rel=\"prev\"", last.Headers.GetValues("Link").Single());
        Assert.Empty(Names(await _server.Ask("GET", "/projects?page=99")));
        Assert.Equal(10, Names(await _server.Ask("GET", "/projects")).Count);
        Assert.Equal(["gcr", "ghcr", "mcr"], Names(await _server.Ask("GET", "/projects?q=name%3D~cr&sort=name")).Where(name => !name.StartsWith('e') && !name.StartsWith('n')));
        Assert.Equal(["quay"], Names(await _server.Ask("GET", "/projects?q=name%3Dquay,public%3Dtrue")));
        Assert.Empty(Names(await _server.Ask("GET", "/projects?public=false")));
        Assert.Equal(["ghcr"], Names(await _server.Ask("GET", "/projects?name=ghcr")));
    }

    /// <summary>A search by any field that a row has would guess secrets letter by letter.</summary>
    [Theory]
    [InlineData("/registries?q=access_secret%3D~c")]
    [InlineData("/registries?q=password%3D~c")]
    [InlineData("/registries?q=credential.access_secret%3D~c")]
    [InlineData("/registries?sort=access_secret")]
    [InlineData("/registries?sort=-password")]
    [InlineData("/projects?sort=name%3BDROP%20TABLE%20project")]
    [InlineData("/projects?q=name")]
    [InlineData("/projects?q=name%3D{a%20b}")]
    [InlineData("/projects?q=name%3D[a~b]")]
    [InlineData("/projects?page=0")]
    [InlineData("/projects?page=-1")]
    [InlineData("/projects?page=99999999999999999999")]
    [InlineData("/projects?page_size=101")]
    [InlineData("/projects?page_size=0")]
    [InlineData("/projects?public=1")]
    [InlineData("/quotas?sort=used")]
    public async Task What_a_list_cannot_be_asked_for_is_told(string path)
    {
        var answer = await _server.Ask("GET", path);
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal("BAD_REQUEST", (string)answer.Json["errors"]![0]!["code"]!);
    }

    [Fact]
    public async Task What_is_held_is_seen_by_repository_and_artifact()
    {
        var (amd64, arm64) = (ImageForge.Image([LayerForge.Random(1000)]), ImageForge.Image([LayerForge.Random(2000, seed: 2)]));
        var index = _upstream.AddIndex("org/team/app", "1", ("linux/amd64", amd64), ("linux/arm64", arm64));
        var id = await Registry("mine");
        await Ask("POST", "/projects", $$$"""{"project_name": "mine", "registry_id": {{{id}}}, "metadata": {"public": "true"}}""", HttpStatusCode.Created);
        foreach (var path in new[] { "manifests/1", $"manifests/{amd64.Digest}", $"blobs/{amd64.Layers[0].Digest}" })
        {
            Assert.Equal(HttpStatusCode.OK, (await _server.Client.GetAsync(new Uri($"/v2/mine/org/team/app/{path}", UriKind.Relative), Stops)).StatusCode);
        }

        await _server.WaitForLog(line => line.Contains("stored blob", StringComparison.Ordinal) && line.Contains(amd64.Layers[0].Digest, StringComparison.Ordinal));
        Assert.Equal(("mine/org/team/app", 1L), Assert.Single((await Ask("GET", "/projects/mine/repositories")).Json.AsArray()) is { } row ? ((string)row["name"]!, (long)row["artifact_count"]!) : default);
        foreach (var name in new[] { "org%252Fteam%252Fapp", "org%2Fteam%2Fapp" })
        {
            Assert.Equal("mine/org/team/app", (string)(await Ask("GET", $"/projects/mine/repositories/{name}")).Json["name"]!);
            var artifact = Assert.Single((await Ask("GET", $"/projects/mine/repositories/{name}/artifacts?with_tag=true")).Json.AsArray())!;
            Assert.Equal((index.Digest, "IMAGE", "1"), ((string)artifact["digest"]!, (string)artifact["type"]!, (string)Assert.Single(artifact["tags"]!.AsArray())!["name"]!));
            var now = TimeProvider.System.GetUtcNow();
            Assert.All(new[] { artifact["push_time"]!, artifact["pull_time"]!, artifact["tags"]![0]!["pull_time"]! }, time => Assert.InRange((DateTimeOffset)time, now.AddMinutes(-10), now));
            Assert.Equal([(amd64.Digest, "amd64"), (arm64.Digest, "arm64")], artifact["references"]!.AsArray().Select(child => ((string)child!["child_digest"]!, (string)child["platform"]!["architecture"]!)));
            Assert.Equal(index.Digest, (string)(await Ask("GET", $"/projects/mine/repositories/{name}/artifacts/1")).Json["digest"]!);
            var image = (await Ask("GET", $"/projects/mine/repositories/{name}/artifacts/{amd64.Digest}")).Json;
            Assert.True((long)image["size"]! > 1000);
        }

        // As long as it holds something it stays, for whoever does not force it.
        await Ask("DELETE", "/projects/mine", null, HttpStatusCode.PreconditionFailed);
        foreach (var path in new[] { "repositories/org%252Fnone", "repositories/org%25252Fteam", "repositories/..%252F..", "repositories/org%252Fteam%252Fapp/artifacts/2", "repositories/org%252Fteam%252Fapp/artifacts/sha256:0" })
        {
            await Ask("GET", $"/projects/mine/{path}", null, HttpStatusCode.NotFound);
        }

        Assert.True((long)(await Ask("GET", "/statistics")).Json["total_storage_consumption"]! >= 1000);
        Assert.True((long)(await Ask("GET", "/quotas?reference=project&reference_id=" + (long)(await Ask("GET", "/projects/mine")).Json["project_id"]!)).Json[0]!["used"]!["storage"]! >= 1000);
    }

    [Fact]
    public async Task Metadata_is_strings_that_are_kept_and_those_that_mean_something_are_in_force()
    {
        var id = await Registry("mine");
        await Ask("POST", "/projects", $$$"""{"project_name": "mine", "registry_id": {{{id}}}, "metadata": {"public": "true", "later_word": "x", "proxy_cache_filter_pattern": "org/**"}}""", HttpStatusCode.Created);
        _upstream.AddImage("org/app", "1", LayerForge.Random(1000));
        _upstream.AddImage("other/app", "1", LayerForge.Random(1000));
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.NotFound), (await Pull("org/app"), await Pull("other/app")));
        await Ask("PUT", "/projects/mine/metadatas/proxy_cache_filter_pattern", """{"proxy_cache_filter_pattern": "**"}""");
        Assert.Equal(HttpStatusCode.OK, await Pull("other/app"));
        await Ask("POST", "/projects/mine/metadatas", """{"auto_scan": "true", "severity": "high"}""");
        var metadata = (await Ask("GET", "/projects/mine/metadatas")).Json;
        Assert.Equal(("true", "high", "true"), ((string)metadata["auto_scan"]!, (string)metadata["severity"]!, (string)metadata["public"]!));
        Assert.Null(metadata["later_word"]);
        await Ask("DELETE", "/projects/mine/metadatas/severity");
        await Ask("GET", "/projects/mine/metadatas/severity", null, HttpStatusCode.NotFound);
        await Ask("DELETE", "/projects/mine/metadatas/public", null, HttpStatusCode.BadRequest);
        await Ask("PUT", "/projects/mine/metadatas/public", """{"severity": "low"}""", HttpStatusCode.BadRequest);
        await Ask("PUT", "/projects/mine/metadatas/public", """{"public": "false"}""");
        Assert.Equal(HttpStatusCode.Forbidden, await Pull("org/app"));
    }

    [Fact]
    public async Task Proxy_speed_kb_and_bandwidth_are_one_setting()
    {
        var id = await Registry("mine");
        await Ask("POST", "/projects", $$$"""{"project_name": "mine", "registry_id": {{{id}}}, "metadata": {"public": "true", "proxy_speed_kb": "1024"}}""", HttpStatusCode.Created);
        Assert.Equal(("1024", "128KiB"), await Speed());
        await Ask("PUT", "/roadstead/projects/mine", """{"endpoint": "mine", "public": true, "bandwidth": "1000001"}""");
        Assert.Equal(("7813", "1000001"), await Speed());

        // Terraform gives back what it was told.
        await Ask("PUT", "/projects/mine", """{"metadata": {"proxy_speed_kb": "7813"}}""");
        Assert.Equal(("7813", "1000001"), await Speed());
        await Ask("PUT", "/projects/mine/metadatas/proxy_speed_kb", """{"proxy_speed_kb": "7814"}""");
        Assert.Equal(("7814", "1000192"), await Speed());
        foreach (var none in new[] { "-1", "0" })
        {
            await Ask("PUT", "/projects/mine/metadatas/proxy_speed_kb", """{"proxy_speed_kb": "8"}""");
            await Ask("PUT", "/projects/mine", $$$"""{"metadata": {"proxy_speed_kb": "{{{none}}}"}}""");
            Assert.Equal(("-1", "unlimited"), await Speed());
        }

        await Ask("PUT", "/projects/mine", """{"metadata": {"proxy_speed_kb": "8"}}""");
        await Ask("DELETE", "/projects/mine/metadatas/proxy_speed_kb");
        Assert.Equal(("-1", "unlimited"), await Speed());
        await Ask("PUT", "/projects/mine", """{"metadata": {"proxy_speed_kb": "-2"}}""", HttpStatusCode.BadRequest);

        async Task<(string, string)> Speed() => (
            (string)(await Ask("GET", "/projects/mine")).Json["metadata"]!["proxy_speed_kb"]!, (string)(await Ask("GET", "/roadstead/projects/mine")).Json["settings"]!["bandwidth"]!);
    }

    /// <summary>False never makes a copy disappear.</summary>
    [Fact]
    public async Task What_upstream_deleted_is_served_whatever_proxy_cache_local_on_not_found_says()
    {
        var id = await Registry("mine");
        await Ask("POST", "/projects", $$$"""{"project_name": "mine", "registry_id": {{{id}}}, "metadata": {"public": "true", "proxy_cache_local_on_not_found": "false"}}""", HttpStatusCode.Created);
        var image = _upstream.AddImage("org/app", "1", LayerForge.Random(1000));
        Assert.Equal(HttpStatusCode.OK, await Pull("org/app"));
        foreach (var blob in image.Blobs)
        {
            Assert.Equal(HttpStatusCode.OK, (await _server.Client.GetAsync(new Uri($"/v2/mine/org/app/blobs/{blob.Digest}", UriKind.Relative), Stops)).StatusCode);
        }

        _upstream.RemoveTag("org/app", "1");
        Assert.Equal(HttpStatusCode.OK, await Pull("org/app"));
        Assert.Equal("false", (string)(await Ask("GET", "/projects/mine")).Json["metadata"]!["proxy_cache_local_on_not_found"]!);
    }

    [Fact]
    public async Task A_project_s_endpoint_may_change()
    {
        await using var other = await FakeUpstream.Start();
        other.AddImage("org/new", "1", LayerForge.Random(1000));
        var (id, second) = (await Registry("mine"), await Registry("second", url: other.Address));
        await Ask("POST", "/projects", $$$"""{"project_name": "mine", "registry_id": {{{id}}}, "metadata": {"public": "true"}}""", HttpStatusCode.Created);
        await Ask("PUT", "/projects/mine", $$"""{"registry_id": {{second}}}""");
        Assert.Equal(HttpStatusCode.OK, await Pull("org/new"));
    }

    [Fact]
    public async Task A_registry_that_is_renamed_keeps_its_number_its_secret_and_its_projects()
    {
        (_upstream.Auth.Mode, _upstream.Auth.Credential) = (AuthMode.Basic, Robot);
        _upstream.AddImage("org/app", "1", LayerForge.Random(1000));
        var id = await Registry("mine", ""","credential": {"type": "basic", "access_key": "robot", "access_secret": "canary-secret"}""");
        await Ask("POST", "/projects", $$$"""{"project_name": "mine", "registry_id": {{{id}}}, "metadata": {"public": "true"}}""", HttpStatusCode.Created);
        await Ask("PUT", $"/registries/{id}", """{"name": "docker-hub"}""", HttpStatusCode.Conflict);
        await Ask("PUT", $"/registries/{id}", """{"name": "renamed"}""");
        await _server.Restart();
        Assert.Equal((id, "renamed"), ((long)(await Ask("GET", "/projects/mine")).Json["registry_id"]!, (string)(await Ask("GET", $"/registries/{id}")).Json["name"]!));
        Assert.Equal(HttpStatusCode.OK, await Pull("org/app"));
        Assert.DoesNotContain(_server.Log.Items, line => line.Contains("ALERT", StringComparison.Ordinal));
        Assert.Equal(["renamed"], Names(await _server.Ask("GET", "/registries?q=name%3D~enam")));
    }

    [Fact]
    public async Task What_the_file_declares_is_changed_in_the_file_alone()
    {
        await _server.Restart(config => config.AddEndpoint("mine", "registry.example", _upstream.Address, ("allowPrivateAddresses", true)).AddProject("mine", "mine"));
        var registry = (long)(await _server.Ask("GET", "/registries?name=mine")).Json[0]!["id"]!;
        var project = (long)(await _server.Ask("GET", "/projects/mine")).Json["project_id"]!;
        foreach (var (method, path, body) in new[]
        {
            ("PUT", $"/registries/{registry}", """{"description": "x"}"""), ("DELETE", $"/registries/{registry}", null), ("PUT", $"/projects/{project}", """{"metadata": {"public": "true"}}"""),
            ("DELETE", $"/projects/{project}", null), ("PUT", $"/quotas/{project}", """{"hard": {"storage": 1}}"""), ("PUT", "/projects/mine/metadatas/severity", """{"severity": "low"}"""),
            ("POST", "/registries", $$"""{"name": "mine", "type": "docker-registry", "url": "{{_upstream.Address}}"}"""), ("POST", "/projects", """{"project_name": "mine"}"""),
        })
        {
            var answer = await _server.Ask(method, path, body);
            Assert.True(answer.Status == HttpStatusCode.Conflict, $"{method} {path}: {answer.Text}");
            Assert.Contains("configuration file", Assert.Single(answer.Errors), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task What_is_open_and_what_is_the_admin_s()
    {
        foreach (var (path, expected) in new[] { ("/ping", HttpStatusCode.OK), ("/health", HttpStatusCode.OK), ("/systeminfo", HttpStatusCode.OK), ("/registries", HttpStatusCode.Unauthorized), ("/projects", HttpStatusCode.Unauthorized), ("/users/current", HttpStatusCode.Unauthorized), ("/configurations", HttpStatusCode.Unauthorized), ("/statistics", HttpStatusCode.Unauthorized), ("/quotas", HttpStatusCode.Unauthorized) })
        {
            Assert.Equal(expected, (await _server.Client.GetAsync(new Uri("/api/v2.0" + path, UriKind.Relative), Stops)).StatusCode);
        }

        Assert.Equal("Pong", (await Ask("GET", "/ping")).Text);
        Assert.Equal("healthy", (string)(await Ask("GET", "/health")).Json["status"]!);
        var user = (await Ask("GET", "/users/current")).Json;
        Assert.Equal(("admin", true), ((string)user["username"]!, (bool)user["sysadmin_flag"]!));
        var system = (await Ask("GET", "/systeminfo")).Json;
        Assert.Equal((_server.Authority, "db_auth"), ((string)system["registry_url"]!, (string)system["auth_mode"]!));
    }

    /// <summary>Harbor's credential of that kind is an access key, or none for the instance's role; what belongs to the user AWS is a password already.</summary>
    [Fact]
    public async Task A_registry_of_Amazon_s_has_an_access_key_for_its_credential()
    {
        const string Url = "https://012345678901.dkr.ecr.eu-central-1.amazonaws.com";
        async Task<string?> Exchange(string name, string credential)
        {
            await Ask("POST", "/registries", $$"""{"name": "{{name}}", "type": "aws-ecr", "url": "{{Url}}"{{credential}}}""", HttpStatusCode.Created);
            return (string?)(await Ask("GET", $"/roadstead/endpoints/{name}")).Json["settings"]!["tokenExchange"];
        }

        Assert.Equal("ecr", await Exchange("key", ""","credential": {"type": "basic", "access_key": "AKIDEXAMPLE", "access_secret": "canary-secret"}"""));
        Assert.Equal("ecr", await Exchange("role", ""));
        Assert.Null(await Exchange("password", ""","credential": {"type": "basic", "access_key": "AWS", "access_secret": "canary-secret"}"""));
        Assert.StartsWith("url: is no ECR registry's", Assert.Single((await Ask("POST", "/registries", """{"name": "other", "type": "aws-ecr", "url": "https://registry.example"}""", HttpStatusCode.BadRequest)).Errors), StringComparison.Ordinal);
    }

    private async Task<long> Registry(string name, string extra = "", Uri? url = null) => long.Parse(
        (await Ask("POST", "/registries", $$"""{"name": "{{name}}", "type": "docker-registry", "url": "{{(url ?? _upstream.Address).ToString().TrimEnd('/')}}"{{extra}}}""", HttpStatusCode.Created)).Location!["/api/v2.0/registries/".Length..],
        System.Globalization.CultureInfo.InvariantCulture);

    private async Task<ManagementAnswer> Ask(string method, string path, string? body = null, HttpStatusCode expected = HttpStatusCode.OK, params (string, string)[] headers)
    {
        var answer = await _server.Ask(method, path, body, headers);
        Assert.True(answer.Status == expected, $"{method} {path}: {(int)answer.Status} {answer.Text}");
        Assert.DoesNotContain("canary", answer.Text, StringComparison.Ordinal);
        return answer;
    }

    private async Task<HttpStatusCode> Pull(string repository)
    {
        using var response = await _server.Client.GetAsync(new Uri($"/v2/mine/{repository}/manifests/1", UriKind.Relative), Stops);
        return response.StatusCode;
    }

    private static List<string> Names(ManagementAnswer answer) => [.. answer.Json.AsArray().Select(item => (string)((JsonObject)item!)["name"]!)];
}
