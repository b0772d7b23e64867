using System.Net;
using Microsoft.Data.Sqlite;
using Roadstead.Api;
using Roadstead.Testing;
using Roadstead.Testing.Images;
using Roadstead.Testing.Registries;
using Roadstead.Testing.Server;
using Roadstead.Testing.Upstream;

namespace Roadstead.Server.Tests.Management;

/// <summary>Endpoints and projects that are made, changed and removed while the server serves.</summary>
public sealed class CatalogApiTests : IAsyncLifetime
{
    private static readonly Credential Robot = new("robot", "canary-secret");

    private FakeUpstream _upstream = null!;
    private TestServer _server = null!;

    private static CancellationToken Stops => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _upstream = await FakeUpstream.Start();
        _server = await TestServer.Start(config => config.FreshFor = "0s");
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    [Fact]
    public async Task From_an_empty_server_a_new_project_is_pulled_from_at_once_and_after_a_restart()
    {
        var image = _upstream.AddImage("org/app", "1", LayerForge.Random(1000));
        await Put("endpoints/mine", Endpoint(), HttpStatusCode.Created);
        var project = await Put("projects/mine", """{"endpoint": "mine", "public": true, "quota": "300MB", "platforms": ["linux/amd64"]}""", HttpStatusCode.Created);
        Assert.Equal(("database", "registry.example", "300MB", "mine"), ((string)project["source"]!, (string)project["registry"]!, (string)project["settings"]!["quota"]!, (string)project["settings"]!["endpoint"]!));
        Assert.Equal(image.Digest, await Pull("mine/org/app/manifests/1"));
        await _server.Restart();
        Assert.Equal(image.Digest, await Pull("registry.example/org/app/manifests/1"));
        var same = (await _server.Ask("GET", "/roadstead/projects/mine")).Json;
        Assert.Equal((project["settings"]!.ToJsonString(), (long)project["id"]!, 1L), (same["settings"]!.ToJsonString(), (long)same["id"]!, (long)same["repositories"]!));
    }

    [Fact]
    public async Task A_changed_endpoint_is_asked_by_the_very_next_pull_and_what_is_held_stays()
    {
        await using var other = await FakeUpstream.Start();
        var held = _upstream.AddImage("org/app", "1", LayerForge.Random(1000));
        var image = other.AddImage("org/new", "1", LayerForge.Random(1000, seed: 2));
        await Put("endpoints/mine", Endpoint(), HttpStatusCode.Created);
        await Put("projects/mine", """{"endpoint": "mine"}""", HttpStatusCode.Created);
        Assert.Equal(held.Digest, await Pull("mine/org/app/manifests/1"));
        foreach (var blob in held.Blobs)
        {
            Assert.Equal(blob.Digest, await Pull($"mine/org/app/blobs/{blob.Digest}"));
        }

        await Put("endpoints/mine", Endpoint(other.Address));
        Assert.Equal(image.Digest, await Pull("mine/org/new/manifests/1"));
        await _upstream.Stop();
        Assert.Equal(held.Digest, await Pull($"mine/org/app/manifests/{held.Digest}"));
    }

    [Fact]
    public async Task A_pull_that_is_under_way_is_finished_from_the_endpoint_that_was_replaced_or_removed()
    {
        var layer = LayerForge.Random(3_000_000);
        var image = _upstream.AddImage("org/app", "1", layer);
        var gate = new Gate();
        _upstream.Fault(On.Blob("org/app", layer.Digest).Get(), Faults.StallAfter(1_000_000, gate).And(Faults.TruncateAfter(1_100_000)), times: 1);
        await Put("endpoints/mine", Endpoint(), HttpStatusCode.Created);
        await Put("projects/mine", """{"endpoint": "mine"}""", HttpStatusCode.Created);
        Assert.Equal(image.Digest, await Pull("mine/org/app/manifests/1"));
        using var response = await _server.Client.GetAsync(new Uri($"/v2/mine/org/app/blobs/{layer.Digest}", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, Stops);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);

        await Put("endpoints/mine", Endpoint(new Uri("http://127.0.0.1:1")));
        await Done("DELETE", "/roadstead/projects/mine?force=true", HttpStatusCode.NoContent);
        await Done("DELETE", "/roadstead/endpoints/mine", HttpStatusCode.NoContent);
        gate.Open();
        Assert.Equal(layer.Bytes, await response.Content.ReadAsByteArrayAsync(Stops));

        // It broke off meanwhile, and was asked for the rest.
        Assert.Equal(2, _upstream.CountBlobGets("org/app", layer.Digest));
        Assert.Equal(HttpStatusCode.NotFound, (await _server.Client.GetAsync(new Uri("/v2/mine/org/app/manifests/1", UriKind.Relative), Stops)).StatusCode);
        Assert.DoesNotContain("endpoint=\"mine\"", string.Join('\n', (await Metrics()).Where(line => line.StartsWith("roadstead_endpoint_up", StringComparison.Ordinal))), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_endpoint_whose_options_stay_keeps_what_is_known_of_it()
    {
        await Put("endpoints/mine", Endpoint(), HttpStatusCode.Created);
        await Put("projects/mine", """{"endpoint": "mine"}""", HttpStatusCode.Created);
        await _upstream.Stop();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await _server.Client.GetAsync(new Uri("/v2/mine/org/app/manifests/1", UriKind.Relative), Stops)).StatusCode);
        await _server.WaitForLog(line => line.Contains("endpoint down endpoint=mine", StringComparison.Ordinal));
        await Put("endpoints/other", Endpoint(registry: "other.example"), HttpStatusCode.Created);
        var same = await Put("endpoints/mine", Endpoint());
        Assert.Equal("down", (string)same["health"]!["state"]!);
        Assert.False(string.IsNullOrEmpty((string)same["health"]!["reason"]!));
        Assert.Equal("unknown", (string)(await Put("endpoints/mine", Endpoint(extra: """, "maxBodies": 3"""))!)["health"]!["state"]!);

        // A test of it as it is finds out what a pull would; one by other options says nothing of it.
        await _server.Ask("POST", "/roadstead/endpoints/mine/test", Endpoint());
        Assert.Equal("unknown", (string)(await _server.Ask("GET", "/roadstead/endpoints/mine")).Json["health"]!["state"]!);
        await _server.Ask("POST", "/roadstead/endpoints/mine/test");
        Assert.Equal("down", (string)(await _server.Ask("GET", "/roadstead/endpoints/mine")).Json["health"]!["state"]!);
        await _upstream.StartAgain();
        await _server.Ask("POST", "/roadstead/endpoints/mine/test");
        Assert.Equal("up", (string)(await _server.Ask("GET", "/roadstead/endpoints/mine")).Json["health"]!["state"]!);
    }

    [Fact]
    public async Task Every_faulty_field_is_named_at_once_and_nothing_changes()
    {
        var answer = await _server.Ask("PUT", "/roadstead/endpoints/mine", """
            {"registry": "a/b", "url": "ftp://x", "maxBodies": 0, "headerTimeout": "soon", "colour": 1, "username": "x", "tokenHosts": [7, "a:b:c"], "caCertificate": "none", "passwordFile": "/etc/shadow", "name": "other"}
            """);
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        string[] keys = ["registry: ", "url: ", "maxBodies: ", "headerTimeout: ", "colour: ", "password: ", "tokenHosts[1]: ", "caCertificate: ", "passwordFile: is no known key", "name: is not the name"];
        Assert.All(keys, key => Assert.Contains(answer.Errors, error => error.StartsWith(key, StringComparison.Ordinal)));
        Assert.Equal(HttpStatusCode.NotFound, (await _server.Ask("GET", "/roadstead/endpoints/mine")).Status);

        var project = await _server.Ask("PUT", "/roadstead/projects/Mine", """{"endpoint": "dockr-hub", "quota": "much", "platforms": ["linux"], "hosts": [""]}""");
        Assert.Equal(HttpStatusCode.BadRequest, project.Status);
        Assert.All(new[] { "name: ", "quota: ", "platforms[0]: ", "hosts[0]: " }, key => Assert.Contains(project.Errors, error => error.StartsWith(key, StringComparison.Ordinal)));
        Assert.Equal("endpoint: no endpoint is called dockr-hub; did you mean docker-hub?", Assert.Single((await _server.Ask("PUT", "/roadstead/projects/mine", """{"endpoint": "dockr-hub"}""")).Errors));
    }

    /// <summary>Server-side request forgery by the spelling of a URL, and a mirror of itself.</summary>
    [Theory]
    [InlineData("file:///etc/passwd")]
    [InlineData("http://user:canary@registry.example")]
    [InlineData("http://[::ffff:169.254.169.254]")]
    [InlineData("http://169.254.169.254")]
    [InlineData("http://2852039166")]
    [InlineData("http://0xa9.0xfe.0xa9.0xfe")]
    [InlineData("http://registry.example/path")]
    [InlineData("http://registry.example?x=1")]
    [InlineData("http://127.0.0.1")]
    [InlineData("itself")]
    [InlineData("itself by name")]
    public async Task A_URL_that_no_endpoint_may_have_is_refused_to_be_kept_and_to_be_tested(string url)
    {
        var mayBePrivate = url.StartsWith("itself", StringComparison.Ordinal);
        url = url switch { "itself" => _server.Address.ToString().TrimEnd('/'), "itself by name" => $"http://localhost:{_server.Address.Port}", _ => url };
        var body = $$"""{"registry": "registry.example", "url": "{{url}}", "allowPrivateAddresses": {{(mayBePrivate ? "true" : "false")}}}""";
        foreach (var (method, path) in new[] { ("PUT", "/roadstead/endpoints/mine"), ("POST", "/roadstead/endpoints/mine/test") })
        {
            var answer = await _server.Ask(method, path, body);
            Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
            Assert.StartsWith("url: ", Assert.Single(answer.Errors), StringComparison.Ordinal);
            Assert.DoesNotContain("canary", answer.Text, StringComparison.Ordinal);
        }

        Assert.Equal(HttpStatusCode.NotFound, (await _server.Ask("GET", "/roadstead/endpoints/mine")).Status);
    }

    [Fact]
    public async Task What_the_file_declares_is_changed_in_the_file_alone()
    {
        await _server.Restart(config => config.AddEndpoint("mine", "registry.example", _upstream.Address, ("allowPrivateAddresses", true)).AddProject("mine", "mine"));
        foreach (var (method, path, body) in new[]
        {
            ("PUT", "/roadstead/endpoints/mine", Endpoint()), ("DELETE", "/roadstead/endpoints/mine", null), ("PUT", "/roadstead/projects/mine", """{"endpoint": "mine"}"""), ("DELETE", "/roadstead/projects/mine", null),
        })
        {
            var answer = await _server.Ask(method, path, body);
            Assert.Equal(HttpStatusCode.Conflict, answer.Status);
            Assert.Contains("configuration file", Assert.Single(answer.Errors), StringComparison.Ordinal);
        }

        Assert.Equal("file", (string)(await _server.Ask("GET", "/roadstead/endpoints/mine")).Json["source"]!);

        // What is made beside it stays beside it; what stands in both is the file's, and the other comes back when it is taken out of the file.
        await Put("endpoints/beside", Endpoint(registry: "beside.example"), HttpStatusCode.Created);
        await Put("projects/beside", """{"endpoint": "beside"}""", HttpStatusCode.Created);
        await _server.Restart(config => config.AddProject("beside", "mine"));
        Assert.Equal(("file", "mine"), await SourceOf("beside"));
        await _server.Restart(config => config.WholeFile = "listen: ['{listen}']\nstorage: {path: '{storage}'}\n");
        Assert.Equal(("database", "beside"), await SourceOf("beside"));

        async Task<(string, string)> SourceOf(string project) =>
            (await _server.Ask("GET", "/roadstead/projects/" + project)).Json is var json ? ((string)json["source"]!, (string)json["settings"]!["endpoint"]!) : default;
    }

    [Fact]
    public async Task A_project_that_holds_images_goes_only_by_force_and_has_them_again_but_its_pins()
    {
        var image = _upstream.AddImage("org/app", "1", LayerForge.Random(1000));
        await Put("endpoints/mine", Endpoint(), HttpStatusCode.Created);
        await Put("projects/mine", """{"endpoint": "mine"}""", HttpStatusCode.Created);
        Assert.Equal(image.Digest, await Pull("mine/org/app/manifests/1"));
        await Done("PUT", "/roadstead/pins?project=mine&repository=org/app&reference=1", HttpStatusCode.NoContent);

        var kept = await _server.Ask("DELETE", "/roadstead/projects/mine");
        Assert.Equal(HttpStatusCode.PreconditionFailed, kept.Status);
        Assert.Contains("holds images in 1 repository", kept.Json.ToJsonString(), StringComparison.Ordinal);
        await Done("DELETE", "/roadstead/projects/mine?force=perhaps", HttpStatusCode.BadRequest);
        Assert.True((bool)Assert.Single((await _server.Ask("GET", "/roadstead/images")).Json["images"]!.AsArray())!["pinned"]!);

        await Done("DELETE", "/roadstead/projects/mine?force=true", HttpStatusCode.NoContent);
        var left = Assert.Single((await _server.Ask("GET", "/roadstead/images?project=mine")).Json["images"]!.AsArray())!;
        Assert.Equal((false, true), ((bool)left["pinned"]!, left["lacks"] is null));
        await _upstream.Stop();
        await Put("projects/mine", """{"endpoint": "mine"}""", HttpStatusCode.Created);
        Assert.Equal(image.Digest, await Pull($"mine/org/app/manifests/{image.Digest}"));
    }

    [Theory]
    [InlineData("GET", "/roadstead/nothing", 404, "/api/v2.0/openapi.json")]
    [InlineData("GET", "/nothing", 404, "/api/v2.0/openapi.json")]
    [InlineData("PATCH", "/roadstead/store", 405, "takes GET")]
    [InlineData("GET", "/roadstead/images?project=typo", 404, "no project typo")]
    [InlineData("GET", "/roadstead/store/plan?bytes=1&project=typo", 404, "no project typo")]
    [InlineData("GET", "/roadstead/store/plan?bytes=1&project=", 404, "no project")]
    [InlineData("POST", "/roadstead/store/clean?dry_run=true", 400, "no parameter dry_run here; there is dryRun")]
    [InlineData("GET", "/roadstead/store?verbose=1", 400, "there is none")]
    public async Task What_there_is_not_is_told_in_words(string method, string path, int status, string words)
    {
        var answer = await _server.Ask(method, path);
        Assert.Equal(status, (int)answer.Status);
        Assert.Contains(words, (string)Assert.Single(answer.Json["errors"]!.AsArray())!["message"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_stands_for_a_secret_is_none()
    {
        var answer = await _server.Ask("PUT", "/roadstead/endpoints/mine", Endpoint(extra: """, "username": "robot", "password": "*****" """));
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal("password", (string)Assert.Single(answer.Json["errors"]!.AsArray())!["key"]!);
    }

    [Fact]
    public async Task What_is_used_is_not_removed_and_what_is_not_there_is_not_found()
    {
        Assert.Equal(HttpStatusCode.PreconditionFailed, (await _server.Ask("DELETE", "/roadstead/endpoints/docker-hub")).Status);
        await Done("DELETE", "/roadstead/projects/dockerhub", HttpStatusCode.NoContent);
        await Done("DELETE", "/roadstead/endpoints/docker-hub", HttpStatusCode.NoContent);
        await Done("DELETE", "/roadstead/endpoints/docker-hub", HttpStatusCode.NotFound);
        await Done("DELETE", "/roadstead/projects/dockerhub", HttpStatusCode.NotFound);

        // A preset that was removed stays removed.
        await _server.Restart();
        await Done("GET", "/roadstead/endpoints/docker-hub", HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_project_that_a_listener_is_bound_to_is_not_removed()
    {
        using var port = LoopbackPort.Claim();
        await _server.Restart(config => config.AddListener(port.Address, "quay"));
        var answer = await _server.Ask("DELETE", "/roadstead/projects/quay");
        Assert.Equal(HttpStatusCode.PreconditionFailed, answer.Status);
        Assert.Contains("listen", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whether_everyone_may_pull_with_a_credential_must_be_said()
    {
        await Put("endpoints/mine", Endpoint(extra: ""","username": "robot", "password": "x" """), HttpStatusCode.Created);
        var silent = await _server.Ask("PUT", "/roadstead/projects/mine", """{"endpoint": "mine"}""");
        Assert.Equal(HttpStatusCode.BadRequest, silent.Status);
        Assert.StartsWith("public: must be said", Assert.Single(silent.Errors), StringComparison.Ordinal);
        await Put("projects/mine", """{"endpoint": "mine", "public": true}""", HttpStatusCode.Created);

        // The same of a project that was there first.
        var preset = (await _server.Ask("GET", "/roadstead/endpoints/quay")).Json["settings"]!.AsObject();
        (preset["username"], preset["password"]) = ("robot", "x");
        var credential = await _server.Ask("PUT", "/roadstead/endpoints/quay", preset.ToJsonString());
        Assert.Equal(HttpStatusCode.BadRequest, credential.Status);
        Assert.StartsWith("projects.quay.public: must be said", Assert.Single(credential.Errors), StringComparison.Ordinal);
        await Put("projects/quay", """{"endpoint": "quay", "public": true}""");
        await Put("endpoints/quay", preset.ToJsonString());
    }

    [Fact]
    public async Task Of_changes_at_once_each_is_whole_and_none_is_lost()
    {
        await Put("endpoints/mine", Endpoint(), HttpStatusCode.Created);
        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => _server.Ask("PUT", $"/roadstead/projects/p{i}", $$"""{"endpoint": "mine", "primary": true, "quota": "{{i + 1}}GiB"}""")));

        // Of several that would answer for a registry one is the first.
        Assert.Single(answers, answer => answer.Status == HttpStatusCode.Created);
        answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => _server.Ask("PUT", $"/roadstead/projects/q{i}", $$"""{"endpoint": "mine", "quota": "{{i + 1}}GiB"}""")));
        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.Created, answer.Status));
        await _server.Kill();
        await _server.StartAgain();
        var quotas = (await _server.Ask("GET", "/roadstead/projects")).Json["projects"]!.AsArray()
            .Where(project => ((string)project!["settings"]!["name"]!).StartsWith('q') && (string)project["settings"]!["name"]! != "quay").Select(project => (string)project!["settings"]!["quota"]!);
        Assert.Equal(Enumerable.Range(1, 40).Select(i => $"{i}GiB").Order(), quotas.Order());
    }

    /// <summary>SIGKILL somewhere among changes: each that was answered is in force afterwards, and what was under way is there whole or not at all.</summary>
    [Fact]
    public async Task Killed_among_changes_it_has_all_that_it_answered_for()
    {
        await Put("endpoints/mine", Endpoint(), HttpStatusCode.Created);
        var random = new Random(1);
        var answered = new System.Collections.Concurrent.ConcurrentBag<string>();
        for (var round = 0; round < 5; round++)
        {
            var changes = Enumerable.Range(0, 30).Select(i => Change($"r{round}-{i}")).ToList();
            while (answered.Count < (round * 10) + random.Next(10))
            {
                await Task.WhenAny(changes);
                changes.RemoveAll(change => change.IsCompleted);
            }

            await _server.Kill();
            await Task.WhenAll(changes);
            await _server.StartAgain();
            var projects = (await _server.Ask("GET", "/roadstead/projects")).Json["projects"]!.AsArray().ToDictionary(project => (string)project!["settings"]!["name"]!);
            Assert.All(answered, name => Assert.True(projects.ContainsKey(name), name));
            Assert.All(projects.Where(project => project.Key.StartsWith('r')), project =>
                Assert.Equal(("mine", "7GiB", true), ((string)project.Value!["settings"]!["endpoint"]!, (string)project.Value["settings"]!["quota"]!, (long)project.Value["id"]! > 0)));
        }

        async Task Change(string name)
        {
            try
            {
                if ((await _server.Ask("PUT", "/roadstead/projects/" + name, """{"endpoint": "mine", "quota": "7GiB"}""")).Status == HttpStatusCode.Created)
                {
                    answered.Add(name);
                }
            }
            catch (HttpRequestException)
            {
                // It was killed first.
            }
        }
    }

    [Fact]
    public async Task While_the_database_takes_no_writes_nothing_changes_and_pulls_go_on()
    {
        var image = _upstream.AddImage("org/app", "1", LayerForge.Random(1000));
        await Put("endpoints/mine", Endpoint(), HttpStatusCode.Created);
        await Put("projects/mine", """{"endpoint": "mine"}""", HttpStatusCode.Created);
        await using (var holder = new SqliteConnection($"Data Source={Path.Combine(_server.StoragePath, "roadstead.db")};Pooling=false"))
        {
            await holder.OpenAsync(Stops);
            await using var begin = holder.CreateCommand();
            begin.CommandText = "BEGIN EXCLUSIVE";
            await begin.ExecuteNonQueryAsync(Stops);
            var answer = await _server.Ask("PUT", "/roadstead/endpoints/mine", Endpoint(new Uri("http://127.0.0.1:1")));
            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.Status);
            Assert.StartsWith("The endpoint is not changed: the server's database", Assert.Single(answer.Errors), StringComparison.Ordinal);
            Assert.True(answer.Headers.Contains("Retry-After"));
            Assert.Equal(image.Digest, await Pull("mine/org/app/manifests/1"));
        }

        Assert.Equal(_upstream.Address.ToString().TrimEnd('/'), (string)(await _server.Ask("GET", "/roadstead/endpoints/mine")).Json["settings"]!["url"]!);
    }

    [Theory]
    [InlineData("", "at $")]
    [InlineData("[]", "must be a mapping")]
    [InlineData("null", "is null")]
    [InlineData("{\"url\": \"\\ud800\"}", "no Unicode")]
    [InlineData("{\"url\": {}, \"url\": 1}", "url: is given twice")]
    [InlineData("{\"url\": [1]}", "url: must be a single value")]
    public async Task Odd_JSON_is_told_what_is_odd(string body, string said)
    {
        var answer = await _server.Ask("PUT", "/roadstead/endpoints/mine", body);
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Contains(said, answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_may_be_so_long_and_no_longer()
    {
        var answer = await _server.Ask("PUT", "/roadstead/endpoints/mine", $$"""{"registry": "{{new string('a', 300_000)}}"}""");
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.Status);
    }

    /// <summary>What the client of the command-line tool gets, it can give back.</summary>
    [Fact]
    public async Task What_is_told_can_be_put_as_it_is()
    {
        var client = new ManagementClient(_server.Client, _server.Address, new ApiCredential.User("admin", _server.AdminPassword()));
        var endpoint = new EndpointSpec("registry.example", _upstream.Address.ToString().TrimEnd('/'))
        {
            Name = "mine", Username = Robot.Username, Password = Robot.Password, AllowPrivateAddresses = true, TokenHosts = ["auth.example"], ConnectTimeout = "1s500ms", HeaderTimeout = "1m30s", IdleTimeout = "2h",
            MinBodyRate = "3KiB", MaxBodies = 7, RevalidationTimeout = "1s", RateLimitReserve = 0, InsecureSkipVerify = true,
        };
        var made = Answer(await client.PutEndpoint("mine", endpoint, Stops));
        Assert.Equal(endpoint with { Password = null, TokenHosts = made.Settings.TokenHosts, FallbackUrls = made.Settings.FallbackUrls }, made.Settings);
        Assert.Empty(made.Settings.FallbackUrls!);
        Assert.Equal((true, false, "unknown"), (made.HasPassword, made.SecretLost, made.Health.State));
        var again = Answer(await client.PutEndpoint("mine", made.Settings, Stops));
        Assert.True(again.HasPassword);
        Assert.Equal(made.Id, again.Id);
        Assert.Equal("fine", Answer(await client.TestEndpoint("mine", null, Stops)).Result);
        var project = Answer(await client.PutProject("mine", new ProjectSpec { Endpoint = "mine", Public = false, Quota = "1GiB", FreshFor = "5m", StaleFor = "7d", Exclude = ["a/**"], Hosts = ["m.example:5000"] }, Stops));
        Assert.Equal((0L, 0L, "7d", "unlimited"), (project.Used, project.Repositories, project.Settings.StaleFor, Answer(await client.PutProject("mine", project.Settings with { Quota = null }, Stops)).Settings.Quota));
        Assert.Contains(Answer(await client.Endpoints(Stops)).Endpoints, one => one.Id == made.Id && one.Projects.Count == 1);
        Assert.Contains(Answer(await client.Projects(Stops)).Projects, one => one.Id == project.Id);
        Assert.Equal(404, Assert.IsType<ApiOutcome<EndpointStatus>.Refused>(await client.Endpoint("none", Stops)).Status);
        Assert.Equal(412, Assert.IsType<ApiOutcome<bool>.Refused>(await client.RemoveEndpoint("mine", Stops)).Status);
        Assert.IsType<ApiOutcome<bool>.Answered>(await client.RemoveProject("mine", isForced: false, Stops));
        Assert.IsType<ApiOutcome<bool>.Answered>(await client.RemoveEndpoint("mine", Stops));

        // A number is never another's.
        Assert.True(Answer(await client.PutEndpoint("mine", endpoint, Stops)).Id > made.Id);
    }

    [Fact]
    public async Task A_damaged_database_is_repaired_with_its_endpoints_their_secrets_and_numbers()
    {
        var made = await Put("endpoints/mine", Endpoint(extra: ""","username": "robot", "password": "x" """), HttpStatusCode.Created);
        await _server.Stop();
        await File.WriteAllTextAsync(Path.Combine(_server.StoragePath, "roadstead.db.damaged"), "", Stops);
        await _server.StartAgain();
        Assert.Contains(_server.Log.Items, line => line.Contains("ALERT database repaired", StringComparison.Ordinal));
        Assert.Equal(made.ToJsonString(), (await _server.Ask("GET", "/roadstead/endpoints/mine")).Json.ToJsonString());
    }

    private string Endpoint(Uri? url = null, string registry = "registry.example", string extra = "") =>
        $$"""{"registry": "{{registry}}", "url": "{{(url ?? _upstream.Address).ToString().TrimEnd('/')}}", "allowPrivateAddresses": true{{extra}}}""";

    private async Task<System.Text.Json.Nodes.JsonNode> Put(string path, string body, HttpStatusCode expected = HttpStatusCode.OK)
    {
        var answer = await _server.Ask("PUT", "/roadstead/" + path, body);
        Assert.True(answer.Status == expected, answer.Text);
        return answer.Json;
    }

    private async Task Done(string method, string path, HttpStatusCode expected) => Assert.Equal(expected, (await _server.Ask(method, path)).Status);

    /// <returns>The digest of what came.</returns>
    private async Task<string> Pull(string path)
    {
        using var response = await _server.Client.GetAsync(new Uri("/v2/" + path, UriKind.Relative), Stops);
        Assert.True(response.IsSuccessStatusCode, $"{path}: {(int)response.StatusCode}");
        return "sha256:" + Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(await response.Content.ReadAsByteArrayAsync(Stops)));
    }

    private async Task<string[]> Metrics() => (await _server.Client.GetStringAsync(new Uri("/metrics", UriKind.Relative), Stops)).Split('\n');

    private static T Answer<T>(ApiOutcome<T> outcome) => outcome is ApiOutcome<T>.Answered answered ? answered.Value : throw new InvalidOperationException(outcome.ToString());
}
