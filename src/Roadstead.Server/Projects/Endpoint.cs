using Roadstead.Oci;
using Roadstead.Oci.Client;
using Roadstead.Server.Configuration;
using Roadstead.Server.Telemetry;

namespace Roadstead.Server.Projects;

/// <summary>A registry to mirror from, as it is asked: every request is timed, its faults are logged once and noted.</summary>
public sealed partial class Endpoint : IDisposable
{
    // Allowances come back with time, and the upstream says so only when it is asked.
    private static readonly TimeSpan RateLimitHolds = TimeSpan.FromMinutes(10);

    private const int SuspectsAtOnce = 16;

    // Beyond the period of probes it would stretch that.
    private static readonly TimeSpan LongestProbe = TimeSpan.FromSeconds(5);

    private readonly SharedClient _client;
    private readonly ServerMetrics _metrics;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private readonly CancellationTokenSource _ended = new();
    private readonly BodySlots _bodies;
    private int _probing;
    private volatile bool _isRetired;

    public Endpoint(EndpointOptions options, UpstreamSettings settings, ServerMetrics metrics, TimeProvider clock, ILogger<Endpoint> log)
    {
        ArgumentNullException.ThrowIfNull(options);
        Options = options;
        Registry = RegistryName.Parse(options.Registry);
        Health = new EndpointHealth(clock);
        MaxBlobSize = settings.MaxBlobSize;
        _client = new SharedClient(() => new RegistryClient(settings, clock));
        _bodies = new BodySlots(options.MaxBodies);
        (_metrics, _clock, _log) = (metrics, clock, log);
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
        Ask("manifest_head", repository, ManifestProbe(repository, reference), client => client.HeadManifest(repository, reference, cancellation));

    public async Task<UpstreamOutcome<UpstreamManifest>> GetManifest(RepositoryName repository, Reference reference, CancellationToken cancellation)
    {
        var outcome = await Ask("manifest", repository, ManifestProbe(repository, reference), client => client.GetManifest(repository, reference, cancellation)).ConfigureAwait(false);
        if (outcome is UpstreamOutcome<UpstreamManifest>.Found found)
        {
            _metrics.Received(Name, found.Value.Bytes.Length);
        }

        return outcome;
    }

    public Task<UpstreamOutcome<long>> HeadBlob(RepositoryName repository, Digest digest, CancellationToken cancellation) =>
        Ask("blob_head", repository, BlobProbe(repository, digest), client => client.HeadBlob(repository, digest, cancellation));

    /// <summary>Opens a blob's body, when fewer are under way than may be.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="digest">The blob.</param>
    /// <param name="offset">The first byte that is wanted.</param>
    /// <param name="patience">How long to wait for a place; null: as long as an answer may take, for whoever can still be refused.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>Busy if no place came free in time: that says nothing of the upstream.</returns>
    public async Task<UpstreamOutcome<UpstreamBlob>> GetBlob(RepositoryName repository, Digest digest, long offset, TimeSpan? patience, CancellationToken cancellation)
    {
        // Who will be refused need not wait for a place first.
        if (Refusal<UpstreamBlob>(repository) is { } refusal)
        {
            return refusal;
        }

        if (await _bodies.Take(patience ?? Options.HeaderTimeout, cancellation).ConfigureAwait(false) is not { } slot)
        {
            _metrics.Faulted(Name, NameOf(UpstreamFaultKind.Busy));
            return new UpstreamOutcome<UpstreamBlob>.Unavailable(new UpstreamFault(
                UpstreamFaultKind.Busy, $"{Options.MaxBodies} blobs are being fetched from {Registry}, which is as many as may be at once (endpoint {Name}, maxBodies)"));
        }

        UpstreamOutcome<UpstreamBlob>? outcome = null;
        try
        {
            outcome = await GetBlob(repository, digest, offset, slot, cancellation).ConfigureAwait(false);
            return outcome;
        }
        finally
        {
            if (outcome is not UpstreamOutcome<UpstreamBlob>.Found)
            {
                slot.Dispose();
            }
        }
    }

    /// <summary>Opens a blob's body in a place that another one had; unless it is opened, the place stays with the caller.</summary>
    public async Task<UpstreamOutcome<UpstreamBlob>> GetBlob(RepositoryName repository, Digest digest, long offset, IDisposable? place, CancellationToken cancellation)
    {
        var outcome = await Ask("blob", repository, BlobProbe(repository, digest), client => Open(client, repository, digest, offset, cancellation)).ConfigureAwait(false);
        if (outcome is UpstreamOutcome<UpstreamBlob>.Found { Value: var opened } && place is not null)
        {
            opened.Hold(place);
        }

        return outcome;
    }

    public Task<UpstreamOutcome<UpstreamTags>> GetTags(RepositoryName repository, ListPage page, CancellationToken cancellation) =>
        Ask("tags", repository, null, client => client.Lists.Tags(repository, page, cancellation));

    public Task<UpstreamOutcome<ReferrerList>> GetReferrers(RepositoryName repository, Digest subject, CancellationToken cancellation) =>
        Ask("referrers", repository, null, client => client.Lists.Referrers(repository, subject, cancellation));

    /// <summary>Asks whether it answers at all; afterwards <see cref="Health"/> knows.</summary>
    public Task Probe(CancellationToken cancellation) => Ask("probe", null, null, client => client.Ping(Options.RevalidationTimeout, cancellation));

    /// <inheritdoc cref="RegistryClient.Check"/>
    public Task<UpstreamOutcome<bool>> Check(CancellationToken cancellation) => Ask("probe", null, null, client => client.Check(cancellation));

    /// <summary>Notes that a client with a copy waited for it as long as it may; it is probed, and until it answers they wait no more.</summary>
    /// <param name="repository">Of which something was asked.</param>
    /// <param name="reference">What; null: a list.</param>
    public void Doubt(RepositoryName repository, Reference? reference)
    {
        Health.Doubt(repository, reference is { } wanted ? ManifestProbe(repository, wanted) : null);
        StartProbing();
    }

    /// <summary>Notes a fault that showed only after an answer's headers.</summary>
    public void ReportBrokenBody(string message)
    {
        _metrics.Faulted(Name, "broken_body");
        LogFault(_log, Name, message);
    }

    /// <summary>For one that was replaced or removed: whoever began with it goes on with it. It is probed no more, and shows no state, for another may bear its name.</summary>
    public void Retire()
    {
        _isRetired = true;
        _ended.Cancel();
        _client.Retire();
    }

    /// <summary>Shows in the metrics whether it answers, from when on it is in force.</summary>
    public void ShowState() => Show(metrics => metrics.ShowUp(Name, !Health.IsDown));

    /// <summary>Notes bytes of a blob's body.</summary>
    public void ReportReceived(long bytes) => _metrics.Received(Name, bytes);

    public void Dispose()
    {
        _ended.Cancel();
        _client.Dispose();
        _bodies.Dispose();
        _ended.Dispose();
    }

    /// <summary>A HEAD, which costs nothing of a rate limit, in the time that a client would wait for an answer.</summary>
    private EndpointProbe ManifestProbe(RepositoryName repository, Reference reference) => async cancellation => FaultOf(await With(client => client.HeadManifest(repository, reference, cancellation)).ConfigureAwait(false));

    private EndpointProbe BlobProbe(RepositoryName repository, Digest digest) => async cancellation => FaultOf(await With(client => client.HeadBlob(repository, digest, cancellation)).ConfigureAwait(false));

    private static UpstreamFault? FaultOf<T>(UpstreamOutcome<T> outcome) =>
        outcome is UpstreamOutcome<T>.Unavailable { Fault: { RegistryAnswers: false, Kind: UpstreamFaultKind.TimedOut or UpstreamFaultKind.Unreachable or UpstreamFaultKind.ServerError } fault } ? fault : null;

    private async Task<UpstreamOutcome<T>> Ask<T>(string request, RepositoryName? repository, EndpointProbe? probe, Func<RegistryClient, Task<UpstreamOutcome<T>>> ask)
    {
        if (Refusal<T>(repository) is { } refusal)
        {
            return refusal;
        }

        var since = _clock.GetTimestamp();
        var outcome = await With(ask).ConfigureAwait(false);
        _metrics.Asked(Name, request, _clock.GetElapsedTime(since));
        Show(metrics => metrics.ShowRateLimit(Name, _client.RateLimit));
        Note(outcome, new Asked(since, repository, probe), report: true);
        return outcome;
    }

    private async Task<UpstreamOutcome<T>> With<T>(Func<RegistryClient, Task<UpstreamOutcome<T>>> ask)
    {
        using var use = _client.Take();
        return await ask(use.Client).ConfigureAwait(false);
    }

    // A body is read long after its opening was answered.
    private async Task<UpstreamOutcome<UpstreamBlob>> Open(RegistryClient client, RepositoryName repository, Digest digest, long offset, CancellationToken cancellation)
    {
        var outcome = await client.GetBlob(repository, digest, offset, cancellation).ConfigureAwait(false);
        if (outcome is UpstreamOutcome<UpstreamBlob>.Found { Value: var opened })
        {
            opened.Keep(_client.Take());
        }

        return outcome;
    }

    private void Show(Action<ServerMetrics> show)
    {
        if (!_isRetired)
        {
            show(_metrics);
        }
    }

    /// <summary>What to answer without asking; null if the upstream is to be asked.</summary>
    private UpstreamOutcome<T>? Refusal<T>(RepositoryName? repository) =>
        repository is { } wanted && Health.Refusal(wanted) is { } fault ? new UpstreamOutcome<T>.Unavailable(fault with { Message = $"{Registry} is down, and probed until it answers ({fault.Message})" })
        : Health.Resting is { } rest ? new UpstreamOutcome<T>.Throttled(_clock.GetUtcNow() + rest.Left, rest.Reason)
        : null;

    private void Note<T>(UpstreamOutcome<T> outcome, Asked asked, bool report)
    {
        switch (outcome)
        {
            case UpstreamOutcome<T>.Found or UpstreamOutcome<T>.NotFound:
                NoteAnswer(asked.Repository);
                break;
            case UpstreamOutcome<T>.Denied denied:
                NoteAnswer(asked.Repository);
                Report("denied", denied.Message);
                break;
            case UpstreamOutcome<T>.Throttled throttled:
                NoteAnswer(asked.Repository);
                Health.Rest(throttled.Until - _clock.GetUtcNow(), throttled.Message);
                Show(metrics => metrics.ShowRest(Name, _clock.GetUtcNow() + (Health.Resting?.Left ?? TimeSpan.Zero)));
                Report("throttled", $"{throttled.Message}, until {throttled.Until:yyyy-MM-dd HH:mm:ss} UTC");
                break;
            case UpstreamOutcome<T>.Unavailable { Fault: var fault }:
                if (report)
                {
                    Report(NameOf(fault.Kind), fault.Message);
                }

                NoteFailure(fault, asked);
                break;
            default:
                throw new InvalidOperationException($"Unknown outcome {outcome}.");
        }
    }

    private void NoteFailure(UpstreamFault fault, Asked asked)
    {
        if (asked is { Repository: not null, Probe: null } && fault.Kind != UpstreamFaultKind.Unreachable)
        {
            // A list: registries that fail for these serve images all the same.
            return;
        }

        if (Health.Failed(fault, asked.Since, _clock.GetElapsedTime(asked.Since) >= Options.RevalidationTimeout, asked.Repository, asked.Probe))
        {
            Show(metrics => metrics.ShowUp(Name, false));
            LogDown(_log, Name);
        }

        ShowState();
        if (Health.NeedsProbe)
        {
            StartProbing();
        }
    }

    private void NoteAnswer(RepositoryName? repository)
    {
        if (Health.Answered(repository) is { } down)
        {
            ShowState();
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
        var pace = new ProbePace(_clock);
        while (Health.NeedsProbe && !_ended.IsCancellationRequested)
        {
            try
            {
                await pace.Next(_ended.Token).ConfigureAwait(false);
                if (Health.Resting is null)
                {
                    await ProbeOnce(_ended.Token).ConfigureAwait(false);
                }
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
        if (Health.NeedsProbe && !_ended.IsCancellationRequested)
        {
            // It failed again between the last look and the end of this.
            StartProbing();
        }
    }

    /// <summary>The front page first, which says whether anything answers; then what did not answer though that does.</summary>
    private async Task ProbeOnce(CancellationToken cancellation)
    {
        var since = _clock.GetTimestamp();
        var patience = Options.HeaderTimeout < LongestProbe ? Options.HeaderTimeout : LongestProbe;
        var front = await With(client => client.Ping(patience, cancellation)).ConfigureAwait(false);
        Note(front, new Asked(since, null, null), report: false);
        if (front is not UpstreamOutcome<System.Net.HttpStatusCode>.Found)
        {
            return;
        }

        // Each takes the time that it takes: the next look at the front page does not wait for it.
        foreach (var suspect in Health.TakeSuspects(SuspectsAtOnce))
        {
            _ = Probe(suspect.Repository, suspect.Probe, cancellation);
        }
    }

    private async Task Probe(RepositoryName repository, EndpointProbe probe, CancellationToken cancellation)
    {
        var isAnswered = false;
        try
        {
            isAnswered = await probe(cancellation).ConfigureAwait(false) is null;
        }
        catch (OperationCanceledException)
        {
            // The server stops.
        }
        finally
        {
            if (Health.Probed(repository, isAnswered))
            {
                ShowState();
                LogAnswers(_log, Name, repository);
            }
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
        UpstreamFaultKind.Busy => "busy",
        _ => "nonsense",
    };

    /// <param name="Since">When.</param>
    /// <param name="Repository">Of which something was asked; null: the front page.</param>
    /// <param name="Probe">Asks for it again; null for the front page and for lists.</param>
    private readonly record struct Asked(long Since, RepositoryName? Repository, EndpointProbe? Probe);

    [LoggerMessage(LogLevel.Error, "probing endpoint={Endpoint} failed")]
    private static partial void LogProbeFault(ILogger log, Exception exception, string endpoint);

    [LoggerMessage(LogLevel.Warning, "endpoint down endpoint={Endpoint}: what is held is served; it is probed until it answers")]
    private static partial void LogDown(ILogger log, string endpoint);

    [LoggerMessage(LogLevel.Information, "endpoint up endpoint={Endpoint}: it answers again after {Seconds:0.0} s")]
    private static partial void LogUp(ILogger log, string endpoint, double seconds);

    [LoggerMessage(LogLevel.Information, "endpoint answers endpoint={Endpoint} repository={Repository}: what hung does no more")]
    private static partial void LogAnswers(ILogger log, string endpoint, RepositoryName repository);

    [LoggerMessage(LogLevel.Warning, "upstream fault endpoint={Endpoint} {Message}")]
    private static partial void LogFault(ILogger log, string endpoint, string message);
}
