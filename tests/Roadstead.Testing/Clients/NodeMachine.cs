using Roadstead.Testing.Processes;

namespace Roadstead.Testing.Clients;

/// <summary>
/// A node that has podman and containerd with its CRI plug-in. Its files lie below a folder, and commands find them in their places, in a mount namespace of their own:
/// this machine's stay as they are.
/// </summary>
public sealed class NodeMachine : IAsyncDisposable
{
    // Debian's dockerd is not this node's.
    private const string Enter = """
        node=$1
        shift
        for place in etc/containers etc/containerd var/lib var/cache run root; do
          mount --bind "$node/$place" /$place
        done
        mount -t tmpfs tmpfs /usr/sbin
        exec "$@"
        """;

    private readonly TemporaryFolder folder = new("node");
    private ChildProcess? containerd;

    public NodeMachine()
    {
        foreach (var place in new[] { "etc/containers/registries.conf.d", "etc/containerd", "var/lib", "var/cache", "run/containerd", "root" })
        {
            folder.Subfolder(place);
        }

        File.WriteAllText(folder["etc/containers/policy.json"], """{"default":[{"type":"insecureAcceptAnything"}]}""");
        File.WriteAllText(folder["etc/containers/registries.conf"], "# The node's own.\nunqualified-search-registries = [\"docker.io\"]\n");
        File.WriteAllText(folder["etc/containers/storage.conf"], "[storage]\ndriver = \"vfs\"\ngraphroot = \"/var/lib/containers/storage\"\nrunroot = \"/run/containers/storage\"\n");
        File.WriteAllText(folder["etc/containers/containers.conf"], "[engine]\nlock_type = \"file\"\nevents_logger = \"none\"\ncgroup_manager = \"cgroupfs\"\ntmp_dir = \"/run/libpod\"\n");
        WriteContainerdConfig("\"/etc/containerd/certs.d\"");
    }

    /// <summary>Path of something on the node.</summary>
    public string this[string path] => folder[path.TrimStart('/')];

    /// <param name="configPath">What config.toml says of it, in TOML.</param>
    public void WriteContainerdConfig(string configPath) => File.WriteAllText(folder["etc/containerd/config.toml"], $"""
        version = 2
        # The node's own.
        disabled_plugins = ["io.containerd.internal.v1.opt", "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs"]

        [plugins."io.containerd.grpc.v1.cri".containerd]
          snapshotter = "native"
        [plugins."io.containerd.grpc.v1.cri".registry]
          config_path = {configPath}

        """);

    public async Task StartContainerd()
    {
        containerd = await ChildProcess.Start("unshare", ["--mount", "--", "sh", "-ec", Enter, "sh", folder.Path, "containerd"], Variables(), folder.Path);
        await containerd.Log.WaitFor(line => line.Contains("containerd successfully booted", StringComparison.Ordinal));
    }

    public async Task StopContainerd()
    {
        await containerd!.DisposeAsync();
        containerd = null;
    }

    /// <summary>Runs a script on the node.</summary>
    public Task<CommandResult> Type(string script) => Command.Run("unshare", ["--mount", "--", "sh", "-ec", Enter, "sh", folder.Path, "bash", "-c", script], Variables(), folder.Path, TimeSpan.FromMinutes(2));

    /// <summary>Starts a program on the node that goes on.</summary>
    public Task<ChildProcess> Start(string script) => ChildProcess.Start("unshare", ["--mount", "--", "sh", "-ec", Enter, "sh", folder.Path, "bash", "-c", script], Variables(), folder.Path);

    /// <summary>All that is configured, and what was put beside it.</summary>
    public async Task<string> Tree() => await FileTree.Of(folder["etc"]) + (Directory.Exists(folder["var/lib/roadstead"]) ? await FileTree.Of(folder["var/lib/roadstead"]) : "");

    public async ValueTask DisposeAsync()
    {
        if (containerd is not null)
        {
            await containerd.DisposeAsync();
        }

        folder.Dispose();
    }

    private static Dictionary<string, string?> Variables() => Server.BuiltProgram.EnvironmentWith(new Dictionary<string, string?>
    {
        ["HOME"] = "/root",
        ["XDG_RUNTIME_DIR"] = "/run",
        ["REGISTRY_AUTH_FILE"] = null,
        ["CONTAINERS_REGISTRIES_CONF"] = null,
        ["HTTP_PROXY"] = null,
        ["http_proxy"] = null,
        ["HTTPS_PROXY"] = null,
        ["https_proxy"] = null,
    });
}
