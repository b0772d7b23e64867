using Roadstead.Api;
using Roadstead.Cli.NodeConfig;
using Roadstead.Cli.NodeInstall;
using Roadstead.Cli.NodeUse;
using Roadstead.Cli.NodeVerify.Cri;
using Roadstead.Testing;

namespace Roadstead.Cli.Tests.NodeUse;

/// <summary>What the containers of all runtimes of a node use, and what is told while one of them does not answer.</summary>
public sealed class UseSurveyTests : IDisposable
{
    // https://grpc.io/docs/guides/status-codes/
    private const int Unimplemented = 12;
    private const int Internal = 13;

    private static readonly string Id = $"sha256:{new string('a', 64)}";
    private static readonly string First = $"sha256:{new string('1', 64)}";

    private readonly TemporaryFolder _root = new("use");
    private readonly UseSurvey _survey;

    public UseSurveyTests() => _survey = new UseSurvey(new NodeFiles(_root.Path));

    public void Dispose() => _root.Dispose();

    [Fact]
    public async Task A_kubelet_s_specifications_count_where_the_runtime_keeps_them()
    {
        await using var containerd = await Start("containerd");
        containerd.Images.Add(new Image { Id = Id, RepoTags = { "docker.io/library/nginx:1", "docker.io/library/nginx:latest" }, RepoDigests = { $"docker.io/library/nginx@{First}" } });

        // As a kubelet of 1.28 and later has it, one of before, and one that asked for a name.
        containerd.Containers.Add(new Container { Image = new ImageSpec { Image = Id, UserSpecifiedImage = "nginx:1" }, ImageRef = Id });
        containerd.Containers.Add(new Container { Image = new ImageSpec { Image = Id }, ImageRef = Id });
        containerd.Containers.Add(new Container { Image = new ImageSpec { Image = "nginx:1" }, ImageRef = $"docker.io/library/nginx@{First}", ImageId = Id });
        containerd.Containers.Add(new Container());
        var used = await Look("containerd");
        Assert.Equal([("nginx:1", 2), ($"docker.io/library/nginx@{First}", 1)], used!.Select(image => (image.Image, image.Uses)));
        Assert.Equal([First], used![0].Digests);
        Assert.Equal(["/runtime.v1.RuntimeService/ListContainers", "/runtime.v1.ImageService/ListImages"], containerd.Calls);
    }

    [Fact]
    public async Task A_runtime_that_does_not_run_costs_nothing_beside_one_that_does()
    {
        Assert.Null(await Look("containerd"));
        await using var crio = await Start("crio");
        crio.Containers.Add(new Container { Image = new ImageSpec { Image = "quay.io/a/b:1" } });
        Assert.Equal(["quay.io/a/b:1"], (await Look("crio", "containerd"))!.Select(image => image.Image));

        // There, but off; and a socket at which nobody is.
        await using var containerd = await Start("containerd");
        containerd.Status = Unimplemented;
        Assert.Equal(["quay.io/a/b:1"], (await Look("crio", "containerd"))!.Select(image => image.Image));
        _root.Subfolder("run/k3s/containerd");
        await File.WriteAllTextAsync(_root["run/k3s/containerd/containerd.sock"], "", TestContext.Current.CancellationToken);
        Assert.Single((await Look("crio", "k3s"))!);
        Assert.Null(await Look("k3s"));
    }

    [Fact]
    public async Task One_that_does_not_tell_is_not_taken_to_use_nothing()
    {
        await using var crio = await Start("crio");
        await using var containerd = await Start("containerd");
        crio.Containers.Add(new Container { Image = new ImageSpec { Image = "quay.io/a/b:1" } });
        containerd.Containers.Add(new Container { Image = new ImageSpec { Image = "quay.io/c/d:1" } });
        containerd.Status = Internal;
        Assert.Null(await Look("crio", "containerd"));
        containerd.Status = 0;
        Assert.Equal(2, (await Look("crio", "containerd"))!.Count);

        // What it told last holds, with what the others tell now.
        containerd.Status = Internal;
        crio.Containers.Add(crio.Containers[0]);
        Assert.Equal([("quay.io/a/b:1", 2), ("quay.io/c/d:1", 1)], (await Look("crio", "containerd"))!.Select(image => (image.Image, image.Uses)));
        crio.Status = Internal;
        Assert.Null(await Look("crio", "containerd"));
    }

    [Fact]
    public async Task A_node_that_uses_nothing_says_so()
    {
        await using var containerd = await Start("containerd");
        Assert.Empty((await Look("containerd"))!);
    }

    [Fact]
    public async Task More_than_a_report_takes_are_cut_to_the_most_used()
    {
        await using var containerd = await Start("containerd");
        containerd.Containers.AddRange(Enumerable.Range(0, NodeReport.MostImages + 5).Select(i => new Container { Image = new ImageSpec { Image = $"a:{i}" } }));
        containerd.Containers.Add(containerd.Containers[^1]);
        var used = (await Look("containerd"))!;
        Assert.Equal((NodeReport.MostImages, 2), (used.Count, used[0].Uses));
    }

    private Task<CriStub> Start(string runtime) => CriStub.Start(_root[CriSockets.Of(runtime)[0].TrimStart('/')]);

    private Task<IReadOnlyList<UsedImage>?> Look(params string[] runtimes) =>
        _survey.Look([.. runtimes.Select(name => new DetectedRuntime(Runtimes.Named(name)!, null, "a test"))], TestContext.Current.CancellationToken);
}
