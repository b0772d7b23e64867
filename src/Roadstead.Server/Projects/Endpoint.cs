using Roadstead.Oci;
using Roadstead.Oci.Client;
using Roadstead.Server.Configuration;
using Roadstead.Server.Telemetry;

namespace Roadstead.Server.Projects;

/// <summary>A registry to mirror from, as it is asked: every request is timed, its faults are logged once and noted.</summary>
public sealed partial class Endpoint : IDisposable
{
    private readonly RegistryClient _client;
    private readonly ServerMetrics _metrics;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;

    public Endpoint(EndpointOptions options, UpstreamSettings settings, ServerMetrics metrics, TimeProvider clock, ILogger<Endpoint> log)
    {
        ArgumentNullException.ThrowIfNull(options);
        Options = options;
        Registry = RegistryName.Parse(options.Registry);
        Health = new EndpointHealth(clock);
        _client = new RegistryClient(settings, clock);
        (_metrics, _clock, _log) = (metrics, clock, log);
    }

    public EndpointOptions Options { get; }

    public string Name => Options.Name;

    public RegistryName Registry { get; }

    public EndpointHealth Health { get; }

    public Task<UpstreamOutcome<UpstreamManifestHead>> HeadManifest(RepositoryName repository, Reference reference, CancellationToken cancellation) =>
        Ask("manifest_head", _client.HeadManifest(repository, reference, cancellation));

    public async Task<UpstreamOutcome<UpstreamManifest>> GetManifest(RepositoryName repository, Reference reference, CancellationToken cancellation)
    {
        var outcome = await Ask("manifest", _client.GetManifest(repository, reference, cancellation)).ConfigureAwait(false);
        if (outcome is UpstreamOutcome<UpstreamManifest>.Found found)
        {
            _metrics.Received(Name, found.Value.Bytes.Length);
        }

        return outcome;
    }

    public Task<UpstreamOutcome<long>> HeadBlob(RepositoryName repository, Digest digest, CancellationToken cancellation) =>
        Ask("blob_head", _client.HeadBlob(repository, digest, cancellation));

    public Task<UpstreamOutcome<UpstreamBlob>> GetBlob(RepositoryName repository, Digest digest, long offset, CancellationToken cancellation) =>
        Ask("blob", _client.GetBlob(repository, digest, offset, cancellation));

    public Task<UpstreamOutcome<UpstreamTags>> GetTags(RepositoryName repository, ListPage page, CancellationToken cancellation) =>
        Ask("tags", _client.Lists.Tags(repository, page, cancellation));

    public Task<UpstreamOutcome<ReferrerList>> GetReferrers(RepositoryName repository, Digest subject, CancellationToken cancellation) =>
        Ask("referrers", _client.Lists.Referrers(repository, subject, cancellation));

    /// <summary>Asks whether it answers at all; afterwards <see cref="Health"/> knows.</summary>
    public Task Probe(CancellationToken cancellation) => Ask("probe", _client.Ping(Options.RevalidationTimeout, cancellation));

    /// <summary>Notes a fault that showed only after an answer's headers.</summary>
    public void ReportBrokenBody(string message)
    {
        _metrics.Faulted(Name, "broken_body");
        LogFault(_log, Name, message);
    }

    /// <summary>Notes bytes of a blob's body.</summary>
    public void ReportReceived(long bytes) => _metrics.Received(Name, bytes);

    public void Dispose() => _client.Dispose();

    private async Task<UpstreamOutcome<T>> Ask<T>(string request, Task<UpstreamOutcome<T>> asking)
    {
        var since = _clock.GetTimestamp();
        var outcome = await asking.ConfigureAwait(false);
        _metrics.Asked(Name, request, _clock.GetElapsedTime(since));
        switch (outcome)
        {
            case UpstreamOutcome<T>.Found or UpstreamOutcome<T>.NotFound:
                Health.Answered();
                break;
            case UpstreamOutcome<T>.Denied denied:
                Health.Answered();
                Report("denied", denied.Message);
                break;
            case UpstreamOutcome<T>.Throttled throttled:
                Health.Failed();
                Report("throttled", $"{throttled.Message}, until {throttled.Until:HH:mm:ss} UTC");
                break;
            case UpstreamOutcome<T>.Unavailable { Fault: var fault }:
                Health.Failed();
                Report(NameOf(fault.Kind), fault.Message);
                break;
            default:
                throw new InvalidOperationException($"Unknown outcome {outcome}.");
        }

        return outcome;
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

    [LoggerMessage(LogLevel.Warning, "upstream fault endpoint={Endpoint} {Message}")]
    private static partial void LogFault(ILogger log, string endpoint, string message);
}
