using System.Globalization;
using System.Text.RegularExpressions;
using Roadstead.Testing.Processes;

namespace Roadstead.Testing.Server;

/// <summary>The real server as a process of its own, with its own configuration, storage and port.</summary>
public sealed partial class TestServer : IAsyncDisposable
{
    private readonly TemporaryFolder folder = new("server");
    private readonly LoopbackPort port = LoopbackPort.Claim();
    private readonly ServerConfig config = new();
    private ChildProcess? process;

    private TestServer(Action<ServerConfig>? configure)
    {
        configure?.Invoke(config);
        Client = LoopbackClient.For(port.Address);
    }

    /// <summary>The same for the whole life of this object, whether the server runs or not.</summary>
    public Uri Address => port.Address;

    /// <summary><c>127.0.0.1:port</c>, as image references and mirror locations have it.</summary>
    public string Authority => port.Authority;

    /// <summary>Neither follows redirects nor decompresses; its base address is <see cref="Address"/>.</summary>
    public HttpClient Client { get; }

    public string StoragePath => folder["storage"];

    /// <summary>Lines of stdout and stderr of every run.</summary>
    public Journal<string> Log { get; } = new("log of the server");

    public int ProcessId => Running.Id;

    /// <summary>The exit code of the run that is under way or was the last.</summary>
    public Task<int> Exited => Running.Exited;

    private ChildProcess Running => process ?? throw new InvalidOperationException("The server was never started.");

    /// <summary>Starts a server and waits until it serves; fails with its whole log if it ends, or 20 s pass, before that.</summary>
    public static async Task<TestServer> Start(Action<ServerConfig>? configure = null)
    {
        var server = new TestServer(configure);
        try
        {
            await server.StartAgain();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs the program to its end, as for <c>--check</c> or a start that must fail.</summary>
    public static async Task<CommandResult> RunToExit(Action<ServerConfig> configure, params string[] arguments)
    {
        await using var server = new TestServer(configure);
        var (program, words) = ServerProgram.Command(["--config", server.WriteConfig(), .. arguments]);
        return await Command.Run(program, words, BuiltProgram.EnvironmentWith(server.config.Environment), server.folder.Path, TimeSpan.FromSeconds(30));
    }

    /// <summary>Starts the server again, after <see cref="Stop"/> or <see cref="Kill"/>, on its storage and port.</summary>
    /// <param name="change">Changes the configuration first.</param>
    public async Task StartAgain(Action<ServerConfig>? change = null)
    {
        change?.Invoke(config);
        var (program, words) = OnItsDisk(ServerProgram.Command("--config", WriteConfig()));
        process = await ChildProcess.Start(program, words, BuiltProgram.EnvironmentWith(config.Environment), folder.Path, Log);
        var line = await process.Log.WaitFor(line => ListeningLine().IsMatch(line));
        var told = new Uri(ListeningLine().Match(line).Groups[1].Value);
        if (told != Address)
        {
            throw new InvalidOperationException($"The server was told to listen on {Address} and says it does on {told}.");
        }
    }

    /// <summary>Runs a script where the server's file systems are, with its storage folder as <c>$1</c>; needs <see cref="ServerConfig.Disk"/>.</summary>
    public Task<CommandResult> OnDisk(string script) =>
        Command.Run("nsenter", ["--target", ProcessId.ToString(CultureInfo.InvariantCulture), "--mount", "--", "sh", "-ec", script, "sh", StoragePath]);

    /// <summary>SIGTERM, the end, and a start on the same storage and port.</summary>
    public async Task Restart(Action<ServerConfig>? change = null)
    {
        await Stop();
        await StartAgain(change);
    }

    /// <summary>SIGTERM; returns the exit code.</summary>
    public Task<int> Stop() => Running.Stop();

    /// <summary>SIGKILL.</summary>
    public Task Kill() => Running.Kill();

    public Task<string> WaitForLog(Func<string, bool> predicate, int count = 1, TimeSpan? timeout = null) => Log.WaitFor(predicate, count, timeout);

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        if (process is not null)
        {
            await process.DisposeAsync();
        }

        port.Dispose();
        folder.Dispose();
    }

    // Each exec's, so the process keeps its id.
    private (string Program, string[] Arguments) OnItsDisk((string Program, string[] Arguments) server) => config.Disk is null ? server
        : ("unshare", ["--mount", "--", "sh", "-ec", $"mkdir -p \"$1\"\n{config.Disk}\nshift\nexec \"$@\"", "sh", StoragePath, server.Program, .. server.Arguments]);

    private string WriteConfig()
    {
        File.WriteAllText(folder["roadstead.yaml"], config.ToYaml(Address, StoragePath));
        return folder["roadstead.yaml"];
    }

    [GeneratedRegex(@"listening on (http://127\.0\.0\.1:\d+)")]
    private static partial Regex ListeningLine();
}
