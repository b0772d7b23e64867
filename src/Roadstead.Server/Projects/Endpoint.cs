using Roadstead.Oci;
using Roadstead.Oci.Client;
using Roadstead.Server.Configuration;
using Roadstead.Server.Telemetry;

namespace Roadstead.Server.Projects;

/// <summary>A registry to mirror from, under one URL or several of which the first is preferred.</summary>
public sealed class Endpoint : IDisposable
{
    private readonly IReadOnlyList<UpstreamUrl> _urls;
    private readonly UrlPreference _preference;
    private readonly MistrustedUrls _mistrusted = new();
    private readonly ServerMetrics _metrics;
    private readonly TimeProvider _clock;
    private readonly BodySlots _bodies;
    private volatile bool _isRetired;

    /// <param name="options">What is known of it.</param>
    /// <param name="settings">How each of its URLs is reached, the preferred one first.</param>
    /// <param name="metrics">Shows how it does.</param>
    /// <param name="clock">The time.</param>
    /// <param name="log">Gets its faults.</param>
    public Endpoint(EndpointOptions options, IReadOnlyList<UpstreamSettings> settings, ServerMetrics metrics, TimeProvider clock, ILogger<Endpoint> log)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(settings);
        Options = options;
        Registry = RegistryName.Parse(options.Registry);
        MaxBlobSize = settings[0].MaxBlobSize;
        _bodies = new BodySlots(options.MaxBodies);
        (_metrics, _clock) = (metrics, clock);
        _urls = [.. settings.Select(one => new UpstreamUrl(this, one, metrics, clock, log))];
        _preference = new UrlPreference(_urls, options.RevalidationTimeout / 2, clock);
        Health = new JointHealth([.. _urls.Select(url => url.Health)]);
    }

    /// <summary>One that is cut off from its registry: nothing is asked of it, and all that would be is not to be had.</summary>
    private Endpoint(Endpoint of)
    {
        (Options, Registry, MaxBlobSize, _metrics, _clock, _isRetired) = (of.Options, of.Registry, of.MaxBlobSize, of._metrics, of._clock, true);
        _bodies = new BodySlots(of.Options.MaxBodies);
        _urls = [];
        _preference = new UrlPreference(_urls, TimeSpan.Zero, of._clock);
        Health = new JointHealth([]);
    }

    /// <summary>What everyone is told of whom nothing is asked.</summary>
    internal static UpstreamFault CutOffFault { get; } = new(UpstreamFaultKind.Unreachable, "the upstream is cut off for a drill");

    public EndpointOptions Options { get; }

    public string Name => Options.Name;

    public RegistryName Registry { get; }

    public JointHealth Health { get; }

    /// <summary>Bytes of a blob beyond which it is broken off.</summary>
    public long MaxBlobSize { get; }

    /// <summary>What the upstream last said of how much it allows; null if it never did.</summary>
    public RateLimit? RateLimit => _urls.Select(url => url.RateLimit).FirstOrDefault(limit => limit is not null);

    /// <summary>True while so little is allowed that it is kept for images that are not held.</summary>
    public bool IsSparing => _urls.Count > 0 && _urls.All(url => url.IsSparing);

    /// <summary>How each URL does, the preferred one first.</summary>
    public IEnumerable<(Uri Url, EndpointHealth Health, RateLimit? RateLimit)> Urls => _urls.Select(url => (url.Url, url.Health, url.RateLimit));

    /// <summary>Notes what came of asking one of its URLs by other connections.</summary>
    /// <param name="url">Which.</param>
    /// <param name="outcome">What came.</param>
    /// <param name="since">When it was asked, a time stamp of the clock.</param>
    internal void Tried(Uri url, UpstreamOutcome<bool> outcome, long since) => _urls.FirstOrDefault(one => one.Url == url)?.Tried(outcome, since);

    internal bool IsOnlyUrl => _urls.Count == 1;

    /// <summary>The same registry without a way to it, for whoever wants to see what would become of an outage; this one is not touched.</summary>
    internal Endpoint CutOff() => new(this);

    public Task<UpstreamOutcome<UpstreamManifestHead>> HeadManifest(RepositoryName repository, Reference reference, CancellationToken cancellation) => _preference.Ask(
        repository, reference, url => url.Ask("manifest_head", repository, url.ManifestProbe(repository, reference), client => client.HeadManifest(repository, reference, cancellation)));

    public async Task<UpstreamOutcome<UpstreamManifest>> GetManifest(RepositoryName repository, Reference reference, CancellationToken cancellation)
    {
        var outcome = await _preference.Ask(
            repository, reference, url => url.Ask("manifest", repository, url.ManifestProbe(repository, reference), client => client.GetManifest(repository, reference, cancellation))).ConfigureAwait(false);
        if (outcome is UpstreamOutcome<UpstreamManifest>.Found found)
        {
            _metrics.Received(Name, found.Value.Bytes.Length);
        }

        return outcome;
    }

    public Task<UpstreamOutcome<long>> HeadBlob(RepositoryName repository, Digest digest, CancellationToken cancellation) => _preference.Ask(
        repository, null, url => url.Ask("blob_head", repository, url.BlobProbe(repository, digest), client => client.HeadBlob(repository, digest, cancellation)));

    /// <summary>Opens a blob's body, when fewer are under way than may be.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="digest">The blob.</param>
    /// <param name="offset">The first byte that is wanted.</param>
    /// <param name="patience">How long to wait for a place; null: as long as an answer may take, for whoever can still be refused.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <param name="last">The URL that just sent a body that was none; it is asked after all others.</param>
    /// <returns>Busy if no place came free in time: that says nothing of the upstream.</returns>
    public async Task<UpstreamOutcome<UpstreamBlob>> GetBlob(RepositoryName repository, Digest digest, long offset, TimeSpan? patience, CancellationToken cancellation, Uri? last = null)
    {
        // Who will be refused need not wait for a place first.
        if (_preference.Refusal<UpstreamBlob>(repository) is { } refusal)
        {
            return refusal;
        }

        if (await _bodies.Take(patience ?? Options.HeaderTimeout, cancellation).ConfigureAwait(false) is not { } slot)
        {
            _metrics.Faulted(Name, UpstreamUrl.NameOf(UpstreamFaultKind.Busy));
            return new UpstreamOutcome<UpstreamBlob>.Unavailable(new UpstreamFault(
                UpstreamFaultKind.Busy, $"{Options.MaxBodies} blobs are being fetched from {Registry}, which is as many as may be at once (endpoint {Name}, maxBodies)"));
        }

        UpstreamOutcome<UpstreamBlob>? outcome = null;
        try
        {
            outcome = await GetBlob(repository, digest, offset, slot, cancellation, last).ConfigureAwait(false);
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
    public async Task<UpstreamOutcome<UpstreamBlob>> GetBlob(RepositoryName repository, Digest digest, long offset, IDisposable? place, CancellationToken cancellation, Uri? last = null)
    {
        var outcome = await _preference.Ask(repository, null, url => url.GetBlob(repository, digest, offset, cancellation), last ?? _mistrusted.Of(digest)).ConfigureAwait(false);
        if (outcome is UpstreamOutcome<UpstreamBlob>.Found { Value: var opened })
        {
            Note(opened, digest, place);
        }

        return outcome;
    }

    public Task<UpstreamOutcome<UpstreamTags>> GetTags(RepositoryName repository, ListPage page, CancellationToken cancellation) =>
        _preference.Ask(repository, null, url => url.Ask("tags", repository, null, client => client.Lists.Tags(repository, page, cancellation)));

    public Task<UpstreamOutcome<ReferrerList>> GetReferrers(RepositoryName repository, Digest subject, CancellationToken cancellation) =>
        _preference.Ask(repository, null, url => url.Ask("referrers", repository, null, client => client.Lists.Referrers(repository, subject, cancellation)));

    /// <summary>Asks whether it answers at all, until one of its URLs does; afterwards <see cref="Health"/> knows.</summary>
    public async Task Probe(CancellationToken cancellation)
    {
        var since = _clock.GetTimestamp();
        await foreach (var probe in Task.WhenEach(_urls.Select(url => url.Probe(cancellation))).ConfigureAwait(false))
        {
            await probe.ConfigureAwait(false);
            if (_urls.Any(url => url.Health.HasAnsweredSince(since)))
            {
                return;
            }
        }
    }

    /// <inheritdoc cref="RegistryClient.Check"/>
    /// <returns>Found if all of its URLs are fine; else what the first says that is not.</returns>
    public async Task<UpstreamOutcome<bool>> Check(CancellationToken cancellation)
    {
        UpstreamOutcome<bool> outcome = new UpstreamOutcome<bool>.Found(true);
        foreach (var url in _urls)
        {
            outcome = await url.Ask("probe", null, null, client => client.Check(cancellation)).ConfigureAwait(false);
            if (outcome is not UpstreamOutcome<bool>.Found)
            {
                break;
            }
        }

        return outcome;
    }

    /// <summary>Notes that a client with a copy waited for it as long as it may; it is probed, and until it answers they wait no more.</summary>
    /// <param name="repository">Of which something was asked.</param>
    /// <param name="reference">What; null: a list.</param>
    public void Doubt(RepositoryName repository, Reference? reference)
    {
        foreach (var url in _urls)
        {
            url.Doubt(repository, reference is { } wanted ? url.ManifestProbe(repository, wanted) : null);
        }
    }

    /// <summary>Notes a fault that showed only after an answer's headers.</summary>
    public void ReportBrokenBody(string message) => _urls[0].Report("broken_body", message);

    /// <summary>Notes that a blob's bytes were another's; another URL, where there is one, is asked for it the next time.</summary>
    public void ReportWrongBytes(Digest digest, string message)
    {
        _mistrusted.Mistrust(digest);
        ReportBrokenBody(message);
    }

    /// <summary>For one that was replaced or removed: whoever began with it goes on with it. It is probed no more, and shows no state, for another may bear its name.</summary>
    public void Retire()
    {
        _isRetired = true;
        foreach (var url in _urls)
        {
            url.Retire();
        }
    }

    /// <summary>Shows in the metrics whether it answers, from when on it is in force.</summary>
    public void ShowState() => Show(metrics => metrics.ShowUp(Name, !Health.IsDown && Health.Failing is null));

    /// <summary>Notes bytes of a blob's body.</summary>
    public void ReportReceived(long bytes) => _metrics.Received(Name, bytes);

    public void Dispose()
    {
        foreach (var url in _urls)
        {
            url.Dispose();
        }

        _bodies.Dispose();
    }

    internal void ShowRateLimit() => Show(metrics => metrics.ShowRateLimit(Name, RateLimit));

    internal void ShowRest() => Show(metrics => metrics.ShowRest(Name, _clock.GetUtcNow() + (Health.Resting?.Left ?? TimeSpan.Zero)));

    private void Note(UpstreamBlob opened, Digest digest, IDisposable? place)
    {
        if (place is not null)
        {
            opened.Hold(place);
        }

        if (!IsOnlyUrl)
        {
            _mistrusted.Opened(digest, opened.From);
        }
    }

    private void Show(Action<ServerMetrics> show)
    {
        if (!_isRetired)
        {
            show(_metrics);
        }
    }
}
