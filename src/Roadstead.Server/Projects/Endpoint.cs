using Roadstead.Oci;
using Roadstead.Oci.Client;
using Roadstead.Server.Configuration;
using Roadstead.Server.Telemetry;

namespace Roadstead.Server.Projects;

/// <summary>A registry to mirror from, as it is asked: every request is timed, its faults are logged once and noted.</summary>
public sealed partial class Endpoint : IDisposable
{
    // Most outages are short, and their end is wanted soon; long ones are not worth a probe each second.
    private const int EagerProbes = 30;
    private static readonly TimeSpan EagerPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan PatientPause = TimeSpan.FromSeconds(5);

    // Allowances come back with time, and the upstream says so only when it is asked.
    private static readonly TimeSpan RateLimitHolds = TimeSpan.FromMinutes(10);

    private readonly RegistryClient _client;
    private readonly ServerMetrics _metrics;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private readonly CancellationTokenSource _ended = new();
    private int _probing;

    public Endpoint(EndpointOptions options, UpstreamSettings settings, ServerMetrics metrics, TimeProvider clock, ILogger<Endpoint> log)
    {
        ArgumentNullException.ThrowIfNull(options);
        Options = options;
        Registry = RegistryName.Parse(options.Registry);
        Health = new EndpointHealth(clock);
        MaxBlobSize = settings.MaxBlobSize;
        _client = new RegistryClient(settings, clock);
        (_metrics, _clock, _log) = (metrics, clock, log);
        _metrics.ShowUp(Name, true);
    }

    public EndpointOptions Options { get; }

    public string Name => Options.Name;

    public RegistryName Registry { get; }

    public EndpointHealth Health { get; }

    /// <summary>Bytes of a blob beyond which it is broken off.</summary>
    public long MaxBlobSize { get; }

    /// <summary>What the upstream last said of how much it allows; null if it never did.</summary>
    public RateLimit? RateLimit => _client.RateLimit;

    /// <summary>True while so little is allowed that it is kept for images that are not held.</summary>
    public bool IsSparing =>
        _client.RateLimit is { } limit && _clock.GetUtcNow() - limit.At is var age && age >= TimeSpan.Zero && age < RateLimitHolds && limit.Remaining < Math.Min(Options.RateLimitReserve, (limit.Limit ?? int.MaxValue) / 4);

    public Task<UpstreamOutcome<UpstreamManifestHead>> HeadManifest(RepositoryName repository, Reference reference, CancellationToken cancellation) =>
        Ask("manifest_head", () => _client.HeadManifest(repository, reference, cancellation));

    public async Task<UpstreamOutcome<UpstreamManifest>> GetManifest(RepositoryName repository, Reference reference, CancellationToken cancellation)
    {
        var outcome = await Ask("manifest", () => _client.GetManifest(repository, reference, cancellation)).ConfigureAwait(false);
        if (outcome is UpstreamOutcome<UpstreamManifest>.Found found)
        {
            _metrics.Received(Name, found.Value.Bytes.Length);
        }

        return outcome;
    }

    public Task<UpstreamOutcome<long>> HeadBlob(RepositoryName repository, Digest digest, CancellationToken cancellation) =>
        Ask("blob_head", () => _client.HeadBlob(repository, digest, cancellation));

    public Task<UpstreamOutcome<UpstreamBlob>> GetBlob(RepositoryName repository, Digest digest, long offset, CancellationToken cancellation) =>
        Ask("blob", () => _client.GetBlob(repository, digest, offset, cancellation));

    public Task<UpstreamOutcome<UpstreamTags>> GetTags(RepositoryName repository, ListPage page, CancellationToken cancellation) =>
        Ask("tags", () => _client.Lists.Tags(repository, page, cancellation));

    public Task<UpstreamOutcome<ReferrerList>> GetReferrers(RepositoryName repository, Digest subject, CancellationToken cancellation) =>
        Ask("referrers", () => _client.Lists.Referrers(repository, subject, cancellation));

    /// <summary>Asks whether it answers at all; afterwards <see cref="Health"/> knows.</summary>
    public Task Probe(CancellationToken cancellation) => Ask("probe", () => _client.Ping(Options.RevalidationTimeout, cancellation));

    /// <summary>Notes that a client with a copy waited for it as long as it may; it is probed, and until it answers they wait no more.</summary>
    public void Doubt()
    {
        Health.Doubt();
        StartProbing();
    }

    /// <summary>Notes a fault that showed only after an answer's headers.</summary>
    public void ReportBrokenBody(string message)
    {
        _metrics.Faulted(Name, "broken_body");
        LogFault(_log, Name, message);
    }

    /// <summary>Notes bytes of a blob's body.</summary>
    public void ReportReceived(long bytes) => _metrics.Received(Name, bytes);

    public void Dispose()
    {
        _ended.Cancel();
        _client.Dispose();
        _ended.Dispose();
    }

    private async Task<UpstreamOutcome<T>> Ask<T>(string request, Func<Task<UpstreamOutcome<T>>> ask)
    {
        if (Refusal<T>() is { } refusal)
        {
            return refusal;
        }

        var since = _clock.GetTimestamp();
        var outcome = await ask().ConfigureAwait(false);
        _metrics.Asked(Name, request, _clock.GetElapsedTime(since));
        _metrics.ShowRateLimit(Name, _client.RateLimit);
        Note(outcome, report: true);
        return outcome;
    }

    /// <summary>What to answer without asking; null if the upstream is to be asked.</summary>
    private UpstreamOutcome<T>? Refusal<T>() =>
        Health.Down is { } fault ? new UpstreamOutcome<T>.Unavailable(fault with { Message = $"{fault.Message} (it is down, and probed until it answers)" })
        : Health.Resting is { } rest ? new UpstreamOutcome<T>.Throttled(_clock.GetUtcNow() + rest.Left, rest.Reason)
        : null;

    private void Note<T>(UpstreamOutcome<T> outcome, bool report)
    {
        switch (outcome)
        {
            case UpstreamOutcome<T>.Found or UpstreamOutcome<T>.NotFound:
                NoteAnswer();
                break;
            case UpstreamOutcome<T>.Denied denied:
                NoteAnswer();
                Report("denied", denied.Message);
                break;
            case UpstreamOutcome<T>.Throttled throttled:
                NoteAnswer();
                Health.Rest(throttled.Until - _clock.GetUtcNow(), throttled.Message);
                Report("throttled", $"{throttled.Message}, until {throttled.Until:HH:mm:ss} UTC");
                break;
            case UpstreamOutcome<T>.Unavailable { Fault: var fault }:
                var wentDown = Health.Failed(fault);
                if (report)
                {
                    Report(NameOf(fault.Kind), fault.Message);
                }

                if (wentDown)
                {
                    _metrics.ShowUp(Name, false);
                    LogDown(_log, Name);
                    StartProbing();
                }

                break;
            default:
                throw new InvalidOperationException($"Unknown outcome {outcome}.");
        }
    }

    private void NoteAnswer()
    {
        if (Health.Answered() is { } down)
        {
            _metrics.ShowUp(Name, true);
            LogUp(_log, Name, down.TotalSeconds);
        }
    }

    private void StartProbing()
    {
        if (Interlocked.Exchange(ref _probing, 1) == 0)
        {
            _ = ProbeUntilUp();
        }
    }

    private async Task ProbeUntilUp()
    {
        for (var probes = 0; !Health.IsUp && !_ended.IsCancellationRequested; probes++)
        {
            try
            {
                await Task.Delay(probes < EagerProbes ? EagerPause : PatientPause, _clock, _ended.Token).ConfigureAwait(false);
                Note(await _client.Ping(Options.RevalidationTimeout, _ended.Token).ConfigureAwait(false), report: false);
            }
            catch (OperationCanceledException)
            {
                // The server stops.
            }
            catch (Exception exception) when (!_ended.IsCancellationRequested)
            {
                // Without probes it would stay down for good.
                LogProbeFault(_log, exception, Name);
            }
        }

        Volatile.Write(ref _probing, 0);
        if (!Health.IsUp && !_ended.IsCancellationRequested)
        {
            // It failed again between the last look and the end of this.
            StartProbing();
        }
    }

    private void Report(string fault, string message)
    {
        _metrics.Faulted(Name, fault);
        LogFault(_log, Name, message);
    }

    private static string NameOf(UpstreamFaultKind kind) => kind switch
    {
        UpstreamFaultKind.Unreachable => "unreachable",
        UpstreamFaultKind.TimedOut => "timed_out",
        UpstreamFaultKind.ServerError => "server_error",
        _ => "nonsense",
    };

    [LoggerMessage(LogLevel.Error, "probing endpoint={Endpoint} failed")]
    private static partial void LogProbeFault(ILogger log, Exception exception, string endpoint);

    [LoggerMessage(LogLevel.Warning, "endpoint down endpoint={Endpoint}: what is held is served; it is probed until it answers")]
    private static partial void LogDown(ILogger log, string endpoint);

    [LoggerMessage(LogLevel.Information, "endpoint up endpoint={Endpoint}: it answers again after {Seconds:0.0} s")]
    private static partial void LogUp(ILogger log, string endpoint, double seconds);

    [LoggerMessage(LogLevel.Warning, "upstream fault endpoint={Endpoint} {Message}")]
    private static partial void LogFault(ILogger log, string endpoint, string message);
}
