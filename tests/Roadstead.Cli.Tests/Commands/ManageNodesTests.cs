using System.Text.Json;
using Roadstead.Api;
using Roadstead.Testing;
using Roadstead.Testing.Cli;
using Roadstead.Testing.Processes;
using Roadstead.Testing.Server;
using YamlDotNet.RepresentationModel;

namespace Roadstead.Cli.Tests.Commands;

/// <summary>The commands on nodes against a running server.</summary>
public class ManageNodesTests
{
    private static CancellationToken Stops => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nodes_are_listed_a_stopped_roll_out_resumed_and_a_node_forgotten()
    {
        await using var server = await TestServer.Start();
        Assert.Equal("No node has reported yet.\n", (await List(server)).OrThrow().Output);
        await Report(server, "node-a", RuntimeState.Failed, "no route: \"x\"");
        await Report(server, "node-b", RuntimeState.Unverified, null, inForce: false);
        var table = (await List(server)).OrThrow().Output;
        Assert.All(
            new[] { "NODE ", "node-a  containerd 1.7.13  failed", "node-a: containerd failed: no route", "0 of 2 nodes verified, 0 in progress, 1 waiting, 1 failed", "stopped: node-a failed at t1" },
            words => Assert.Contains(words, table, StringComparison.Ordinal));

        using var json = JsonDocument.Parse((await List(server, "--output", "json")).OrThrow().Output);
        Assert.Equal("failed", json.RootElement.GetProperty("nodes")[0].GetProperty("state").GetString());
        var yaml = new YamlStream();
        yaml.Load(new StringReader((await List(server, "--output", "yaml")).OrThrow().Output));
        var runtime = yaml.Documents[0].RootNode["nodes"][0]["report"]["runtimes"][0];
        Assert.Equal(("no route: \"x\"", "1.7.13"), ((string?)runtime["message"], (string?)runtime["version"]));
        Assert.Equal("2", (string?)yaml.Documents[0].RootNode["rollout"]["total"]);

        Assert.Equal("", (await AsAdmin(server, "node", "resume")).OrThrow().Output);
        Assert.DoesNotContain("stopped", (await List(server)).OrThrow().Output, StringComparison.Ordinal);
        Assert.Equal("", (await AsAdmin(server, "node", "forget", "node-a")).OrThrow().Output);
        Assert.DoesNotContain("node-a", (await List(server)).OrThrow().Output, StringComparison.Ordinal);
        var again = await AsAdmin(server, "node", "forget", "node-a");
        Assert.Equal((1, ""), (again.ExitCode, again.Output));
        Assert.Contains("No node of that name has reported", again.Error, StringComparison.Ordinal);
        Assert.Contains("node-b", (await RoadsteadCli.Run("node", "list", "--server", Url(server), "--password-file", server.StoragePath + "/admin-password")).OrThrow().Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_credential_or_no_server_is_told_as_what_it_is_and_no_secret_with_it()
    {
        using var folder = new TemporaryFolder("manage");
        await File.WriteAllTextAsync(folder["wrong"], "canary-secret\n", Stops);
        await File.WriteAllTextAsync(folder["empty"], "\n", Stops);
        await File.WriteAllTextAsync(folder["lines"], "canary-secret\ncanary-secret\n", Stops);
        await using var server = await TestServer.Start();
        using var nobody = LoopbackPort.Claim();
        foreach (var (arguments, words) in new (string[], string)[]
        {
            (["list", "--server", Url(server), "--token-file", folder["wrong"]], "--token-file: http://127.0.0.1"),
            (["resume", "--server", Url(server), "--password-file", folder["wrong"]], "--password-file: http://127.0.0.1"),
            (["forget", "a", "--server", Url(server), "--username", "root", "--password-file", server.StoragePath + "/admin-password"], "does not take what the file holds"),
            (["list", "--server", Url(server), "--token-file", folder["empty"]], "--token-file: the file is empty"),
            (["list", "--server", Url(server), "--token-file", folder["lines"]], "something else than one token"),
            (["list", "--server", Url(server), "--token-file", folder["none"]], "--token-file: Could not find file"),
            (["list", "--server", Url(server), "--token-file", folder["wrong"], "--ca", folder["wrong"]], "holds no certificate"),
            (["list", "--server", nobody.Address.ToString(), "--token-file", folder["wrong"]], "cannot be reached"),
        })
        {
            var result = await RoadsteadCli.Run(["node", .. arguments]);
            Assert.Equal((1, ""), (result.ExitCode, result.Output));
            Assert.Contains(words, result.Error, StringComparison.Ordinal);
            Assert.DoesNotContain("canary-secret", result.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Over_TLS_the_CA_must_be_given()
    {
        using var port = LoopbackPort.Claim();
        await using var server = await TestServer.Start(config =>
        {
            config.Extra = "tls: auto\n";
            config.AddListener(new Uri($"https://{port.Authority}"));
        });
        string[] list = ["node", "list", "--server", $"https://{port.Authority}", "--token-file", server.StoragePath + "/node-token"];
        var untrusted = await RoadsteadCli.Run(list);
        Assert.Equal(1, untrusted.ExitCode);
        Assert.Contains("/ca.crt", untrusted.Error, StringComparison.Ordinal);
        (await RoadsteadCli.Run([.. list, "--ca", server.StoragePath + "/tls/ca.crt"])).OrThrow();
        (await RoadsteadCli.Run([.. list, "--insecure"])).OrThrow();
    }

    [Fact]
    public async Task The_environment_may_name_the_server_and_the_password_and_options_count_more()
    {
        await using var server = await TestServer.Start();
        using var nobody = LoopbackPort.Claim();
        var environment = new Dictionary<string, string?> { ["ROADSTEAD_SERVER"] = Url(server), ["ROADSTEAD_PASSWORD_FILE"] = server.StoragePath + "/admin-password" };
        Assert.Equal("No node has reported yet.\n", (await RoadsteadCli.Run([], environment, "node", "list")).OrThrow().Output);
        (await RoadsteadCli.Run([], environment, "node", "list", "--token-file", server.StoragePath + "/node-token")).OrThrow();
        var elsewhere = await RoadsteadCli.Run([], environment, "node", "list", "--server", nobody.Address.ToString());
        Assert.Contains($"http://{nobody.Authority} cannot be reached", elsewhere.Error, StringComparison.Ordinal);

        environment["ROADSTEAD_PASSWORD_FILE"] = server.StoragePath + "/node-token";
        Assert.StartsWith("roadstead: ROADSTEAD_PASSWORD_FILE: http://127.0.0.1", (await RoadsteadCli.Run([], environment, "node", "list")).Error, StringComparison.Ordinal);
        environment["ROADSTEAD_SERVER"] = "127.0.0.1:5000";
        var noUrl = await RoadsteadCli.Run([], environment, "node", "list");
        Assert.Equal((2, "roadstead: ROADSTEAD_SERVER must begin with http:// or https://.\n"), (noUrl.ExitCode, noUrl.Error));
    }

    [Theory]
    [InlineData("node list --server http://127.0.0.1:1", "one of --token-file and --password-file")]
    [InlineData("node list --server http://127.0.0.1:1 --token-file a --password-file b", "one of --token-file and --password-file")]
    [InlineData("node list --token-file a", "--server")]
    [InlineData("node list --server http://mirror.example --token-file a", "plain HTTP")]
    [InlineData("node list --server http://127.0.0.1:1 --token-file a --output xml", "xml")]
    [InlineData("node forget --server http://127.0.0.1:1 --password-file a", "argument missing for command: 'forget'")]
    [InlineData("node resume --server http://127.0.0.1:1", "--password-file is missing")]
    [InlineData("node resume --server http://127.0.0.1:1 --token-file a", "--token-file")]
    public async Task Wrong_usage_is_2(string line, string words)
    {
        var result = await RoadsteadCli.Run(line.Split(' '));
        Assert.Equal((2, ""), (result.ExitCode, result.Output));
        Assert.Contains(words, result.Error, StringComparison.Ordinal);
    }

    private static string Url(TestServer server) => server.Address.ToString();

    private static Task<CommandResult> List(TestServer server, params string[] options) =>
        RoadsteadCli.Run(["node", "list", "--server", Url(server), "--token-file", server.StoragePath + "/node-token", .. options]);

    private static Task<CommandResult> AsAdmin(TestServer server, params string[] command) =>
        RoadsteadCli.Run([.. command, "--server", Url(server), "--username", "admin", "--password-file", server.StoragePath + "/admin-password"]);

    private static async Task Report(TestServer server, string name, RuntimeState state, string? message, bool inForce = true)
    {
        var client = new ManagementClient(server.Client, server.Address, new ApiCredential.Node(server.NodeToken()));
        var report = new NodeReport("1", "t1", inForce ? "t1" : null, false, null, [new RuntimeReport("containerd", "1.7.13", state, message, null)]);
        Assert.IsType<ApiOutcome<NodeInstruction>.Answered>(await client.Report(name, report, Stops));
    }
}
