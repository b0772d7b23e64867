using Roadstead.Testing.Processes;

namespace Roadstead.Testing.Clients;

/// <summary>
/// A place of its own for one container tool: configuration, storage, temporary files. The tools' own options do not reach
/// everything (skopeo keeps a cache under /var/lib, podman a lock under /var/cache, all read drop-ins under /etc), so they run in a mount namespace where
/// those folders are this place's. That takes root, as the tools' vfs storage does.
/// </summary>
internal sealed class Isolation : IDisposable
{
    private const string Enter = """
        set -e
        if [ -d /etc/containers ]; then mount --bind "$HOME/.config/containers" /etc/containers; fi
        for parent in /var/lib /var/cache; do
          if [ -d $parent/containers ]; then mount --bind "$ROADSTEAD_STATE" $parent/containers
          elif [ "$ROADSTEAD_HIDE_VAR" = yes ]; then mount -t tmpfs tmpfs $parent; fi
        done
        exec "$@"
        """;

    private readonly TemporaryFolder folder = new("client");
    private readonly string configuration;

    public Isolation()
    {
        configuration = folder.Subfolder("home/.config/containers");
        folder.Subfolder("home/.config/containers/registries.conf.d");
        File.WriteAllText(Path.Combine(configuration, "policy.json"), """{"default":[{"type":"insecureAcceptAnything"}]}""");
        UseStorage("vfs", "");
        // Podman keeps its locks in shared memory under a name that all its storages share, and resets them at a first run.
        File.WriteAllText(Path.Combine(configuration, "containers.conf"), $"""
            [engine]
            lock_type = "file"
            events_logger = "none"
            cgroup_manager = "cgroupfs"
            tmp_dir = "{folder.Subfolder("engine")}"
            static_dir = "{folder.Subfolder("static")}"
            volume_path = "{folder.Subfolder("volumes")}"
            image_copy_tmp_dir = "{folder.Subfolder("tmp")}"
            [network]
            network_config_dir = "{folder.Subfolder("networks")}"

            """);
        File.WriteAllText(folder["auth.json"], "{}");
        folder.Subfolder("state");
        folder.Subfolder("run");
        UseMirrors([]);
    }

    public string Root => folder["root"];

    public string RunRoot => folder["runroot"];

    public string RegistriesConf => Path.Combine(configuration, "registries.conf");

    public void UseMirrors(IEnumerable<Mirror> mirrors) => File.WriteAllText(RegistriesConf, Mirror.RegistriesConf(mirrors));

    public void AddConfiguration(string folder)
    {
        foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            var place = Path.Combine(configuration, Path.GetRelativePath(folder, file));
            Directory.CreateDirectory(Path.GetDirectoryName(place)!);
            File.Copy(file, place, overwrite: true);
        }
    }

    /// <param name="options">Further lines of [storage.options].</param>
    public void UseStorage(string driver, string options) => File.WriteAllText(Path.Combine(configuration, "storage.conf"), $"""
        [storage]
        driver = "{driver}"
        graphroot = "{Root}"
        runroot = "{RunRoot}"
        [storage.options]
        {options}

        """);

    public void Trust(string registry, string authority) =>
        File.Copy(authority, Path.Combine(Directory.CreateDirectory(Path.Combine(configuration, "certs.d", registry)).FullName, "ca.crt"), overwrite: true);

    public void Login(string registry, Registries.Credential credential) =>
        File.WriteAllText(folder["auth.json"], $$$"""{"auths": {"{{{registry}}}": {"auth": "{{{credential.Basic["Basic ".Length..]}}}"} } }""");

    public Task<CommandResult> Run(string program, IEnumerable<string> arguments, TimeSpan? timeout = null) =>
        Command.Run("unshare", ["--mount", "--", "sh", "-c", Enter, "sh", program, .. arguments], Variables(), folder.Path, timeout);

    public void WipeStorage()
    {
        foreach (var storage in new[] { Root, RunRoot, folder["engine"], folder["static"], folder["state"] })
        {
            if (Directory.Exists(storage))
            {
                Directory.Delete(storage, recursive: true);
            }
        }

        folder.Subfolder("engine");
        folder.Subfolder("static");
        folder.Subfolder("state");
    }

    public void Dispose() => folder.Dispose();

    private Dictionary<string, string?> Variables() => new()
    {
        ["HOME"] = folder["home"],
        ["XDG_CONFIG_HOME"] = null,
        ["XDG_DATA_HOME"] = null,
        ["XDG_CACHE_HOME"] = null,
        ["XDG_RUNTIME_DIR"] = folder["run"],
        ["TMPDIR"] = folder["tmp"],
        ["REGISTRY_AUTH_FILE"] = folder["auth.json"],
        ["CONTAINERS_REGISTRIES_CONF"] = RegistriesConf,
        ["CONTAINERS_REGISTRIES_CONF_DIR"] = Path.Combine(configuration, "registries.conf.d"),
        ["CONTAINERS_CONF"] = Path.Combine(configuration, "containers.conf"),
        ["CONTAINERS_STORAGE_CONF"] = Path.Combine(configuration, "storage.conf"),
        ["CONTAINER_HOST"] = null,
        ["HTTP_PROXY"] = null,
        ["http_proxy"] = null,
        ["HTTPS_PROXY"] = null,
        ["https_proxy"] = null,
        ["ROADSTEAD_STATE"] = folder["state"],
        // Only if nothing that the tool is given lies there.
        ["ROADSTEAD_HIDE_VAR"] = (folder.Path + AppContext.BaseDirectory).Contains("/var/", StringComparison.Ordinal) ? "no" : "yes",
    };
}
