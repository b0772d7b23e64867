using System.Text.Json;
using Roadstead.Cli.Tests.NodeConfig;
using Roadstead.Testing;
using Roadstead.Testing.Cli;
using Roadstead.Testing.Processes;
using YamlDotNet.RepresentationModel;

namespace Roadstead.Cli.Tests.Commands;

/// <summary>The program itself, without a server.</summary>
public sealed class NodeRenderTests : IDisposable
{
    private static readonly string[] Mirror = ["--mirror", "https://mirror.example:5000", "--registry", "docker.io=dockerhub", "--registry", "quay.io=quay"];

    private readonly TemporaryFolder _folder = new("render");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Help_shows_the_commands_in_groups()
    {
        var help = (await RoadsteadCli.Run("--help")).OrThrow().Output;
        Assert.Matches("\nOn a node:\n  node install [\\s\\S]*\nFor nodes, from anywhere:\n  node render ", help);
        var render = (await RoadsteadCli.Run("node", "render", "--help")).OrThrow().Output;
        Assert.All(new[] { "--runtime", "--server", "crio", "kaniko", "--output" }, word => Assert.Contains(word, render, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("", "command")]
    [InlineData("node", "command")]
    [InlineData("node render", "--runtime")]
    [InlineData("node render --runtime crio", "--server URL")]
    [InlineData("node agent --token-file token", "--server URL")]
    [InlineData("node agent --server http://127.0.0.1:1 --token-file /proc/sys/kernel/ostype --name A_b", "--name")]
    [InlineData("node agent --server http://127.0.0.1:1", "--token-file")]
    [InlineData("node agent --server http://127.0.0.1:1 --token-file token --interval soon", "length of time")]
    [InlineData("node credentials --runtime podman --server http://m:1", "podman")]
    [InlineData("node render --runtime docker-machine --server http://m:1", "crio, podman")]
    [InlineData("node render --runtime crio --bogus --server http://m:1", "--bogus")]
    [InlineData("node render --runtime crio --output xml --server http://m:1", "xml")]
    [InlineData("node render --runtime crio --server m:5000", "http://")]
    [InlineData("node render --runtime crio --server http://m:1 --registry docker.io=dockerhub", "--registry stands instead")]
    [InlineData("node render --runtime crio --registry docker.io=dockerhub", "--registry needs --mirror")]
    [InlineData("node render --runtime crio --mirror https://m:1 --registry docker.io", "REGISTRY=PROJECT")]
    [InlineData("node render --runtime crio --mirror https://m:1 --registry docker.io=dockerhub --project dockerhub", "needs --server")]
    [InlineData("node render --runtime crio --mirror https://m:1 --registry docker.io=dockerhub --username robot", "go together")]
    [InlineData("node render --runtime crio --mirror https://m:1 --registry docker.io=dockerhub --runtime-version new", "--runtime-version must be")]
    public async Task Wrong_usage_is_2_and_says_what_to_do(string line, string words)
    {
        var result = await RoadsteadCli.Run(line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal((2, ""), (result.ExitCode, result.Output));
        Assert.Contains(words, result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_cannot_be_rendered_is_1_with_every_fault_and_nothing_printed()
    {
        var result = await RoadsteadCli.Run("node", "render", "--runtime", "buildkit", "--mirror", "http://mirror:5000", "--registry", "docker.io=Hub", "--mirror-only", "--directory", _folder["tree"]);
        Assert.Equal((1, ""), (result.ExitCode, result.Output));
        Assert.Equal(3, result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.All(new[] { "project Hub", "--insecure", "--mirror-only" }, word => Assert.Contains(word, result.Error, StringComparison.Ordinal));
        Assert.False(Directory.Exists(_folder["tree"]));
    }

    [Fact]
    public async Task Files_come_under_their_paths_and_notes_beside_them()
    {
        var result = (await Render("docker")).OrThrow();
        Assert.StartsWith("# /etc/docker/daemon.json (merge into what stands there)\n{\n", result.Output, StringComparison.Ordinal);
        Assert.Contains("\n\n# /etc/docker/certs.d/quay.io/hosts.toml\nserver = \"https://quay.io\"\n", result.Output, StringComparison.Ordinal);
        Assert.All(result.Error.TrimEnd('\n').Split('\n'), line => Assert.StartsWith("note: ", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task JSON_and_YAML_say_the_same()
    {
        var json = JsonDocument.Parse((await Render("k3s", "--output", "json", "--mirror-only")).OrThrow().Output).RootElement;
        var yaml = new YamlStream();
        var result = (await Render("k3s", "--output", "yaml", "--mirror-only")).OrThrow();
        yaml.Load(new StringReader(result.Output));
        Assert.Equal("", result.Error);
        AssertSame(json, yaml.Documents[0].RootNode);
        Assert.Equal("restart", json.GetProperty("reload").GetString());
        Assert.Equal("/etc/rancher/k3s/config.yaml.d/50-mirror.yaml", json.GetProperty("files")[1].GetProperty("path").GetString());
        Assert.Equal("owned", json.GetProperty("files")[1].GetProperty("placement").GetString());
    }

    [Fact]
    public async Task A_folder_gets_the_tree_with_its_modes_and_twice_is_once()
    {
        await File.WriteAllTextAsync(_folder["password"], $"{Plans.Password}\n", TestContext.Current.CancellationToken);
        string[] words = ["--username", "robot", "--password-file", _folder["password"], "--directory", _folder["tree"]];
        var first = (await Render("crio", words)).OrThrow();
        var auth = _folder["tree/etc/crio/mirror-auth.json"];
        Assert.Contains($"0600  {auth}\n", first.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(Plans.Password, first.Output + first.Error, StringComparison.Ordinal);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(auth));
        Assert.Contains(Plans.Credential.Base64, await File.ReadAllTextAsync(auth, TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Equal((UnixFileMode)0b110_100_100, File.GetUnixFileMode(_folder["tree/etc/containers/registries.conf.d/50-mirror.conf"]));
        Assert.Equal(first.Output, (await Render("crio", words)).OrThrow().Output);
    }

    [Fact]
    public async Task What_stands_in_the_folder_already_is_left_alone()
    {
        Directory.CreateDirectory(_folder["tree/etc/docker"]);
        await File.WriteAllTextAsync(_folder["tree/etc/docker/daemon.json"], "{}", TestContext.Current.CancellationToken);
        var result = await Render("docker", "--directory", _folder["tree"]);
        Assert.Equal((1, ""), (result.ExitCode, result.Output));
        Assert.Contains(_folder["tree/etc/docker/daemon.json"], result.Error, StringComparison.Ordinal);
        Assert.Equal("{}", await File.ReadAllTextAsync(_folder["tree/etc/docker/daemon.json"], TestContext.Current.CancellationToken));
        Assert.False(Directory.Exists(_folder["tree/etc/docker/certs.d"]));
    }

    [Theory]
    [InlineData("--ca")]
    [InlineData("--password-file")]
    public async Task A_file_that_is_not_there_is_named(string option)
    {
        var result = await Render("crio", [option, _folder["nowhere"], .. option == "--ca" ? Array.Empty<string>() : ["--username", "robot"]]);
        Assert.Equal((1, ""), (result.ExitCode, result.Output));
        Assert.Contains($"roadstead: {option}: ", result.Error, StringComparison.Ordinal);
        Assert.Contains(_folder["nowhere"], result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_argument_that_begins_with_an_at_sign_names_no_file()
    {
        await File.WriteAllTextAsync(_folder["more"], "--mirror-only", TestContext.Current.CancellationToken);
        Assert.Equal(2, (await Render("crio", $"@{_folder["more"]}")).ExitCode);
    }

    private static Task<CommandResult> Render(string runtime, params string[] words) => RoadsteadCli.Run(["node", "render", "--runtime", runtime, .. Mirror, .. words]);

    private static void AssertSame(JsonElement json, YamlNode yaml)
    {
        switch (json.ValueKind)
        {
            case JsonValueKind.Object:
                var members = json.EnumerateObject().ToList();
                Assert.Equal(members.Select(member => member.Name), ((YamlMappingNode)yaml).Children.Keys.Select(key => key.ToString()));
                members.ForEach(member => AssertSame(member.Value, yaml[member.Name]));
                break;
            case JsonValueKind.Array:
                Assert.Equal(json.GetArrayLength(), ((YamlSequenceNode)yaml).Children.Count);
                json.EnumerateArray().Zip(((YamlSequenceNode)yaml).Children).ToList().ForEach(pair => AssertSame(pair.First, pair.Second));
                break;
            default:
                Assert.Equal(json.GetString(), ((YamlScalarNode)yaml).Value);
                break;
        }
    }
}
