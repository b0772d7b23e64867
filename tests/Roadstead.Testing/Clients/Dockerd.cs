using Roadstead.Testing.Processes;

namespace Roadstead.Testing.Clients;

/// <summary>
/// Debian's dockerd with data and socket of its own, without networks for containers. It keeps a key under /etc/docker and
/// sockets under /run whatever it is told, so it runs in a mount namespace where these are its own.
/// </summary>
public sealed class Dockerd : IAsyncDisposable
{
    private const string Enter = """
        set -e
        mount --bind "$ROADSTEAD_ETC" /etc/docker
        mount -t tmpfs tmpfs /run
        exec "$@"
        """;

    private readonly TemporaryFolder folder = new("dockerd");
    private readonly string etc;
    private ChildProcess? process;
    private int reloads;
    private string? proxy;

    private Dockerd(string? etc) => this.etc = etc ?? folder.Subfolder("etc");

    /// <summary>Lines of its log as they come.</summary>
    public Journal<string> Log => process!.Log;

    private string Socket => $"unix://{folder["socket"]}";

    /// <param name="mirror">
    /// Of Docker Hub, without a path. Over HTTPS its certificate is not looked at: dockerd takes all of 127.0.0.0/8 for
    /// insecure, and cannot be told not to.
    /// </param>
    public static Task<Dockerd> Start(Uri mirror) => Start($$"""{"registry-mirrors": ["{{mirror.ToString().TrimEnd('/')}}"]}""");

    /// <param name="daemonJson">Its <c>/etc/docker/daemon.json</c>.</param>
    /// <param name="proxy">Through which it reaches all but this machine; null: none.</param>
    public static async Task<Dockerd> Start(string daemonJson, string? proxy = null)
    {
        var dockerd = new Dockerd(etc: null) { proxy = proxy };
        await File.WriteAllTextAsync(Path.Combine(dockerd.etc, "daemon.json"), daemonJson);
        return await Start(dockerd);
    }

    /// <param name="etc">The folder that it finds as <c>/etc/docker</c>; it keeps a key there.</param>
    public static Task<Dockerd> StartWith(string etc) => Start(new Dockerd(etc));

    /// <summary>Its log says that it took its configuration up, once more than at the last call.</summary>
    public Task Reloaded() => Log.WaitFor(line => line.Contains("Reloaded configuration", StringComparison.Ordinal), ++reloads);

    private static async Task<Dockerd> Start(Dockerd dockerd)
    {
        try
        {
            await dockerd.Run();
            return dockerd;
        }
        catch
        {
            await dockerd.DisposeAsync();
            throw;
        }
    }

    /// <summary>Where its daemon.json is.</summary>
    public string DaemonJson => folder["etc/daemon.json"];

    public Task<CommandResult> Pull(string image) => Docker("pull", image);

    /// <summary>Runs a script that finds this daemon and its /etc/docker.</summary>
    public Task<CommandResult> Type(string script)
    {
        var variables = Variables();
        variables["DOCKER_HOST"] = Socket;
        return Command.Run("unshare", ["--mount", "--", "sh", "-c", "set -e; mount --bind \"$ROADSTEAD_ETC\" /etc/docker; exec \"$@\"", "sh", "bash", "-euo", "pipefail", "-c", script], variables, folder.Path);
    }

    /// <summary>SIGTERM, and the end.</summary>
    public async Task Stop() => await process!.Stop();

    /// <summary>The names of all images that it holds.</summary>
    public async Task<string> Images() => (await Docker("images", "--quiet")).OrThrow().Output;

    /// <summary>The names with digests that an image was pulled by, as <c>busybox@sha256:…</c>.</summary>
    public async Task<string> Digests(string image) => (await Docker("image", "inspect", "--format", "{{json .RepoDigests}}", image)).OrThrow().Output;

    /// <summary>Removes every image, so that the next pull asks for all of it.</summary>
    public async Task RemoveImages()
    {
        (await Docker("image", "prune", "--all", "--force")).OrThrow();
        // Manifests are kept by dockerd's own containerd, for as long as it likes.
        var manifests = (await Ctr("content", "ls", "--quiet")).OrThrow().Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        (await Ctr(["content", "rm", .. manifests])).OrThrow();
    }

    public async ValueTask DisposeAsync()
    {
        if (process is not null)
        {
            // Told to stop it waits for its own containerd, which could else still write when the folder goes.
            await process.Stop();
            await process.DisposeAsync();
        }

        folder.Dispose();
    }

    private Task<CommandResult> Docker(params string[] arguments) =>
        Command.Run("docker", ["--host", Socket, .. arguments], Variables(), folder.Path);

    private Task<CommandResult> Ctr(params string[] arguments) =>
        Command.Run("ctr", ["--address", folder["exec/containerd/containerd.sock"], "--namespace", "moby", .. arguments], workingFolder: folder.Path);

    private async Task Run()
    {
        string[] options =
        [
            "--data-root", folder["data"],
            "--exec-root", folder["exec"],
            "--pidfile", folder["pid"],
            "--host", Socket,
            "--storage-driver", "vfs",
            "--bridge", "none",
            "--iptables=false",
            "--ip-forward=false",
        ];
        process = await ChildProcess.Start("unshare", ["--mount", "--", "sh", "-c", Enter, "sh", "dockerd", .. options], Variables(), folder.Path);
        await process.Log.WaitFor(line => line.Contains("API listen on", StringComparison.Ordinal), timeout: TimeSpan.FromMinutes(1));
    }

    private Dictionary<string, string?> Variables() => new()
    {
        ["ROADSTEAD_ETC"] = etc,
        ["DOCKER_CONFIG"] = folder.Subfolder("client"),
        ["DOCKER_TMPDIR"] = null,
        ["DOCKER_CONTEXT"] = null,
        ["DOCKER_HOST"] = null,
        ["HTTP_PROXY"] = null,
        ["http_proxy"] = null,
        ["HTTPS_PROXY"] = proxy,
        ["https_proxy"] = null,
    };
}
