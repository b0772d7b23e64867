using Roadstead.Testing.Processes;

namespace Roadstead.Testing.Clients;

/// <summary>Debian's containerd with configuration, content and socket of its own, and <c>ctr</c> to pull with.</summary>
public sealed class Containerd : IAsyncDisposable
{
    private readonly TemporaryFolder folder = new("containerd");
    private ChildProcess? process;

    private Containerd()
    {
    }

    /// <summary>A new one holds nothing, so what it pulls is asked for.</summary>
    public static async Task<Containerd> Start(params HostsToml[] hosts)
    {
        var containerd = new Containerd();
        try
        {
            containerd.Write(hosts);
            await containerd.Run();
            return containerd;
        }
        catch
        {
            await containerd.DisposeAsync();
            throw;
        }
    }

    /// <param name="image">In full, as <c>docker.io/library/busybox:1</c>.</param>
    public Task<CommandResult> Pull(string image) =>
        Ctr("images", "pull", "--hosts-dir", folder["hosts"], "--snapshotter", "native", image);

    /// <summary>Digest of the manifest or index that an image's name stands for; null if there is none of that name.</summary>
    public async Task<string?> Digest(string image)
    {
        var listed = (await Ctr("images", "ls", $"name=={image}")).OrThrow().Output;
        return listed.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).FirstOrDefault(word => word.StartsWith("sha256:", StringComparison.Ordinal));
    }

    public async ValueTask DisposeAsync()
    {
        if (process is not null)
        {
            await process.DisposeAsync();
        }

        folder.Dispose();
    }

    private Task<CommandResult> Ctr(params string[] arguments) => Command.Run("ctr", ["--address", folder["socket"], .. arguments], workingFolder: folder.Path);

    private void Write(IEnumerable<HostsToml> hosts)
    {
        var hostsFolder = folder.Subfolder("hosts");
        foreach (var host in hosts)
        {
            host.Write(hostsFolder);
        }

        // What is left out wants network plug-ins, /opt, or file systems that the machine need not have.
        File.WriteAllText(folder["config.toml"], $"""
            version = 2
            root = "{folder["root"]}"
            state = "{folder["state"]}"
            temp = "{folder.Subfolder("tmp")}"
            disabled_plugins = [
              "io.containerd.grpc.v1.cri",
              "io.containerd.internal.v1.opt",
              "io.containerd.snapshotter.v1.aufs",
              "io.containerd.snapshotter.v1.btrfs",
              "io.containerd.snapshotter.v1.devmapper",
              "io.containerd.snapshotter.v1.zfs",
            ]
            [grpc]
              address = "{folder["socket"]}"
            [ttrpc]
              address = "{folder["socket.ttrpc"]}"

            """);
    }

    private async Task Run()
    {
        // Layers are unpacked through mounts; in a namespace of its own they end with it.
        process = await ChildProcess.Start("unshare", ["--mount", "--", "containerd", "--config", folder["config.toml"]], workingFolder: folder.Path);
        await process.Log.WaitFor(line => line.Contains("containerd successfully booted", StringComparison.Ordinal));
    }
}
