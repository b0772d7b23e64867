using Roadstead.Testing.Processes;

namespace Roadstead.Testing.Clients;

/// <summary>
/// Debian's containerd with its CRI plug-in, as the runtime of a node whose files lie below a folder: its /etc/containerd is there, and its socket. It runs in a mount
/// namespace where it finds that folder as its own.
/// </summary>
public sealed class ContainerdNode : IAsyncDisposable
{
    /// <summary>As the node has it.</summary>
    public const string Socket = "/run/containerd/containerd.sock";

    private const string Enter = """
        if [ ! -d /etc/containerd ]; then mount -t tmpfs tmpfs /etc; mkdir /etc/containerd; fi
        mount --bind "$1/etc/containerd" /etc/containerd
        shift
        exec "$@"
        """;

    private readonly TemporaryFolder folder = new("node");
    private readonly bool cri;
    private ChildProcess? process;

    /// <param name="cri">False leaves the plug-in out.</param>
    public ContainerdNode(bool cri = true)
    {
        this.cri = cri;
        folder.Subfolder("etc/containerd");
        folder.Subfolder("run/containerd");
    }

    /// <summary>The folder that is <c>/</c> on the node.</summary>
    public string Root => folder.Path;

    public string ConfigToml => folder["etc/containerd/config.toml"];

    public string CertsD => folder["etc/containerd/certs.d"];

    /// <summary>Path of something on the node.</summary>
    public string this[string path] => folder[path.TrimStart('/')];

    /// <param name="configPath">What config.toml names; null: nothing.</param>
    /// <param name="sandboxImage">Of which the sandboxes of pods are; null: one that this machine cannot get.</param>
    public void WriteConfig(string? configPath = "/etc/containerd/certs.d", string? sandboxImage = null) => File.WriteAllText(ConfigToml, $"""
        version = 2
        root = "{folder["data"]}"
        state = "{folder["state"]}"
        temp = "{folder.Subfolder("tmp")}"
        disabled_plugins = [
          {(cri ? "" : "\"io.containerd.grpc.v1.cri\",")}
          "io.containerd.internal.v1.opt",
          "io.containerd.snapshotter.v1.aufs",
          "io.containerd.snapshotter.v1.btrfs",
          "io.containerd.snapshotter.v1.devmapper",
          "io.containerd.snapshotter.v1.zfs",
        ]
        [grpc]
          address = "{folder["run/containerd/containerd.sock"]}"
        [ttrpc]
          address = "{folder["run/containerd/containerd.sock.ttrpc"]}"
        [plugins."io.containerd.grpc.v1.cri"]
          restrict_oom_score_adj = true
        {(sandboxImage is null ? "" : $"  sandbox_image = \"{sandboxImage}\"")}
        [plugins."io.containerd.grpc.v1.cri".containerd]
          snapshotter = "native"
        [plugins."io.containerd.grpc.v1.cri".registry]
        {(configPath is null ? "" : $"  config_path = \"{configPath}\"")}

        """);

    public async Task Start()
    {
        if (!File.Exists(ConfigToml))
        {
            WriteConfig();
        }

        process = await ChildProcess.Start("unshare", ["--mount", "--", "sh", "-ec", Enter, "sh", folder.Path, "containerd", "--config", ConfigToml], Variables(), folder.Path);
        await process.Log.WaitFor(line => line.Contains("containerd successfully booted", StringComparison.Ordinal));
    }

    public async Task Stop() => await process!.Stop();

    /// <summary>Everything that containerd holds: images of all namespaces, and content.</summary>
    public async Task<string> Held()
    {
        var held = "";
        foreach (var name in (await Ctr("namespaces", "ls", "--quiet")).OrThrow().Output.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            // The CRI plug-in makes a namespace at its first pull, whatever comes of it.
            var own = (await Ctr("--namespace", name, "images", "ls", "--quiet")).OrThrow().Output + (await Ctr("--namespace", name, "content", "ls", "--quiet")).OrThrow().Output;
            held += own.Length > 0 ? $"{name}: {own}" : "";
        }

        return held;
    }

    /// <summary>Runs a script where the node's files are in their places.</summary>
    public Task<CommandResult> Type(string script) =>
        Command.Run("unshare", ["--mount", "--", "sh", "-ec", Enter, "sh", folder.Path, "bash", "-euo", "pipefail", "-c", script], Variables(), folder.Path);

    public async ValueTask DisposeAsync()
    {
        if (process is not null)
        {
            await process.DisposeAsync();
        }

        folder.Dispose();
    }

    private Task<CommandResult> Ctr(params string[] arguments) => Command.Run("ctr", ["--address", folder["run/containerd/containerd.sock"], .. arguments], workingFolder: folder.Path);

    private static Dictionary<string, string?> Variables() => new()
    {
        ["HTTP_PROXY"] = null,
        ["http_proxy"] = null,
        ["HTTPS_PROXY"] = null,
        ["https_proxy"] = null,
    };
}
