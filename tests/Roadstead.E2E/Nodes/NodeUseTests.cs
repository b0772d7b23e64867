using System.Text.Json;
using System.Text.Json.Nodes;
using Roadstead.Testing.Cli;
using Roadstead.Testing.Clients;
using Roadstead.Testing.Images;
using Roadstead.Testing.Processes;

namespace Roadstead.E2E.Nodes;

/// <summary>What containers of real runtimes use is in the reports of <c>roadstead node agent</c>.</summary>
public sealed class NodeUseTests : IAsyncDisposable
{
    private readonly NodeMachine _node = new();

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    [Fact]
    public async Task What_podman_s_containers_are_of_is_reported_while_there_are_any()
    {
        await using var world = await VerifyWorld.Start();
        var image = world.Upstream.AddImage("team/app", "1", LayerForge.Layer(("bin/app", "app\n"u8.ToArray())));
        await _node.StartContainerd();
        var first = await Agent(world, _node.Type);
        Assert.True(first.Succeeded, first.ToString());
        Assert.Empty((await Images(world))!);

        var name = $"{world.Registry}/team/app:1";
        (await _node.Type($"podman pull --quiet {name} && podman create --network none --name one {name} /bin/app && podman create --network none --name two {name} /bin/app")).OrThrow();
        (await _node.Type("tar c -T /dev/null | podman import - localhost/built:1 && podman create --network none --name built localhost/built:1 /bin/app")).OrThrow();
        Assert.True((await Agent(world, _node.Type)).Succeeded);
        var used = Assert.Single((await Images(world))!)!;
        Assert.Equal((name, 2), ((string)used["image"]!, (int)used["uses"]!));
        Assert.Equal([image.Digest], used["digests"]!.AsArray().Select(digest => (string)digest!));

        // Of an image by its id, the name is found.
        (await _node.Type($"podman rm one two built && podman create --network none $(podman images --quiet --no-trunc {name}) /bin/app")).OrThrow();
        Assert.True((await Agent(world, _node.Type)).Succeeded);
        used = Assert.Single((await Images(world))!)!;
        Assert.Equal((name, 1), ((string)used["image"]!, (int)used["uses"]!));
        await world.Server.WaitForLog(line => line.Contains($"fetched for cluster=nodes image={name}", StringComparison.Ordinal) || line.Contains("repository=team/app", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_docker_s_containers_are_of_is_reported_by_what_they_were_made_of()
    {
        await using var world = await VerifyWorld.Start();
        var image = world.Upstream.AddImage("library/app", "1", LayerForge.Layer(("bin/app", "app\n"u8.ToArray())));
        await using var docker = await Dockerd.Start(JsonSerializer.Serialize(new Dictionary<string, string[]> { ["registry-mirrors"] = [world.DockerHub.ToString().TrimEnd('/')] }));
        (await docker.Type("docker pull --quiet app:1 && docker create app:1 /bin/app && docker create docker.io/library/app:1 /bin/app")).OrThrow();
        await Agent(world, docker.Type, "--runtime docker");
        var used = Assert.Single((await Images(world))!)!;
        Assert.Equal(("docker.io/library/app:1", 2), ((string)used["image"]!, (int)used["uses"]!));
        Assert.Equal([image.Digest], used["digests"]!.AsArray().Select(digest => (string)digest!));

        // The name has moved on, and the containers are of the image that it was.
        (await docker.Type("docker tag app:1 quay.io/other/app:2 && docker rmi app:1 && tar c -T /dev/null | docker import - app:1")).OrThrow();
        await Agent(world, docker.Type, "--runtime docker");
        Assert.Equal("quay.io/other/app:2", (string)Assert.Single((await Images(world))!)!["image"]!);
    }

    [Fact]
    public async Task What_a_pod_s_containers_are_of_is_reported_by_containerd_in_whatever_way_a_kubelet_asked_for_them()
    {
        await using var world = await VerifyWorld.Start();
        await using var containerd = new ContainerdNode();
        world.Upstream.AddImage("team/pause", "1", KubeletCalls.PauseLayer);
        var image = world.Upstream.AddImage("team/app", "1", KubeletCalls.PauseLayer, LayerForge.Random(100));
        containerd.WriteConfig(sandboxImage: $"{world.Registry}/team/pause:1");
        await containerd.Start();
        var options = $"--runtime containerd --root '{containerd.Root}'";
        var first = await Agent(world, Shell, options);
        Assert.True(first.Succeeded, first.ToString());
        Assert.Empty((await Images(world))!);

        using var kubelet = new KubeletCalls(containerd[ContainerdNode.Socket]);
        var name = $"{world.Registry}/team/app:1";
        await kubelet.Pull(name);
        var id = await kubelet.Id(name);
        var sandbox = await kubelet.RunSandbox("pod");
        try
        {
            await kubelet.CreateContainer(sandbox, "pod", "by-name", name);
            await kubelet.CreateContainer(sandbox, "pod", "by-id", id, name);
            Assert.True((await Agent(world, Shell, options)).Succeeded);
            var used = Assert.Single((await Images(world))!)!;
            Assert.Equal((name, 2), ((string)used["image"]!, (int)used["uses"]!));
            Assert.Equal([image.Digest], used["digests"]!.AsArray().Select(digest => (string)digest!));

            // This containerd, of before Kubernetes 1.28, kept the id alone, and of two names nobody knows which was meant.
            (await containerd.Type($"ctr --address {containerd[ContainerdNode.Socket]} --namespace k8s.io images tag {name} {world.Registry}/team/app:2")).OrThrow();
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
            patience.CancelAfter(TimeSpan.FromSeconds(60));
            do
            {
                // The plug-in hears of the tag by and by.
                patience.Token.ThrowIfCancellationRequested();
                await Agent(world, Shell, options);
            }
            while ((await Images(world))!.Count < 2);
            Assert.Equal([name, $"{world.Registry}/team/app@{image.Digest}"], (await Images(world))!.Select(one => (string)one!["image"]!));
        }
        finally
        {
            await kubelet.Remove(sandbox);
        }

        Assert.True((await Agent(world, Shell, options)).Succeeded);
        Assert.Empty((await Images(world))!);
    }

    private static Task<CommandResult> Shell(string script) => Command.Run("bash", ["-c", script], timeout: TimeSpan.FromMinutes(1));

    private static Task<CommandResult> Agent(VerifyWorld world, Func<string, Task<CommandResult>> type, string options = "") => type(
        $"{RoadsteadCli.ShellWords} node agent {world.ServerOptions("http")} --token-file '{Path.Combine(world.Server.StoragePath, "node-token")}' --name one --once {options}");

    private static async Task<JsonArray?> Images(VerifyWorld world)
    {
        var list = (await RoadsteadCli.Run(
            "node", "list", "--server", world.Server.Address.ToString(), "--token-file", Path.Combine(world.Server.StoragePath, "node-token"), "--output", "json")).OrThrow().Output;
        var report = JsonNode.Parse(list)!["nodes"]![0]!["report"]!;
        Assert.Matches("^linux/", (string)report["platform"]!);
        return report["images"]?.AsArray();
    }
}
