using System.Text.RegularExpressions;
using Roadstead.Testing;
using Roadstead.Testing.Cli;
using Roadstead.Testing.Clients;
using Roadstead.Testing.Clusters;
using Roadstead.Testing.Images;
using Roadstead.Testing.Processes;
using Roadstead.Testing.Registries;
using Roadstead.Testing.Server;

namespace Roadstead.E2E.Documentation;

/// <summary>Runs every command of README.md, in its order, as a new user would.</summary>
public partial class ReadmeTests
{
    [Fact]
    public async Task Every_command_does_what_it_says()
    {
        var commands = Readme.Blocks("sh");
        var images = await ImageSet.Get();
        await using var hub = await DockerRegistry.Start();
        await images.Plain.PushTo(hub, "library/alpine", "3.22");

        using var port = LoopbackPort.Claim();
        using var folder = new TemporaryFolder("readme");
        await using var serve = await Start(commands, "./dev serve", new()
        {
            ["ROADSTEAD_LISTEN"] = $"http://{port.Authority}",
            ["ROADSTEAD_STORAGE__PATH"] = folder["data"],
            ["ROADSTEAD_ENDPOINTS__0__NAME"] = "hub",
            ["ROADSTEAD_ENDPOINTS__0__REGISTRY"] = "docker.io",
            ["ROADSTEAD_ENDPOINTS__0__URL"] = hub.Address.ToString().TrimEnd('/'),
            ["ROADSTEAD_ENDPOINTS__0__ALLOWPRIVATEADDRESSES"] = "true",
            ["ROADSTEAD_PROJECTS__0__NAME"] = "dockerhub",
            ["ROADSTEAD_PROJECTS__0__ENDPOINT"] = "hub",
        });
        // It may have to build first.
        await serve.Log.WaitFor(line => line.Contains("listening on", StringComparison.Ordinal), timeout: TimeSpan.FromMinutes(15));

        using var shell = new Shell();
        await using var node = new NodeMachine();
        await node.StartContainerd();
        await using var cluster = await StartCluster(folder);
        var exports = $"export KUBECONFIG={folder["kubeconfig"]}\n";
        foreach (var command in commands)
        {
            if (command is "./dev serve" or "./dev test" or "./dev publish")
            {
                // The first runs above; the second runs this test; the third has a test of its own.
                continue;
            }

            if (command.StartsWith("./dev serve --config", StringComparison.Ordinal))
            {
                await CheckConfiguration(command);
                continue;
            }

            var script = RoadsteadCli.ShellFunction + (exports + command).Replace("127.0.0.1:5000", port.Authority, StringComparison.Ordinal).Replace("data/node-token", folder["data/node-token"], StringComparison.Ordinal)
                .Replace("data/admin-password", folder["data/admin-password"], StringComparison.Ordinal)
                .Replace("mirror.yaml", folder["mirror.yaml"], StringComparison.Ordinal);
            var result = (await (OfNode().IsMatch(command) ? node.Type(script) : shell.Type(script))).OrThrow();
            // A terminal keeps them.
            exports += string.Concat(command.Split('\n').Where(line => line.StartsWith("export ", StringComparison.Ordinal)).Select(line => line + "\n"));
            if (command.StartsWith("curl -sI", StringComparison.Ordinal))
            {
                Assert.Contains("X-Roadstead-Cache: hit", result.Output, StringComparison.OrdinalIgnoreCase);
            }
            else if (command.StartsWith("curl -s -u", StringComparison.Ordinal))
            {
                Assert.Equal(2, result.Output.Split("\"source\":\"database\"").Length - 1);
            }
            else if (command.StartsWith("export ROADSTEAD_SERVER", StringComparison.Ordinal))
            {
                Assert.Matches("registry +registry.gitlab.com\n[\\s\\S]*quota +200GiB\n", result.Output);
            }
            else if (command.StartsWith("roadstead image list --server", StringComparison.Ordinal))
            {
                Assert.Matches("\ndockerhub/library/alpine +3.22 .* -\n", result.Output);
            }
            else if (command.StartsWith("roadstead image list", StringComparison.Ordinal))
            {
                Assert.Matches("\ntags +3.22\n[\\s\\S]*pinned +yes\n", result.Output);
            }
            else if (command.StartsWith("roadstead image fetch", StringComparison.Ordinal))
            {
                Assert.Matches("\ndocker.io/library/alpine:3.22 +held ", result.Output);
            }
            else if (command.StartsWith("roadstead inventory", StringComparison.Ordinal))
            {
                // By the API, and by what kubectl prints.
                Assert.Equal(2, InUse().Count(result.Output));
            }
            else if (command.StartsWith("roadstead adopt", StringComparison.Ordinal))
            {
                Assert.Matches("1 of 1 images could be pulled right now [\\s\\S]*1 of 1 images were pulled whole", result.Output);
            }
            else if (command.StartsWith("roadstead image export", StringComparison.Ordinal))
            {
                Assert.Matches("\ndocker.io/library/alpine:3.22 +exported [\\s\\S]*\ndocker.io/library/alpine:3.22 +present, pinned ", result.Output);
            }
            else if (command.StartsWith("roadstead export", StringComparison.Ordinal))
            {
                // The file says what there is already.
                Assert.Matches("^[0-9]+ unchanged. This is a dry run: nothing was changed.\n[0-9]+ unchanged.\n$", result.Output);
            }
            else if (command.StartsWith("roadstead cache status", StringComparison.Ordinal))
            {
                Assert.Matches("^held +[1-9]", result.Output);
            }
            else if (command.StartsWith("roadstead node render", StringComparison.Ordinal))
            {
                Assert.Contains($"location = \"{port.Authority}/dockerhub\"\n", result.Output, StringComparison.Ordinal);
            }
            else if (command == "roadstead node verify")
            {
                Assert.Matches("podman +docker.io +[\\s\\S]*containerd +docker.io ", result.Output);
            }
            else if (command.StartsWith("curl", StringComparison.Ordinal))
            {
                Assert.Matches("ready|roadstead_requests_total", result.Output);
            }
        }

        Assert.Contains(serve.Log.Items, line => line.Contains("repository=library/alpine reference=3.22 outcome=miss", StringComparison.Ordinal));
        Assert.Contains(serve.Log.Items, line => line.Contains("repository=library/alpine reference=3.22 outcome=hit", StringComparison.Ordinal));
        Assert.Equal(0, await serve.Stop());
    }

    [Fact]
    public async Task The_published_file_runs_by_itself()
    {
        Assert.Contains("./dev publish", Readme.Blocks("sh"));
        (await Command.Run("./dev", ["publish"], workingFolder: Readme.Root, timeout: TimeSpan.FromMinutes(10))).OrThrow();
        using var folder = new TemporaryFolder("published");
        var program = folder["roadstead-server"];
        File.Copy(Path.Combine(Readme.Root, "dist", "roadstead-server"), program);
        var nowhere = new Dictionary<string, string?> { ["DOTNET_ROOT"] = folder["none"], ["PATH"] = "/usr/bin:/bin", ["ROADSTEAD_STORAGE__PATH"] = folder["data"] };
        var check = (await Command.Run(program, ["--check"], nowhere, folder.Path)).OrThrow();
        Assert.Contains("valid", check.Output, StringComparison.Ordinal);
        nowhere["ROADSTEAD_LISTEN"] = "http://127.0.0.1:0";
        await using var server = await ChildProcess.Start(program, [], nowhere, folder.Path);
        await server.Log.WaitFor(line => line.Contains("listening on", StringComparison.Ordinal));
        var tool = folder["roadstead"];
        File.Copy(Path.Combine(Readme.Root, "dist", "roadstead"), tool);
        var address = ListeningOn().Match(server.Log.Items.First(line => ListeningOn().IsMatch(line))).Value;
        var rendered = (await Command.Run(tool, ["node", "render", "--runtime", "crio", "--server", address, "--insecure"], nowhere, folder.Path)).OrThrow();
        Assert.Contains("prefix = \"docker.io\"", rendered.Output, StringComparison.Ordinal);
        Assert.Equal(0, await server.Stop());
    }

    [Fact]
    public async Task The_drop_in_for_nodes_is_one_that_podman_takes()
    {
        var images = await ImageSet.Get();
        await using var hub = await DockerRegistry.Start();
        await images.Plain.PushTo(hub, "library/plain", "1");
        await using var server = await TestServer.Start(config => config
            .AddEndpoint("docker-hub", "docker.io", hub.Address, ("allowPrivateAddresses", true)).AddProject("dockerhub", "docker-hub"));
        using var podman = new Podman();
        var dropIn = Readme.Block("toml", "prefix = \"docker.io\"").Replace("mirror.example:5000", server.Authority, StringComparison.Ordinal);
        await File.WriteAllTextAsync(podman.RegistriesConf, dropIn, TestContext.Current.CancellationToken);
        (await podman.Pull("docker.io/library/plain:1")).OrThrow();
        Assert.Contains(server.Log.Items, line => line.Contains("repository=library/plain", StringComparison.Ordinal));
    }

    private static async Task<KubernetesStub> StartCluster(TemporaryFolder folder)
    {
        var cluster = await KubernetesStub.Start();
        cluster.Put(Manifests.Workload("Deployment", "prod", "web", "alpine:3.22"));
        await File.WriteAllTextAsync(folder["kubeconfig"], cluster.Kubeconfig());
        return cluster;
    }

    private static async Task CheckConfiguration(string command)
    {
        using var folder = new TemporaryFolder("check");
        var yaml = Readme.Block("yaml", "endpoints:")
            .Replace("/var/lib/roadstead", folder["data"], StringComparison.Ordinal)
            .Replace("tls: {certificate: /etc/roadstead/mirror.crt, key: /etc/roadstead/mirror.key}", "tls: auto", StringComparison.Ordinal)
            .Replace("    caCertificate: /etc/roadstead/harbor-ca.crt\n", "", StringComparison.Ordinal)
            .Replace("/etc/roadstead/docker-hub.password", folder["docker-hub.password"], StringComparison.Ordinal);
        await File.WriteAllTextAsync(folder["docker-hub.password"], "secret");
        (await Command.Run("chmod", ["0400", folder["docker-hub.password"]])).OrThrow();
        await File.WriteAllTextAsync(folder["roadstead.yaml"], yaml);
        var good = await Command.Run("bash", ["-c", command.Replace("./dev", $"{Readme.Root}/dev", StringComparison.Ordinal)], workingFolder: folder.Path, timeout: TimeSpan.FromMinutes(15));
        Assert.True(good.Succeeded, good.ToString());
        File.Delete(folder["docker-hub.password"]);
        var bad = await Command.Run("bash", ["-c", command.Replace("./dev", $"{Readme.Root}/dev", StringComparison.Ordinal)], workingFolder: folder.Path, timeout: TimeSpan.FromMinutes(15));
        Assert.Equal(1, bad.ExitCode);
        Assert.Contains("endpoints[0].passwordFile", bad.Output, StringComparison.Ordinal);
    }

    private static Task<ChildProcess> Start(IReadOnlyList<string> commands, string command, Dictionary<string, string?> environment)
    {
        Assert.Contains(command, commands);
        return ChildProcess.Start("bash", ["-c", $"exec {command}"], environment, Readme.Root);
    }

    [GeneratedRegex("\ndocker.io/library/alpine:3.22 +1 +dockerhub +prod/Deployment/web\n")]
    private static partial Regex InUse();

    [GeneratedRegex("^roadstead node (?:install|verify|uninstall)")]
    private static partial Regex OfNode();

    [GeneratedRegex(@"http://127\.0\.0\.1:\d+")]
    private static partial Regex ListeningOn();
}
