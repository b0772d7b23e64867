using Roadstead.Bench.Machine;
using Roadstead.Testing;
using Roadstead.Testing.Processes;

namespace Roadstead.Bench.Contestants;

/// <summary>A server that runs as a process of its own, answers the registry's paths and writes an access log.</summary>
internal sealed class Contestant : IAsyncDisposable
{
    // sh appends what the server writes to its log and becomes the server, so the process keeps its id.
    private const string Logged = "exec \"$@\" >> \"$0\" 2>&1";

    private readonly ContestantSetup _setup;
    private readonly LoopbackPort _port;
    private ChildProcess? _process;

    private Contestant(ContestantSetup setup, LoopbackPort port)
    {
        _setup = setup;
        _port = port;
        Log = new AccessLog(setup.Log, setup.LogMark);
        Client = LoopbackClient.For(port.Address);
    }

    public string Name => _setup.Name;

    public Uri Address => _port.Address;

    public string Authority => _port.Authority;

    public AccessLog Log { get; }

    public HttpClient Client { get; }

    public int ProcessId => _process!.Id;

    public TimeSpan ProcessorTime => ProcessTree.ProcessorTime(ProcessId);

    public string BlobPath(string repository, string digest) => $"/v2/{_setup.Prefix}{repository}/blobs/{digest}";

    public string ManifestPath(string repository, string reference) => $"/v2/{_setup.Prefix}{repository}/manifests/{reference}";

    /// <summary>As clients name an image.</summary>
    public string Image(string repository, string tag) => $"{Authority}/{_setup.Prefix}{repository}:{tag}";

    /// <summary>Writes its configuration; <see cref="Run"/> starts it.</summary>
    /// <param name="describe">Writes the configuration for a port and says how to run it.</param>
    public static Contestant Prepare(Func<LoopbackPort, ContestantSetup> describe)
    {
        var port = LoopbackPort.Claim();
        return new Contestant(describe(port), port);
    }

    /// <summary>Starts it and waits until it answers.</summary>
    public static async Task<Contestant> Start(Func<LoopbackPort, ContestantSetup> describe)
    {
        var contestant = Prepare(describe);
        try
        {
            await contestant.Run();
            await contestant.Answers();
            return contestant;
        }
        catch
        {
            await contestant.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts the process, again after <see cref="Stop"/>, and returns before it answers.</summary>
    public async Task Run() => _process = await ChildProcess.Start(
        "sh", ["-c", Logged, _setup.Log, _setup.Program, .. _setup.Arguments], _setup.Environment, Path.GetDirectoryName(_setup.Log));

    public Task Stop() => _process!.Stop();

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }

        _port.Dispose();
    }

    /// <summary>Waits until it answers anything at all.</summary>
    public async Task Answers()
    {
        var until = Environment.TickCount64 + 20_000;
        while (true)
        {
            try
            {
                using var response = await Client.GetAsync(new Uri(_setup.ReadyPath, UriKind.Relative));
                return;
            }
            catch (HttpRequestException) when (!_process!.Exited.IsCompleted && Environment.TickCount64 < until)
            {
                await Task.Delay(20);
            }
            catch (HttpRequestException exception)
            {
                throw new InvalidOperationException($"{Name} does not answer. {await File.ReadAllTextAsync(_setup.Log)}", exception);
            }
        }
    }
}

/// <summary>How a contestant is run.</summary>
/// <param name="Prefix">What stands before a repository's name in its paths.</param>
/// <param name="Log">Where its output and access log go.</param>
/// <param name="LogMark">What each line of a request under /v2 has, and no other line.</param>
/// <param name="ReadyPath">What is asked until it answers at all.</param>
internal sealed record ContestantSetup(string Name, string Program, IReadOnlyList<string> Arguments, string Prefix, string Log, string LogMark, string ReadyPath)
{
    public IReadOnlyDictionary<string, string?>? Environment { get; init; }
}
