using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;
using Roadstead.Testing;
using Roadstead.Testing.Images;
using Roadstead.Testing.Registries;
using Roadstead.Testing.Server;
using Roadstead.Testing.Upstream;

namespace Roadstead.Server.Tests.Management;

/// <summary>All endpoints and projects put at once: all of it is in force, or none.</summary>
public sealed class CatalogPutTests : IAsyncLifetime
{
    private static readonly Credential Robot = new("robot", "canary-of-the-catalog");

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
    public async Task What_is_declared_is_in_force_at_once_and_told_without_secrets_and_the_same_again_changes_nothing()
    {
        var image = _upstream.AddImage("org/app", "1", LayerForge.Random(1000));
        var catalog = Catalog([Endpoint(Robot)], ["""{"name": "mine", "endpoint": "mine", "public": true, "quota": "300MB", "platforms": "linux/amd64"}"""]);
        var dry = await Put(catalog, "?dryRun=true");
        Assert.Equal(["endpoint mine created", "project mine created"], Changes(dry));
        Assert.True((bool)dry["dryRun"]!);
        Assert.Equal((10, 11), (dry["before"]!["projects"]!.AsArray().Count, dry["after"]!["projects"]!.AsArray().Count));
        Assert.Equal(HttpStatusCode.NotFound, (await _server.Ask("GET", "/roadstead/projects/mine")).Status);

        var done = await Put(catalog);
        Assert.Equal(["endpoint mine created", "project mine created"], Changes(done));
        Assert.Equal((false, null, null), ((bool)done["dryRun"]!, done["before"], done["after"]));
        using var response = await _server.Client.GetAsync(new Uri("/v2/mine/org/app/manifests/1", UriKind.Relative), Stops);
        Assert.Equal(image.Digest, response.Headers.GetValues("Docker-Content-Digest").Single());

        var told = (await _server.Ask("GET", "/roadstead/catalog")).Text;
        Assert.DoesNotContain(Robot.Password, told, StringComparison.Ordinal);
        Assert.Equal(
            $$"""{"registry":"registry.example","url":"{{Url}}","name":"mine","username":"robot","allowPrivateAddresses":true}""", JsonNode.Parse(told)!["endpoints"]!.AsArray()[^1]!.ToJsonString());
        Assert.Equal("""{"name":"mine","endpoint":"mine","public":true,"quota":"300MB","platforms":["linux/amd64"]}""", JsonNode.Parse(told)!["projects"]!.AsArray()[^1]!.ToJsonString());

        // What is told can be put as it is: its secret is used on.
        Assert.All(Changes(await Put(told, "?prune=true")), change => Assert.EndsWith(" unchanged", change, StringComparison.Ordinal));
        Assert.Equal(["endpoint mine unchanged", "project mine unchanged"], Changes(await Put(catalog)));
        Assert.DoesNotContain(_server.Log.Items, line => line.Contains(Robot.Password, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Every_fault_is_named_by_its_key_and_nothing_is_in_force()
    {
        var before = await Told();
        var answer = await _server.Ask("PUT", "/roadstead/catalog", $$"""
            {
              "endpoints": [{"name": "a", "registry": "a.example", "url": "nonsense"}, {"name": "b", "registry": "b.example", "url": "{{Url}}", "allowPrivateAddresses": true, "urll": 1}, {"name": "b", "registry": "c.example", "url": "{{_server.Address}}"}],
              "projects": [{"name": "fine", "endpoint": "quay"}, {"name": "p", "endpoint": "quay", "quota": "much"}, {"name": "fine", "endpoint": "b"}, {"endpoint": "b"}],
              "listen": "http://0.0.0.0:1", "storge": {}
            }
            """);
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal(
            ["endpoints[0].url", "endpoints[1].urll", "endpoints[2].name", "endpoints[2].url", "projects[1].quota", "projects[2].name", "projects[3].name", "storge"], Keys(answer).Order());
        Assert.Contains("storge: is no known key; did you mean storage?", answer.Errors);
        Assert.Contains("endpoints[1].urll: is no known key; did you mean url?", answer.Errors);
        Assert.Contains("endpoints[2].name: b is the name of endpoints[1] already", answer.Errors);
        Assert.Equal(before, await Told());
    }

    [Theory]
    [InlineData("""{"projects": [{"name": "one", "endpoint": "quay"}, {"name": "two", "endpoint": "quai"}]}""", "projects[1].endpoint", "no endpoint is called quai; did you mean quay?")]
    [InlineData("""{"projects": [{"name": "one", "endpoint": "quay", "primary": true}, {"name": "two", "endpoint": "quay", "primary": true}]}""", "projects[1].primary", "projects[0] is primary for quay.io already")]
    [InlineData("""{"endpoints": [{"name": "quay", "registry": "quay.io", "url": "https://quay.io", "username": "u", "password": "canary-p"}]}""", "projects.quay.public", "must be said")]
    [InlineData("""{"endpoints": [{"name": "loop", "registry": "a.example", "url": "{server}", "allowPrivateAddresses": true}]}""", "endpoints[0].url", "leads back to this server")]
    [InlineData("""{"endpoints": [{"name": "loop", "registry": "a.example", "url": "{localhost}", "allowPrivateAddresses": true}]}""", "endpoints[0].url", "leads back to this server")]
    public async Task What_is_wrong_only_together_is_told_by_its_key(string catalog, string key, string words)
    {
        var before = await Told();
        var answer = await _server.Ask("PUT", "/roadstead/catalog", catalog.Replace("{server}", _server.Address.ToString().TrimEnd('/'), StringComparison.Ordinal)
            .Replace("{localhost}", $"http://localhost:{_server.Address.Port}", StringComparison.Ordinal));
        Assert.Equal((HttpStatusCode.BadRequest, key), (answer.Status, Assert.Single(Keys(answer))));
        Assert.StartsWith($"{key}: {words}", Assert.Single(answer.Errors), StringComparison.Ordinal);
        Assert.DoesNotContain("canary-p", answer.Text, StringComparison.Ordinal);
        Assert.Equal(before, await Told());
    }

    [Fact]
    public async Task No_fault_of_one_list_hides_one_of_the_other_or_of_both_together()
    {
        var before = await Told();
        var answer = await _server.Ask("PUT", "/roadstead/catalog", $$"""
            {
              "endpoints": [{"name": "a", "registry": "a.example", "url": "nonsense"}, {"name": "loop", "registry": "b.example", "url": "http://localhost:{{_server.Address.Port}}", "allowPrivateAddresses": true}],
              "projects": [
                {"name": "one", "endpoint": "a", "hosts": ["m.example"]}, {"name": "two", "endpoint": "none", "hosts": ["m.example"]}, {"name": "three", "endpoint": "quay", "primary": true},
                {"name": "four", "endpoint": "quay", "primary": true}
              ]
            }
            """);
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal(["endpoints[0].url", "endpoints[1].url", "projects[1].endpoint", "projects[1].hosts", "projects[3].primary"], Keys(answer).Order());

        // Of a list that cannot be read nothing is said in the other.
        Assert.Equal(["endpoints"], Keys(await _server.Ask("PUT", "/roadstead/catalog", """{"endpoints": {}, "projects": [{"name": "two", "endpoint": "none"}]}""")));

        // Nor what would go of what a name that cannot be read may have meant.
        Assert.Equal(["projects[0].name"], Keys(await _server.Ask("PUT", "/roadstead/catalog?prune=true", """{"projects": [{"name": "Quay", "endpoint": "quay"}]}""")));
        Assert.Equal(before, await Told());
    }

    [Fact]
    public async Task What_the_configuration_file_declares_otherwise_hides_no_fault()
    {
        await _server.Restart(config => config.AddEndpoint("mine", "registry.example", _upstream.Address, ("allowPrivateAddresses", true)));
        var declared = Endpoint().Replace("true}", "true, \"maxBodies\": 3}", StringComparison.Ordinal);
        var answer = await _server.Ask("PUT", "/roadstead/catalog", Catalog([declared], ["""{"name": "one", "endpoint": "none"}"""]));
        Assert.Equal((HttpStatusCode.BadRequest, "endpoints[0] projects[0].endpoint"), (answer.Status, string.Join(' ', Keys(answer).Order())));
        answer = await _server.Ask("PUT", "/roadstead/catalog", Catalog([declared], ["""{"name": "one", "endpoint": "mine", "quota": "much"}"""]));
        Assert.Equal((HttpStatusCode.BadRequest, "endpoints[0] projects[0].quota"), (answer.Status, string.Join(' ', Keys(answer).Order())));
        answer = await _server.Ask("PUT", "/roadstead/catalog", Catalog([declared], []));
        Assert.Equal((HttpStatusCode.Conflict, "endpoints[0]"), (answer.Status, Assert.Single(Keys(answer))));
    }

    [Theory]
    [InlineData("", "at $")]
    [InlineData("[]", "must be a mapping")]
    [InlineData("null", "is null")]
    [InlineData("{\"projects\": {}}", "projects: must be a list")]
    [InlineData("{\"projects\": [null]}", "projects[0]: is empty")]
    [InlineData("{\"projects\": [{\"name\": [1]}]}", "projects[0].name: must be a single value")]
    [InlineData("{\"projects\": [], \"projects\": []}", "projects: is given twice")]
    [InlineData("{\"projects\": [{\"name\": \"\\ud800\"}]}", "no Unicode")]
    public async Task Odd_JSON_is_told_what_is_odd(string body, string said)
    {
        var answer = await _server.Ask("PUT", "/roadstead/catalog", body);
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Contains(said, answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_project_that_holds_images_is_pruned_by_force_only()
    {
        _upstream.AddImage("org/app", "1", Roadstead.Testing.Images.LayerForge.Random(1000));
        await Put(Catalog([Endpoint()], ["""{"name": "mine", "endpoint": "mine"}"""]));
        Assert.Equal(HttpStatusCode.OK, (await _server.Client.GetAsync(new Uri("/v2/mine/org/app/manifests/1", UriKind.Relative), Stops)).StatusCode);
        foreach (var query in new[] { "?prune=true", "?prune=true&dryRun=true" })
        {
            var answer = await _server.Ask("PUT", "/roadstead/catalog" + query, """{"projects": []}""");
            Assert.Equal(HttpStatusCode.PreconditionFailed, answer.Status);
            Assert.Equal(["projects.mine"], Keys(answer));
            Assert.Contains("holds images in 1 repository", answer.Text, StringComparison.Ordinal);
        }

        Assert.Contains("project mine deleted", Changes(await Put("""{"projects": []}""", "?prune=true&force=true")));
    }

    [Fact]
    public async Task What_is_not_named_stays_or_goes_with_prune_and_a_list_that_is_not_there_says_nothing()
    {
        Assert.Equal(20, Changes(await Put(await Told(), "?dryRun=true")).Count);
        Assert.Empty(Changes(await Put("{}", "?prune=true")));

        // Endpoints alone: their projects stay, and need them.
        var used = await _server.Ask("PUT", "/roadstead/catalog?prune=true", Catalog([Endpoint()], null));
        Assert.Equal((HttpStatusCode.PreconditionFailed, 10), (used.Status, used.Errors.Count));
        Assert.Contains("endpoints.docker-hub: would go, and is used by the project dockerhub; name it, or change that first", used.Errors);

        var report = Changes(await Put(Catalog([Endpoint()], ["""{"name": "mine", "endpoint": "mine"}"""]), "?prune=true"));
        Assert.Equal((22, 20), (report.Count, report.Count(change => change.EndsWith(" deleted", StringComparison.Ordinal))));
        await _server.Restart();
        Assert.Equal($$"""{"endpoints":[{"registry":"registry.example","url":"{{Url}}","name":"mine","allowPrivateAddresses":true}],"projects":[{"name":"mine","endpoint":"mine"}]}""", await Told());
        Assert.Equal(["project mine deleted"], Changes(await Put("""{"projects": []}""", "?prune=true")));
    }

    [Fact]
    public async Task What_the_configuration_file_declares_is_unchanged_or_a_fault_and_never_goes()
    {
        using var port = LoopbackPort.Claim();
        await Put("""{"endpoints": [], "projects": []}""", "?prune=true");
        await _server.Restart(config => config
            .AddEndpoint("mine", "registry.example", _upstream.Address, ("allowPrivateAddresses", true), ("username", Robot.Username), ("password", Robot.Password)).AddProject("mine", "mine", ("public", true))
            .AddListener(port.Address, "mine"));
        await Put("""{"projects": [{"name": "other", "endpoint": "mine", "public": true}]}""");
        Assert.Equal(["endpoint mine unchanged", "project other unchanged"], Changes(await Put(Catalog([Endpoint(Robot)], ["""{"name": "other", "endpoint": "mine", "public": true}"""]), "?prune=true")));

        var answer = await _server.Ask("PUT", "/roadstead/catalog", Catalog([Endpoint(Robot with { Password = "another" })], ["""{"name": "new", "endpoint": "mine", "public": true}""", """{"name": "mine", "endpoint": "mine", "public": true, "quota": "1GiB"}"""]));
        Assert.Equal(HttpStatusCode.Conflict, answer.Status);
        Assert.Equal(
            [
                "endpoints[0]: the server's configuration file declares the endpoint mine with another password; change it there, or take it out of that file",
                "projects[1]: the server's configuration file declares the project mine with another quota; change it there, or take it out of that file",
            ],
            answer.Errors);
        Assert.Equal(["project other deleted"], Changes(await Put("""{"endpoints": [], "projects": []}""", "?prune=true")));
        await _server.Restart(config => config.AddProject("beside", "mine", ("public", true)));
        Assert.Equal(2, JsonNode.Parse(await Told())!["projects"]!.AsArray().Count);
    }

    [Fact]
    public async Task A_project_that_a_listener_is_bound_to_does_not_go()
    {
        using var port = LoopbackPort.Claim();
        await _server.Restart(config => config.AddListener(port.Address, "quay"));
        var answer = await _server.Ask("PUT", "/roadstead/catalog?prune=true", """{"projects": []}""");
        Assert.Equal((HttpStatusCode.PreconditionFailed, "projects.quay"), (answer.Status, Assert.Single(Keys(answer))));
    }

    [Fact]
    public async Task A_saved_secret_stays_while_the_URL_does_and_goes_to_no_other()
    {
        await Put(Catalog([Endpoint(Robot)], []));
        var silent = """"{"name": "mine", "registry": "registry.example", "url": "{url}", "username": "robot", "allowPrivateAddresses": true, "maxBodies": 3}"""".Replace("{url}", Url, StringComparison.Ordinal);
        Assert.Equal("maxBodies", (string)Assert.Single((await Put(Catalog([silent], []))).AsObject()["changes"]!.AsArray()[0]!["keys"]!.AsArray())!);
        Assert.True((bool)(await _server.Ask("GET", "/roadstead/endpoints/mine")).Json["hasPassword"]!);

        var elsewhere = await _server.Ask("PUT", "/roadstead/catalog", Catalog([silent.Replace(Url, "http://127.0.0.1:1", StringComparison.Ordinal)], []));
        Assert.StartsWith("endpoints[0].password: is missing beside username; a saved one is used on only while url stays the same", Assert.Single(elsewhere.Errors), StringComparison.Ordinal);
        Assert.Equal("password", (string)Assert.Single((await Put(Catalog([Endpoint(Robot with { Password = "other" }).Replace("true}", "true, \"maxBodies\": 3}", StringComparison.Ordinal)], []))).AsObject()["changes"]!.AsArray()[0]!["keys"]!.AsArray())!);
    }

    [Fact]
    public async Task A_key_of_the_secrets_that_cannot_be_made_leaves_all_as_it_was()
    {
        var before = await Told();
        Directory.CreateDirectory(Path.Combine(_server.StoragePath, "secrets-key"));
        var answer = await _server.Ask("PUT", "/roadstead/catalog", Catalog([Endpoint(Robot)], ["""{"name": "mine", "endpoint": "quay"}"""]));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.Status);
        Assert.Contains("key of the secrets", answer.Text, StringComparison.Ordinal);
        Assert.Equal(before, await Told());
    }

    [Fact]
    public async Task A_database_that_fails_in_the_middle_has_nothing_of_it_then_or_after_a_restart()
    {
        var before = await Told();
        await Execute("CREATE TRIGGER broken BEFORE INSERT ON project WHEN NEW.name = 'p-500' BEGIN SELECT RAISE(ABORT, 'the disk broke'); END");
        var answer = await _server.Ask("PUT", "/roadstead/catalog?prune=true", Many(1000));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.Status);
        Assert.StartsWith("Nothing is changed: the server's database failed: ", Assert.Single(answer.Errors), StringComparison.Ordinal);
        Assert.Equal(before, await Told());
        await _server.Restart();
        Assert.Equal(before, await Told());
        await Execute("DROP TRIGGER broken");
        Assert.Equal(1021, Changes(await Put(Many(1000), "?prune=true")).Count);
    }

    [Fact]
    public async Task While_the_database_takes_no_writes_nothing_of_it_is_in_force()
    {
        var before = await Told();
        await _server.Stop();
        await using (var holder = await Open())
        {
            await _server.StartAgain();
            await using var begin = holder.CreateCommand();
            begin.CommandText = "BEGIN EXCLUSIVE";
            await begin.ExecuteNonQueryAsync(Stops);
            var answer = await _server.Ask("PUT", "/roadstead/catalog", Many(2));
            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.Status);
            Assert.Equal(before, await Told());
        }
    }

    /// <summary>SIGKILL at some moment of a large change: what the next start finds is all of it or none.</summary>
    [Fact]
    public async Task Killed_in_the_middle_all_or_nothing_is_there()
    {
        var random = new Random(7);

        // Each row takes so long that the kill comes among them.
        await Execute("CREATE TRIGGER slow BEFORE INSERT ON project BEGIN SELECT count(*) FROM sqlite_master a, sqlite_master b, sqlite_master c WHERE c.rowid < 12; END");
        for (var round = 0; round < 6; round++)
        {
            await Put("""{"projects": []}""", "?prune=true");
            var put = _server.Ask("PUT", "/roadstead/catalog", Many(1000));
            await Task.WhenAny(put, Task.Delay(random.Next(300, 2000), Stops));
            await _server.Kill();
            var wasAnswered = await put.ContinueWith(task => task.IsCompletedSuccessfully, TaskScheduler.Default);
            await _server.StartAgain();
            var count = JsonNode.Parse(await Told())!["projects"]!.AsArray().Count;
            Assert.True(count is 0 or 1000, $"{count} projects");
            Assert.True(!wasAnswered || count == 1000);
        }
    }

    [Fact]
    public async Task Of_two_at_once_each_is_whole()
    {
        await Put("""{"endpoints": [], "projects": []}""", "?prune=true");
        string Of(string name) => Catalog(
            [Endpoint()], [.. Enumerable.Range(0, 50).Select(i => $$"""{"name": "{{name}}-{{i}}", "endpoint": "mine", "primary": {{(i == 0 ? "true" : "false")}}}""")]);
        for (var round = 0; round < 5; round++)
        {
            var answers = await Task.WhenAll(Put(Of("a"), "?prune=true"), Put(Of("b"), "?prune=true"));
            var names = JsonNode.Parse(await Told())!["projects"]!.AsArray().Select(project => (string)project!["name"]!).ToList();
            Assert.Equal((50, 1), (names.Count, names.Select(name => name[0]).Distinct().Count()));

            // Each told what it did: the later one deleted what the earlier one made.
            Assert.Equal(50, answers.Max(answer => Changes(answer).Count(change => change.EndsWith(" deleted", StringComparison.Ordinal))));
        }
    }

    [Fact]
    public async Task A_body_may_be_longer_than_those_of_others_and_no_longer_than_that()
    {
        Assert.Empty(Changes(await Put("{}" + new string(' ', 3 << 20))));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await _server.Ask("PUT", "/roadstead/catalog", new string(' ', (16 << 20) + 1), ("Expect", "100-continue"))).Status);
        var answer = await _server.Ask("PUT", "/roadstead/catalog?prune=perhaps", "{}");
        Assert.Equal((HttpStatusCode.BadRequest, "dryRun, prune and force are true or false."), (answer.Status, Assert.Single(answer.Errors)));
    }

    private string Url => _upstream.Address.ToString().TrimEnd('/');

    private string Endpoint(Credential? credential = null) =>
        $$"""{"name": "mine", "registry": "registry.example", "url": "{{Url}}",{{(credential is null ? "" : $" \"username\": \"{credential.Username}\", \"password\": \"{credential.Password}\",")}} "allowPrivateAddresses": true}""";

    private static string Catalog(IReadOnlyList<string> endpoints, IReadOnlyList<string>? projects) =>
        $$"""{"endpoints": [{{string.Join(", ", endpoints)}}]{{(projects is null ? "" : $", \"projects\": [{string.Join(", ", projects)}]")}}}""";

    private string Many(int count) => Catalog([Endpoint()], [.. Enumerable.Range(0, count).Select(i => $$"""{"name": "p-{{i}}", "endpoint": "mine", "quota": "{{i + 1}}GiB"}""")]);

    private async Task<JsonNode> Put(string catalog, string query = "")
    {
        var answer = await _server.Ask("PUT", "/roadstead/catalog" + query, catalog);
        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
        return answer.Json;
    }

    private async Task<string> Told() => (await _server.Ask("GET", "/roadstead/catalog")).Text;

    private static List<string> Changes(JsonNode report) => [.. report["changes"]!.AsArray().Select(change => $"{change!["kind"]} {change["name"]} {change["change"]}")];

    private static List<string> Keys(ManagementAnswer answer) => [.. answer.Json["errors"]!.AsArray().Select(error => (string)error!["key"]!)];

    private async Task<SqliteConnection> Open()
    {
        var connection = new SqliteConnection($"Data Source={Path.Combine(_server.StoragePath, "roadstead.db")};Pooling=false");
        await connection.OpenAsync(Stops);
        return connection;
    }

    private async Task Execute(string statement)
    {
        await using var connection = await Open();
        await using var command = connection.CreateCommand();
        command.CommandText = statement;
        await command.ExecuteNonQueryAsync(Stops);
    }
}
