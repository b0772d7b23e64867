using System.Text.Json.Nodes;
using Roadstead.Api;
using Roadstead.Cli.Commands;
using Roadstead.Testing;
using Roadstead.Testing.Cli;
using Roadstead.Testing.Clients;
using Roadstead.Testing.Processes;
using Roadstead.Testing.Registries;
using Roadstead.Testing.Server;
using Roadstead.Testing.Upstream;

namespace Roadstead.Cli.Tests.Commands;

/// <summary>The commands on endpoints against a running server.</summary>
public sealed class ManageEndpointsTests : IAsyncLifetime
{
    private const string Secret = "canary-secret";

    private readonly TemporaryFolder _folder = new("endpoints");
    private FakeUpstream _upstream = null!;
    private TestServer _server = null!;

    private static CancellationToken Stops => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _upstream = await FakeUpstream.Start();
        (_upstream.Auth.Mode, _upstream.Auth.Credential) = (AuthMode.Basic, new Credential("robot", Secret));
        _server = await TestServer.Start(config => config.AddEndpoint("declared", "quay.io", new Uri("https://quay.io")));
        await File.WriteAllTextAsync(_folder["password"], Secret + "\n", Stops);
        await File.WriteAllTextAsync(_folder["wrong"], Secret + "-not\n", Stops);
        await File.WriteAllTextAsync(_folder["empty"], "\n", Stops);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _upstream.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task An_endpoint_is_made_tested_changed_and_deleted()
    {
        var made = await Make();
        Assert.Contains("note: the endpoint mine is new.", made.Error, StringComparison.Ordinal);
        Assert.Contains("\nlogin                  robot, with a password\n", made.Output, StringComparison.Ordinal);
        Assert.Equal($"{_upstream.Authority} answers as a registry and takes the credential.\n", (await _server.Type("endpoint", "test", "mine")).OrThrow().Output);

        // The saved password goes to no place that it was not given for.
        await _server.IsMisused("roadstead: --upstream-password-file: is missing beside username", "endpoint", "set", "mine", "--token-host", "a.example");
        (await _server.Type("endpoint", "set", "mine", "--token-host", "a.example", "--token-host", "b.example", "--upstream-password-file", _folder["password"])).OrThrow();
        var changed = await _server.Type("endpoint", "set", "mine", "--header-timeout", "4s", "--max-bodies", "7");
        Assert.Equal("", changed.OrThrow().Error);
        var settings = (await _server.Json("endpoint", "show", "mine")).GetProperty("settings");
        Assert.Equal(("4s", 7, "robot"), (settings.GetProperty("headerTimeout").GetString(), settings.GetProperty("maxBodies").GetInt32(), settings.GetProperty("username").GetString()));
        Assert.Equal(["a.example", "b.example"], settings.GetProperty("tokenHosts").EnumerateArray().Select(host => host.GetString()));

        // Neither the password nor what was not named went with the change.
        Assert.Equal(0, (await _server.Type("endpoint", "test", "mine")).ExitCode);
        (await _server.Type("endpoint", "set", "mine", "--unset", "header-timeout", "--unset", "token-host")).OrThrow();
        settings = (await _server.Json("endpoint", "show", "mine")).GetProperty("settings");
        Assert.Equal(("10s", 7, 0), (settings.GetProperty("headerTimeout").GetString(), settings.GetProperty("maxBodies").GetInt32(), settings.GetProperty("tokenHosts").GetArrayLength()));

        (await _server.Type("endpoint", "set", "mine", "--unset", "upstream-username")).OrThrow();
        Assert.False((await _server.Json("endpoint", "show", "mine")).GetProperty("hasPassword").GetBoolean());
        Assert.Equal("", (await _server.Type("endpoint", "delete", "mine")).OrThrow().Output);
        await _server.Fails("There is no endpoint mine.", "endpoint", "show", "mine");
    }

    [Fact]
    public async Task How_its_registry_is_reached_is_set_and_its_secrets_are_used_on()
    {
        (await _server.Type(
            "endpoint", "set", "cloud", "--registry", "ecr.example", "--url", "https://012345678901.dkr.ecr.eu-central-1.amazonaws.com", "--fallback-url", "https://012345678901.dkr.ecr.eu-west-1.amazonaws.com",
            "--token-exchange", "ecr", "--upstream-username", "AKIDEXAMPLE", "--upstream-password-file", _folder["password"],
            "--proxy", "http://proxy.example:3128", "--proxy-username", "mirror", "--proxy-password-file", _folder["wrong"])).OrThrow();
        (await _server.Type("endpoint", "set", "cloud", "--max-bodies", "7")).OrThrow();
        var shown = (await _server.Type("endpoint", "show", "cloud")).OrThrow().Output;
        Assert.DoesNotContain(Secret, shown, StringComparison.Ordinal);
        foreach (var line in new[]
        {
            "state +unknown: nobody has asked it .*", " +https://012345678901.dkr.ecr.eu-central-1.amazonaws.com: unknown", " +https://012345678901.dkr.ecr.eu-west-1.amazonaws.com: unknown", "login +AKIDEXAMPLE, with a password",
            "fallbackUrls +https://012345678901.dkr.ecr.eu-west-1.amazonaws.com", "tokenExchange +ecr", "proxy +http://proxy.example:3128", "proxyUsername +mirror",
        })
        {
            Assert.Matches($"(?m)^{line}$", shown);
        }

        await _server.IsMisused("roadstead: --proxy-password-file: is missing beside proxyUsername", "endpoint", "set", "cloud", "--proxy", "http://other.example:3128");
        (await _server.Type("endpoint", "set", "cloud", "--unset", "upstream-username", "--unset", "proxy", "--unset", "proxy-username")).OrThrow();
        Assert.Matches("(?m)^login +ecr, with what the server's machine is given$", (await _server.Type("endpoint", "show", "cloud")).OrThrow().Output);
    }

    /// <summary>The server's faults are told by the names that were typed.</summary>
    [Fact]
    public void Every_key_of_the_API_has_an_option()
    {
        var keys = ApiJson.Default.EndpointSpec.Properties.Select(property => property.Name).Where(key => key != "name").ToList();
        Assert.All(keys, key => Assert.NotNull(ServerSpecs.Endpoint().OptionOf(key)));
        Assert.Equal(keys.Count, keys.Select(ServerSpecs.Endpoint().OptionOf).Distinct().Count());
        Assert.All(ApiJson.Default.ProjectSpec.Properties.Select(property => property.Name).Where(key => key != "name"), key => Assert.NotNull(ServerSpecs.Project().OptionOf(key)));
        Assert.Equal("--fallback-url", ServerSpecs.Endpoint().OptionOf("fallbackUrls[1]"));
        Assert.Null(ServerSpecs.Endpoint().OptionOf("colour"));
    }

    [Fact]
    public async Task Faults_that_the_server_finds_are_told_one_by_one_in_the_options_names()
    {
        var result = await _server.Type("endpoint", "set", "odd", "--registry", "a/b", "--url", "ftp://x", "--header-timeout", "soon");
        Assert.Equal((2, ""), (result.ExitCode, result.Output));
        Assert.Equal(["roadstead: --header-timeout", "roadstead: --registry", "roadstead: --url"], result.Error.TrimEnd().Split('\n').Select(line => string.Join(':', line.Split(':')[..2])).Order());
    }

    [Fact]
    public async Task They_are_listed_as_the_API_has_them()
    {
        await Make();
        var table = (await _server.Type("endpoint", "list")).OrThrow().Output.Split('\n');
        Assert.Matches("^ENDPOINT +REGISTRY +URL +LOGIN +STATE +PROJECTS +SOURCE$", table[0]);
        Assert.Matches("^declared +quay.io +https://quay.io +- +unknown +- +file$", table[1]);
        Assert.Matches($"^mine +{_upstream.Authority} +http://{_upstream.Authority} +robot +unknown +- +database$", table[2]);
        var json = await _server.Json("endpoint", "list");
        var told = (await _server.Ask("GET", "/roadstead/endpoints")).Json;
        Assert.True(JsonNode.DeepEquals(told, JsonNode.Parse(json.GetRawText())));
        Assert.Contains("\n      registry: quay.io\n", (await _server.Type("endpoint", "list", "--output", "yaml")).OrThrow().Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Options_are_tried_without_being_kept()
    {
        await Make();
        var refused = await _server.Type("endpoint", "test", "mine", "--upstream-password-file", _folder["wrong"]);
        Assert.Equal(1, refused.ExitCode);
        Assert.StartsWith("The credential is refused", refused.Output, StringComparison.Ordinal);
        Assert.Equal(0, (await _server.Type("endpoint", "test", "mine")).ExitCode);

        _upstream.Auth.Mode = AuthMode.None;
        var other = await _server.Type("endpoint", "test", "other", "--registry", _upstream.Authority, "--url", Url(), "--allow-private-addresses", "true", "--output", "json");
        Assert.Contains("\"result\": \"fine\"", other.OrThrow().Output, StringComparison.Ordinal);
        await _server.Fails("There is no endpoint other.", "endpoint", "show", "other");
    }

    [Fact]
    public async Task A_password_may_come_by_standard_input()
    {
        using var shell = new Shell();
        var line = $"roadstead endpoint set mine --registry {_upstream.Authority} --url {Url()} --allow-private-addresses true --upstream-username robot --upstream-password-file - --server {_server.Address} --password-file {_server.StoragePath}/admin-password";
        (await shell.Type($"{RoadsteadCli.ShellFunction}printf '{Secret}\\n' | {line}")).OrThrow();
        Assert.Equal(0, (await _server.Type("endpoint", "test", "mine")).ExitCode);
        var nothing = await shell.Type($"{RoadsteadCli.ShellFunction}{line} < /dev/null");
        Assert.Equal((1, "roadstead: --upstream-password-file: nothing was given.\n"), (nothing.ExitCode, nothing.Error));
    }

    [Fact]
    public async Task Certificates_come_by_files()
    {
        using var authority = new TestAuthority();
        await File.WriteAllTextAsync(_folder["ca"], authority.Pem, Stops);
        (await _server.Type("endpoint", "set", "tls", "--registry", "tls.example", "--url", "https://tls.example", "--upstream-ca", _folder["ca"])).OrThrow();
        Assert.Equal(authority.Pem, (await _server.Json("endpoint", "show", "tls")).GetProperty("settings").GetProperty("caCertificate").GetString());
        Assert.Matches("\ncaCertificate +\\(PEM; --output json shows it\\)\n", (await _server.Type("endpoint", "show", "tls")).OrThrow().Output);
        await _server.IsMisused("--upstream-ca: ", "endpoint", "set", "tls", "--upstream-ca", _folder["password"]);
        await _server.Fails("--upstream-ca: Could not find file", "endpoint", "set", "tls", "--upstream-ca", _folder["none"]);
    }

    [Fact]
    public async Task What_is_refused_is_told_and_no_secret_with_it()
    {
        await Make();
        await using var evil = await FakeUpstream.Start();
        foreach (var (exitCode, words, command) in new (int, string, string[])[]
        {
            (2, "roadstead: --url: ", ["set", "other", "--registry", "a.example"]),
            (2, "roadstead: --registry: ", ["set", "other", "--url", "https://a.example"]),
            (2, "roadstead: --header-timeout: ", ["set", "mine", "--header-timeout", "soon"]),
            (2, "--url: leads back to this server", ["set", "mine", "--url", _server.Address.ToString(), "--upstream-password-file", _folder["password"]]),
            (2, "a saved one is used on only while url stays the same", ["set", "mine", "--url", evil.Address.ToString().TrimEnd('/')]),
            (1, "The configuration file declares the endpoint declared", ["set", "declared", "--header-timeout", "4s"]),
            (1, "The configuration file declares the endpoint declared", ["delete", "declared"]),
            (1, "There is no endpoint none.", ["delete", "none"]),
            (1, "There is no endpoint none.", ["test", "none"]),
            (1, "--upstream-password-file: the file is empty", ["set", "mine", "--upstream-password-file", _folder["empty"]]),
            (1, "--upstream-password-file: Could not find file", ["set", "mine", "--upstream-password-file", _folder["none"]]),
            (2, "--upstream-username: ", ["set", "mine", "--unset", "upstream-username", "--upstream-password-file", _folder["password"]]),
        })
        {
            var result = exitCode == 1 ? await _server.Fails(words, ["endpoint", .. command]) : await _server.IsMisused(words, ["endpoint", .. command]);
            Assert.DoesNotContain(Secret, result.Error, StringComparison.Ordinal);
        }

        (await _server.Type("project", "set", "mine", "--endpoint", "mine", "--public", "true")).OrThrow();
        await _server.Fails("is used by the project mine", "endpoint", "delete", "mine");
        foreach (var command in new[] { "list", "show mine", "set mine" }.SelectMany(_ => new[] { "table", "json", "yaml" }, (verb, output) => $"endpoint {verb} --output {output}"))
        {
            Assert.DoesNotContain(Secret, (await _server.Type(command.Split(' '))).OrThrow().Output, StringComparison.Ordinal);
        }

        Assert.Empty(evil.Requests.Items);
    }

    [Theory]
    [InlineData("show ..", "NAME must be lower-case letters")]
    [InlineData("delete a/b", "NAME must be lower-case letters")]
    [InlineData("set Mine", "NAME must be lower-case letters")]
    [InlineData("set mine --max-bodies many", "--max-bodies must be a whole number")]
    [InlineData("set mine --insecure-skip-verify maybe", "maybe")]
    [InlineData("set mine --unset registry", "registry")]
    [InlineData("set mine --unset url --url https://a.example", "url")]
    [InlineData("set mine --unset max-bodies --max-bodies 3", "--max-bodies is given, and --unset max-bodies too")]
    [InlineData("set mine --password secret", "--password")]
    [InlineData("list --output xml", "xml")]
    [InlineData("", "endpoint")]
    public async Task Wrong_usage_is_2(string line, string words)
    {
        var result = await RoadsteadCli.Run(["endpoint", .. line.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--server", "http://127.0.0.1:1", "--password-file", "a"]);
        Assert.Equal((2, ""), (result.ExitCode, result.Output));
        Assert.Contains(words, result.Error, StringComparison.Ordinal);
    }

    private string Url() => _upstream.Address.ToString().TrimEnd('/');

    private async Task<CommandResult> Make() => (await _server.Type(
        "endpoint", "set", "mine", "--registry", _upstream.Authority, "--url", Url(), "--allow-private-addresses", "true", "--upstream-username", "robot", "--upstream-password-file", _folder["password"])).OrThrow();
}
