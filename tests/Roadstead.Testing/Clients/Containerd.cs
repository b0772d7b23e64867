using Roadstead.Testing.Processes;

namespace Roadstead.Testing.Clients;

/// <summary>Debian's containerd with configuration, content and socket of its own, and <c>ctr</c> to pull with.</summary>
public sealed class Containerd : IAsyncDisposable
{
    private const string Enter = """
        if [ ! -d /etc/containerd ]; then mount -t tmpfs tmpfs /etc; mkdir /etc/containerd; fi
        mount --bind "$1" /etc/containerd
        shift
        exec "$@"
        """;

    private readonly TemporaryFolder folder = new("containerd");
    private readonly string? etc;
    private ChildProcess? process;

    private Containerd(string? etc) => this.etc = etc;

    /// <summary>A new one holds nothing, so what it pulls is asked for.</summary>
    public static Task<Containerd> Start(params HostsToml[] hosts) => Start(new Containerd(etc: null), hosts);

    /// <param name="etc">The folder that <c>ctr</c> finds as <c>/etc/containerd</c>, its certs.d with the mirrors.</param>
    public static Task<Containerd> StartWith(string etc) => Start(new Containerd(etc), []);

    /// <summary>One that reads its own configuration there too, as on a node.</summary>
    /// <param name="etc">The folder that it finds as <c>/etc/containerd</c>.</param>
    public static async Task<Containerd> StartIn(string etc)
    {
        var containerd = new Containerd(etc);
        try
        {
            // It makes a folder under /opt whatever it is told.
            string[] options = ["--root", containerd.folder["root"], "--state", containerd.folder["state"], "--address", containerd.folder["socket"]];
            await containerd.Run("unshare", ["--mount", "--", "sh", "-ec", $"mount -t tmpfs tmpfs /opt\n{Enter}", "sh", etc, "containerd", .. options]);
            return containerd;
        }
        catch
        {
            await containerd.DisposeAsync();
            throw;
        }
    }

    private string HostsFolder => etc is null ? folder["hosts"] : "/etc/containerd/certs.d";

    /// <param name="image">In full, as <c>docker.io/library/busybox:1</c>.</param>
    public Task<CommandResult> Pull(string image) =>
        Ctr("images", "pull", "--hosts-dir", HostsFolder, "--snapshotter", "native", image);

    /// <summary>Takes up the images of a tar.</summary>
    public Task<CommandResult> Import(string tar) => Ctr("images", "import", "--no-unpack", tar);

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

    private static async Task<Containerd> Start(Containerd containerd, HostsToml[] hosts)
    {
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

    // Files name each other by their places on a node, so they are put there, in a mount namespace; not every machine has the folder.
    private Task<CommandResult> Ctr(params string[] arguments) => etc is null
        ? Command.Run("ctr", ["--address", folder["socket"], .. arguments], workingFolder: folder.Path)
        : Command.Run("unshare", ["--mount", "--", "sh", "-ec", Enter, "sh", etc, "ctr", "--address", folder["socket"], .. arguments], workingFolder: folder.Path);

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

    // Layers are unpacked through mounts; in a namespace of its own they end with it.
    private Task Run() => Run("unshare", ["--mount", "--", "containerd", "--config", folder["config.toml"]]);

    private async Task Run(string program, IEnumerable<string> words)
    {
        process = await ChildProcess.Start(program, words, workingFolder: folder.Path);
        await process.Log.WaitFor(line => line.Contains("containerd successfully booted", StringComparison.Ordinal));
    }
}
