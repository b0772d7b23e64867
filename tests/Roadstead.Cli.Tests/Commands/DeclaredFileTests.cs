using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Roadstead.Testing;
using Roadstead.Testing.Cli;
using Roadstead.Testing.Processes;
using Roadstead.Testing.Registries;
using Roadstead.Testing.Server;

namespace Roadstead.Cli.Tests.Commands;

/// <summary>The commands that take a file of endpoints and projects, against a running server.</summary>
public sealed class DeclaredFileTests : IAsyncLifetime
{
    private static readonly Credential Robot = new("robot", "canary-of-the-file");

    private readonly TemporaryFolder _folder = new("declared");
    private TestServer _server = null!;

    private static CancellationToken Stops => TestContext.Current.CancellationToken;

    private string File => _folder["mirror.yaml"];

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.Start();
        await Empty();
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    /// <summary>A server's whole configuration file, and the file beside it that it names.</summary>
    [Fact]
    public async Task A_configuration_file_is_applied_and_told_and_changes_nothing_again()
    {
        await Password(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await Write(
            """
            listen: [http://0.0.0.0:5000]
            nodes: {token: canary-of-the-nodes}
            endpoints:
              - name: hub
                registry: docker.io
                url: https://hub.example
                username: robot
                passwordFile: robot.password
              - {name: quay, registry: quay.io, url: "https://quay.io", tokenHosts: [auth.quay.io]}
            projects:
              - name: dockerhub
                endpoint: hub
                public: true
                quota: 200GiB
              - {name: quay, endpoint: quay}
            """);
        var notes = $"note: {File}:1:1: listen: is for the server's own configuration file, and stays as that has it.\nnote: {File}:2:1: nodes: is for the server's own configuration file, and stays as that has it.\n";
        var dry = (await Type("apply", "--dry-run", "-f", File)).OrThrow();
        const string Table = "KIND      NAME       CHANGE   OPTIONS\nendpoint  hub        created  -\nendpoint  quay       created  -\nproject   dockerhub  created  -\nproject   quay       created  -\n4 created.";
        Assert.Equal((Table + " This is a dry run: nothing was changed.\n", notes), (dry.Output, dry.Error));
        Assert.Equal("endpoints: []\nprojects: []\n", (await Type("export")).OrThrow().Output);

        Assert.Equal((Table + "\n", notes), await Said("apply", "-f", File));
        Assert.True((await _server.Json("endpoint", "show", "hub")).GetProperty("hasPassword").GetBoolean());
        Assert.Equal(("4 unchanged.\n", notes), await Said("apply", "-f", File));
        Assert.Equal(("", notes), await Said("diff", "-f", File, "--exit-code"));
        Assert.DoesNotContain(_server.Log.Items, line => line.Contains("canary", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_is_exported_is_taken_back_unchanged_and_by_an_empty_server_once_passwords_are_added()
    {
        await Password(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        using var authority = new TestAuthority();
        await Write($"endpoints: [{{name: hub, registry: docker.io, url: 'https://hub.example', username: robot, passwordFile: robot.password, caCertificate: ca.pem, maxBodies: 7}}]\nprojects: [{{name: a, endpoint: hub, public: true, quota: 1GiB, include: ['library/**']}}, {{name: b}}]\n");
        await System.IO.File.WriteAllTextAsync(_folder["ca.pem"], authority.Pem + "\n", Stops);
        (await Type("apply", "-f", File)).OrThrow();
        var exported = (await Type("export")).OrThrow().Output;
        Assert.StartsWith(
            """
            # Secrets are left out. This server keeps those that it has as long as an endpoint's url stays; for another one add to the endpoints:
            #   hub: password, or passwordFile with a file of yours
            endpoints:
              - name: hub
                registry: docker.io
                url: "https://hub.example"
                username: robot
                caCertificate: |
            """,
            exported, StringComparison.Ordinal);
        Assert.DoesNotContain(Robot.Password, exported, StringComparison.Ordinal);
        Assert.Equal("3 unchanged. This is a dry run: nothing was changed.\n", (await Pipe("export", "apply --dry-run --prune -f -")).Output);
        Assert.Equal("3 unchanged. This is a dry run: nothing was changed.\n", (await Pipe("export --output json", "apply --dry-run --prune -f -")).Output);

        await Empty();
        await System.IO.File.WriteAllTextAsync(File, exported, Stops);
        Assert.Contains("mirror.yaml:4:5: endpoints[0].password: is missing beside username", (await _server.Fails("nothing is changed.", "apply", "-f", File)).Error, StringComparison.Ordinal);
        await System.IO.File.WriteAllTextAsync(File, exported.Replace("    username: robot\n", "    username: robot\n    passwordFile: robot.password\n", StringComparison.Ordinal), Stops);
        (await Type("apply", "-f", File)).OrThrow();
        Assert.Equal(exported, (await Type("export")).OrThrow().Output);
    }

    [Fact]
    public async Task What_differs_is_shown_without_secrets()
    {
        await Write("endpoints: [{name: hub, registry: docker.io, url: 'https://hub.example', username: robot, password: canary-one}]\nprojects: [{name: a, endpoint: hub, public: true, quota: 1GiB}, {name: b}]\n");
        (await Type("apply", "-f", File)).OrThrow();
        await Write("endpoints: [{name: hub, registry: docker.io, url: 'https://hub.example', username: robot, password: canary-two}]\nprojects: [{name: a, endpoint: hub, public: true, quota: 2GiB}]\n");
        Assert.Equal(
            ($"""
            --- (server)
            +++ {File}
            @@ -3,10 +3,10 @@
                 registry: docker.io
                 url: "https://hub.example"
                 username: robot
            -    password: …
            +    password: …
             projects:
               - name: a
                 endpoint: hub
                 public: true
            -    quota: "1GiB"
            +    quota: "2GiB"
               - name: b

            """, ""),
            await Said("diff", "-f", File));
        var pruned = await Type("diff", "--prune", "--exit-code", "-f", File);
        Assert.Equal((1, ""), (pruned.ExitCode, pruned.Error));
        Assert.Contains("\n-  - name: b\n", pruned.Output, StringComparison.Ordinal);
        var json = await _server.Json("diff", "-f", File);
        Assert.Equal(
            """[{"kind":"endpoint","name":"hub","change":"changed","keys":["password"]},{"kind":"project","name":"a","change":"changed","keys":["quota"]}]""",
            JsonSerializer.Serialize(json.GetProperty("changes")));
        Assert.Equal("2GiB", json.GetProperty("after").GetProperty("projects")[0].GetProperty("quota").GetString());
        Assert.Equal("KIND      NAME  CHANGE   OPTIONS\nendpoint  hub   changed  password\nproject   a     changed  quota\nproject   b     deleted  -\n2 changed, 1 deleted.\n", (await Type("apply", "--prune", "-f", File)).OrThrow().Output);
    }

    [Fact]
    public async Task A_secret_that_goes_is_shown_to_go_and_noted_where_it_went_to_another_place()
    {
        const string projects = "projects: [{name: a, endpoint: hub, public: true}]\n";
        await Write("endpoints: [{name: hub, registry: docker.io, url: 'https://hub.example', username: robot, password: canary-one}]\n" + projects);
        (await Type("apply", "-f", File)).OrThrow();

        // Without its user's name a password is taken away, which is no surprise.
        await Write("endpoints: [{name: hub, registry: docker.io, url: 'https://hub.example'}]\n" + projects);
        var (shown, notes) = await Said("diff", "-f", File);
        Assert.Contains("\n-    username: robot\n-    password: …\n", shown, StringComparison.Ordinal);
        Assert.Equal((false, ""), (shown.Contains("+    password", StringComparison.Ordinal), notes));

        await Write("endpoints: [{name: hub, registry: docker.io, url: 'https://other.example'}]\n" + projects);
        (shown, notes) = await Said("diff", "-f", File);
        Assert.Contains("\n-    username: robot\n-    password: …\n+    url: \"https://other.example\"\n", shown, StringComparison.Ordinal);
        Assert.StartsWith($"note: {File}:1:13: endpoints[0].password: goes, and must be given anew where one is wanted; a saved one is used on only while url stays the same", notes, StringComparison.Ordinal);
        var json = await _server.Json("diff", "-f", File);
        Assert.Equal("""["password"]""", JsonSerializer.Serialize(json.GetProperty("changes")[0].GetProperty("gone")));
        var applied = (await Type("apply", "-f", File)).OrThrow();
        Assert.Contains("password (goes)", applied.Output, StringComparison.Ordinal);
        Assert.Equal(notes, applied.Error);
    }

    [Fact]
    public async Task A_file_that_is_not_there_hides_no_other_fault()
    {
        await Write(
            """
            endpoints:
              - {name: a, registry: a.example, url: 'https://a.example', username: u, passwordFile: nowhere}
              - {name: b, registry: b.example, url: ftp://b.example}
            projects:
              - {name: one, endpoint: a, quota: much, public: true}
              - {name: two, endpoint: c}
            """);
        var lines = (await _server.Fails("nothing is changed.", "apply", "-f", File)).Error.TrimEnd('\n').Split('\n');
        string[] expected =
        [
            ":2:89: endpoints[0].passwordFile: names a file that does not exist.", ":3:36: endpoints[1].url: must begin with", ":5:30: projects[0].quota: must be a size", ":6:17: projects[1].endpoint: no endpoint is called c",
        ];
        Assert.Equal(expected.Length + 1, lines.Length);
        Assert.All(expected.Zip(lines), pair => Assert.StartsWith($"roadstead: {File}{pair.First}", pair.Second, StringComparison.Ordinal));
        Assert.Equal("endpoints: []\nprojects: []\n", (await Type("export")).OrThrow().Output);
    }

    [Fact]
    public async Task Every_fault_is_told_with_its_place_and_nothing_is_in_force()
    {
        await Write(
            """
            endpoints:
              - name: hub
                registry: docker.io
                url: ftp://hub.example
            projects:
              - name: fine
                endpoint: hub
              - {name: other, endpoint: hubb,
                 quota: much, qota: 1}
              - endpoint: hub
            storge: {}
            """);
        var result = await _server.Fails("nothing is changed.", "apply", "-f", File);
        string[] expected = [":4:5: endpoints[0].url: must begin with http:// or https://", ":8:19: projects[1].endpoint: no endpoint is called hubb; did you mean hub?", ":9:6: projects[1].quota: must be", ":9:19: projects[1].qota: is no known key; did you mean quota?", ":10:5: projects[2].name: is missing", ":11:1: storge: is no known key; did you mean storage?"];
        var lines = result.Error.TrimEnd('\n').Split('\n');
        Assert.Equal(expected.Length + 1, lines.Length);
        Assert.All(expected.Zip(lines), pair => Assert.StartsWith($"roadstead: {File}{pair.First}", pair.Second, StringComparison.Ordinal));
        Assert.Equal("roadstead: nothing is changed.", lines[^1]);
        Assert.Equal("endpoints: []\nprojects: []\n", (await Type("export")).OrThrow().Output);
    }

    [Theory]
    [InlineData("endpoints:\n  - name: hub\n   url: x\n", ":3:", "is not valid YAML")]
    [InlineData("endpoints:\n\t- name: hub\n", ":2:1: ", "is not valid YAML")]
    [InlineData("endpoints: [\n", ":", "is not valid YAML")]
    [InlineData("endpoints:\n  - name: a\n    url: [http://x\nprojects: []\n", ":3:10: ", "is not valid YAML from here on")]
    [InlineData("projects: []\nprojects: []\n", ":2:1: ", "is not valid YAML: projects is given twice")]
    [InlineData("projects:\n  - {name: a, name: b}\n", ":2:15: ", "is not valid YAML: name is given twice")]
    [InlineData("- a\n", ":1", "must be a map")]
    [InlineData("just text", ":1", "must be a map")]
    [InlineData("projects: []\n---\nprojects: []\n", ":2", "more than one YAML document")]
    [InlineData("projects:\n  - name: &a b\n", ":2:11: ", "projects[0].name: YAML anchors are not taken")]
    [InlineData("projects:\n  - *a\n", ":2:5: ", "projects[0]: YAML aliases are not taken")]
    [InlineData("projects:\n  - name: !secret b\n", ":2:11: ", "projects[0].name: YAML tags are not taken")]
    [InlineData("projects: {a: 1}\n", ":1:1: ", "projects: must be a list, not a mapping")]
    [InlineData("projects: text\n", ":1:1: ", "projects: must be a list, not a single value")]
    [InlineData("projects:\n  - name: [a]\n", ":2:5: ", "projects[0].name: must be a single value, not a list")]
    [InlineData("projects:\n  - text\n", ":2:5: ", "projects[0]: must be a mapping of keys")]
    [InlineData("projects:\n  -\n", ":2:", "projects[0]: is empty")]
    [InlineData("endpoints:\n  - name: a\n    passwordFile: nowhere\n", ":3:19: ", "endpoints[0].passwordFile: names a file that does not exist")]
    [InlineData("endpoints:\n  - name: a\n    passwordFile: .\n", ":3:19: ", "endpoints[0].passwordFile: names a file that is a folder")]
    [InlineData("endpoints:\n  - name: a\n    caCertificate: /dev/zero\n", ":3:20: ", "endpoints[0].caCertificate: names the file /dev/zero, which is larger than 1 MiB")]
    [InlineData("endpoints:\n  - name: a\n    caCertificate: /dev/null\n", ":3:5: ", "endpoints[0].caCertificate: ")]
    [InlineData("endpoints:\n  - name: a\n    password: x\n    passwordFile: y\n", ":4:5: ", "endpoints[0].passwordFile: is given beside password; keep one")]
    [InlineData("endpoints:\n  - name: a\n    paswordFile: /etc/hostname\n", ":3:5: ", "endpoints[0].paswordFile: is no known key; did you mean password?")]
    [InlineData("projects:\n  - name: \"\\ud800\"\n", ":2:", "")]
    public async Task A_bad_file_is_told_with_its_line_and_column(string text, string place, string words)
    {
        await Write(text);
        var result = await _server.Fails(words, "apply", "-f", File);
        Assert.Contains($"roadstead: {File}{place}", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "The file names nothing.\n")]
    [InlineData("# only words\n", "The file names nothing.\n")]
    [InlineData("endpoints:\nprojects:\n", "The file names nothing.\n")]
    [InlineData("\uFEFFprojects: [{name: a}]\n", "1 created.\n")]
    [InlineData("projects:\r\n  - name: a\r\n", "1 created.\n")]
    [InlineData("{\"projects\": [{\"name\": \"a\"}]}", "1 created.\n")]
    [InlineData("---\nprojects: [{name: a}]\n...\n", "1 created.\n")]
    public async Task Whatever_an_editor_makes_of_it_is_taken(string text, string said)
    {
        await Write(text);
        Assert.EndsWith(said, (await Type("apply", "-f", File)).OrThrow().Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Aliases_that_would_stand_for_more_than_fits_into_memory_are_refused_at_once()
    {
        var text = new StringBuilder("projects:\n  - name: a\na: &a [x, x, x, x, x, x, x, x, x]\n");
        for (var i = 'b'; i <= 'z'; i++)
        {
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"{i}: &{i} [{string.Join(", ", Enumerable.Repeat($"*{(char)(i - 1)}", 9))}]\n");
        }

        await Write(text.Append("endpoints: *z\n").ToString());
        await _server.Fails("endpoints: YAML aliases are not taken", "apply", "-f", File);
        await Write(string.Concat(Enumerable.Repeat("[", 5000)));
        await _server.Fails("is not valid YAML", "apply", "-f", File);
        await System.IO.File.WriteAllBytesAsync(File, [0x70, 0xff, 0xfe], Stops);
        await _server.Fails("is not UTF-8 text", "apply", "-f", File);
        await _server.Fails("is larger than 16 MiB", "apply", "-f", "/dev/zero");
        await _server.Fails("--file: ", "apply", "-f", _folder["none"]);
        await _server.Fails("--file: ", "apply", "-f", _folder.Path);
    }

    [Fact]
    public async Task A_password_that_others_may_read_is_warned_of()
    {
        await Password(UnixFileMode.UserRead | UnixFileMode.OtherRead);
        await Write("endpoints: [{name: hub, registry: docker.io, url: 'https://hub.example', username: robot, passwordFile: robot.password}]\n");
        Assert.Equal($"note: {File}:1:105: endpoints[0].passwordFile: names a file that others may read or change (mode 0404); give it mode 0600.\n", (await Type("apply", "-f", File)).OrThrow().Error);
    }

    [Fact]
    public async Task An_endpoint_in_use_does_not_go_and_what_the_server_declares_is_not_changed()
    {
        await Write("endpoints: [{name: hub, registry: docker.io, url: 'https://hub.example'}]\nprojects: [{name: a, endpoint: hub}]\n");
        (await Type("apply", "-f", File)).OrThrow();
        await Write("endpoints: []\n");
        Assert.Equal($"roadstead: {File}: endpoints.hub: would go, and is used by the project a; name it, or change that first.\nroadstead: nothing is changed.\n", (await _server.Fails("", "apply", "--prune", "-f", File)).Error);
        await _server.Restart(config => config.AddEndpoint("hub", "docker.io", new Uri("https://hub.example")).AddProject("mine", "hub"));
        await Write("projects: [{name: new, endpoint: hub}, {name: mine, endpoint: hub, quota: 1GiB}]\n");
        await _server.Fails($"{File}:1:40: projects[1]: the server's configuration file declares the project mine with another quota", "apply", "-f", File);
        Assert.Equal(["a", "mine"], (await _server.Json("project", "list")).GetProperty("projects").EnumerateArray().Select(project => project.GetProperty("settings").GetProperty("name").GetString()!).Order());
    }

    [Fact]
    public async Task A_thousand_projects_are_one_change()
    {
        await Write("endpoints: [{name: hub, registry: docker.io, url: 'https://hub.example'}]\nprojects:\n" + string.Concat(Enumerable.Range(0, 1000).Select(i => $"  - name: p-{i}\n    endpoint: hub\n    quota: {i + 1}GiB\n    platforms: [linux/amd64, linux/arm64]\n")));
        var since = Stopwatch.GetTimestamp();
        Assert.EndsWith("\n1001 created.\n", (await Type("apply", "-f", File)).OrThrow().Output, StringComparison.Ordinal);
        Assert.Equal("1001 unchanged.\n", (await Type("apply", "-f", File)).OrThrow().Output);
        TestContext.Current.TestOutputHelper?.WriteLine(Stopwatch.GetElapsedTime(since).ToString());
        Assert.Equal("1001 unchanged.\n", (await Pipe("export", "apply --prune -f -")).Output);
    }

    [Theory]
    [InlineData("apply", "Option '--file' is required.")]
    [InlineData("apply -f a --output csv", "csv")]
    [InlineData("export --prune", "--prune")]
    public async Task Wrong_usage_is_2(string line, string words)
    {
        var result = await RoadsteadCli.Run([.. line.Split(' '), "--server", "http://127.0.0.1:1", "--password-file", "a"]);
        Assert.Equal((2, ""), (result.ExitCode, result.Output));
        Assert.Contains(words, result.Error, StringComparison.Ordinal);
    }

    private Task<CommandResult> Type(params string[] command) => _server.Type(command);

    private async Task<(string Output, string Error)> Said(params string[] command) => (await Type(command)).OrThrow() is var result ? (result.Output, result.Error) : default;

    /// <summary>One command's output as the other's input, as in a shell.</summary>
    private async Task<CommandResult> Pipe(string one, string other)
    {
        var login = $"--server {_server.Address} --password-file '{_server.StoragePath}/admin-password'";
        return (await Command.Run("bash", ["-c", $"set -o pipefail\n{RoadsteadCli.ShellFunction}\nroadstead {one} {login} | roadstead {other} {login}"], timeout: TimeSpan.FromMinutes(1))).OrThrow();
    }

    private Task Write(string text) => System.IO.File.WriteAllTextAsync(File, text, new UTF8Encoding(false), Stops);

    private async Task Password(UnixFileMode mode)
    {
        await System.IO.File.WriteAllTextAsync(_folder["robot.password"], Robot.Password + "\n", Stops);
        System.IO.File.SetUnixFileMode(_folder["robot.password"], mode);
    }

    private async Task Empty() => Assert.Equal(System.Net.HttpStatusCode.OK, (await _server.Ask("PUT", "/roadstead/catalog?prune=true", """{"endpoints": [], "projects": []}""")).Status);
}
