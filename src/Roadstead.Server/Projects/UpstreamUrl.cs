using Roadstead.Oci;
using Roadstead.Oci.Client;
using Roadstead.Server.Telemetry;

namespace Roadstead.Server.Projects;

/// <summary>One URL of an endpoint, as it is asked: every request is timed, its faults are logged once and noted. It has connections, tokens and health of its own.</summary>
internal sealed partial class UpstreamUrl(Endpoint owner, UpstreamSettings settings, ServerMetrics metrics, TimeProvider clock, ILogger log) : IDisposable
{
    // Allowances come back with time, and the upstream says so only when it is asked.
    private static readonly TimeSpan RateLimitHolds = TimeSpan.FromMinutes(10);

    private const int SuspectsAtOnce = 16;

    // Beyond the period of probes it would stretch that.
    private static readonly TimeSpan LongestProbe = TimeSpan.FromSeconds(5);

    private readonly SharedClient _client = new(() => new RegistryClient(settings, clock));
    private readonly CancellationTokenSource _ended = new();
    private int _probing;

    public Uri Url => settings.Url;

    public EndpointHealth Health { get; } = new(clock);

    /// <summary>What it last said of how much it allows; null if it never did.</summary>
    public RateLimit? RateLimit => _client.RateLimit;

    /// <summary>True while so little is allowed that it is kept for images that are not held.</summary>
    public bool IsSparing =>
        RateLimit is { } limit && clock.GetUtcNow() - limit.At is var age && age >= TimeSpan.Zero && age < RateLimitHolds && limit.Remaining < Math.Min(owner.Options.RateLimitReserve, (limit.Limit ?? int.MaxValue) / 4);

    private string Name => owner.Name;

    public Task<UpstreamOutcome<UpstreamBlob>> GetBlob(RepositoryName repository, Digest digest, long offset, CancellationToken cancellation) =>
        Ask("blob", repository, BlobProbe(repository, digest), client => Open(client, repository, digest, offset, cancellation));

    /// <summary>Asks whether it answers at all; afterwards <see cref="Health"/> knows.</summary>
    public Task Probe(CancellationToken cancellation) => Ask("probe", null, null, client => client.Ping(owner.Options.RevalidationTimeout, cancellation));

    /// <summary>Notes what came of asking it by other connections, as its front page's answer.</summary>
    /// <param name="outcome">What came.</param>
    /// <param name="since">When it was asked, a time stamp of the clock.</param>
    public void Tried(UpstreamOutcome<bool> outcome, long since)
    {
        Note(outcome, new Asked(since, null, null), report: false);
        if (outcome is UpstreamOutcome<bool>.Denied or UpstreamOutcome<bool>.NotFound)
        {
            // It answers, and no pull will come of it.
            Health.Useless(new UpstreamFault(UpstreamFaultKind.Nonsense, outcome is UpstreamOutcome<bool>.Denied(var message) ? message : $"there is no registry at {new Uri(Url, "/v2/")}"));
        }

        owner.ShowState();
    }

    /// <summary>Notes that it kept somebody waiting who has another way; it is probed, and until it answers they wait no more.</summary>
    public void Doubt(RepositoryName repository, EndpointProbe? probe)
    {
        Health.Doubt(repository, probe);
        StartProbing();
    }

    /// <inheritdoc cref="Endpoint.Retire"/>
    public void Retire()
    {
        _ended.Cancel();
        _client.Retire();
    }

    public void Report(string fault, string message)
    {
        metrics.Faulted(Name, fault);
        LogFault(log, Name, message);
    }

    public void Dispose()
    {
        _ended.Cancel();
        _client.Dispose();
        _ended.Dispose();
    }

    /// <summary>A HEAD, which costs nothing of a rate limit, in the time that a client would wait for an answer.</summary>
    public EndpointProbe ManifestProbe(RepositoryName repository, Reference reference) => async cancellation => FaultOf(await With(client => client.HeadManifest(repository, reference, cancellation)).ConfigureAwait(false));

    public EndpointProbe BlobProbe(RepositoryName repository, Digest digest) => async cancellation => FaultOf(await With(client => client.HeadBlob(repository, digest, cancellation)).ConfigureAwait(false));

    private static UpstreamFault? FaultOf<T>(UpstreamOutcome<T> outcome) =>
        outcome is UpstreamOutcome<T>.Unavailable { Fault: { RegistryAnswers: false, Kind: UpstreamFaultKind.TimedOut or UpstreamFaultKind.Unreachable or UpstreamFaultKind.ServerError } fault } ? fault : null;

    public async Task<UpstreamOutcome<T>> Ask<T>(string request, RepositoryName? repository, EndpointProbe? probe, Func<RegistryClient, Task<UpstreamOutcome<T>>> ask)
    {
        if (Refusal<T>(repository) is { } refusal)
        {
            return refusal;
        }

        var since = clock.GetTimestamp();
        var outcome = await With(ask).ConfigureAwait(false);
        metrics.Asked(Name, request, clock.GetElapsedTime(since));
        owner.ShowRateLimit();
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

    /// <summary>What to answer without asking; null if the upstream is to be asked.</summary>
    public UpstreamOutcome<T>? Refusal<T>(RepositoryName? repository) =>
        repository is { } wanted && Health.Refusal(wanted) is { } fault ? new UpstreamOutcome<T>.Unavailable(fault with { Message = $"{owner.Registry} is down, and probed until it answers ({fault.Message})" })
        : Health.Resting is { } rest ? new UpstreamOutcome<T>.Throttled(clock.GetUtcNow() + rest.Left, rest.Reason)
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
                Health.Rest(throttled.Until - clock.GetUtcNow(), throttled.Message);
                owner.ShowRest();
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

        if (Health.Failed(fault, asked.Since, clock.GetElapsedTime(asked.Since) >= owner.Options.RevalidationTimeout, asked.Repository, asked.Probe))
        {
            owner.ShowState();
            if (owner.IsOnlyUrl)
            {
                LogDown(log, Name);
            }
            else
            {
                LogUrlDown(log, Name, Url);
            }
        }

        owner.ShowState();
        if (Health.NeedsProbe)
        {
            StartProbing();
        }
    }

    private void NoteAnswer(RepositoryName? repository)
    {
        var wasFailing = Health.Failing is not null;
        if (Health.Answered(repository) is { } down)
        {
            owner.ShowState();
            if (owner.IsOnlyUrl)
            {
                LogUp(log, Name, down.TotalSeconds);
            }
            else
            {
                LogUrlUp(log, Name, Url, down.TotalSeconds);
            }
        }
        else if (wasFailing)
        {
            owner.ShowState();
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
        var pace = new ProbePace(clock);
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
                LogProbeFault(log, exception, Name);
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
        var since = clock.GetTimestamp();
        var patience = owner.Options.HeaderTimeout < LongestProbe ? owner.Options.HeaderTimeout : LongestProbe;
        var front = await With(client => client.Ping(patience, cancellation)).ConfigureAwait(false);
        Note(front, new Asked(since, null, null), report: false);
        if (front is not UpstreamOutcome<System.Net.HttpStatusCode>.Found)
        {
            return;
        }

        // Each takes the time that it takes: the next look at the front page does not wait for it.
        foreach (var suspect in Health.TakeSuspects(SuspectsAtOnce))
        {
            _ = ProbeSuspect(suspect.Repository, suspect.Probe, cancellation);
        }
    }

    private async Task ProbeSuspect(RepositoryName repository, EndpointProbe probe, CancellationToken cancellation)
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
                owner.ShowState();
                LogAnswers(log, Name, repository);
            }
        }
    }

    public static string NameOf(UpstreamFaultKind kind) => kind switch
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

    [LoggerMessage(LogLevel.Warning, "url down endpoint={Endpoint} url={Url}: the endpoint's other URLs are asked; it is probed until it answers")]
    private static partial void LogUrlDown(ILogger log, string endpoint, Uri url);

    [LoggerMessage(LogLevel.Information, "url up endpoint={Endpoint} url={Url}: it answers again after {Seconds:0.0} s")]
    private static partial void LogUrlUp(ILogger log, string endpoint, Uri url, double seconds);

    [LoggerMessage(LogLevel.Information, "endpoint up endpoint={Endpoint}: it answers again after {Seconds:0.0} s")]
    private static partial void LogUp(ILogger log, string endpoint, double seconds);

    [LoggerMessage(LogLevel.Information, "endpoint answers endpoint={Endpoint} repository={Repository}: what hung does no more")]
    private static partial void LogAnswers(ILogger log, string endpoint, RepositoryName repository);

    [LoggerMessage(LogLevel.Warning, "upstream fault endpoint={Endpoint} {Message}")]
    private static partial void LogFault(ILogger log, string endpoint, string message);
}
