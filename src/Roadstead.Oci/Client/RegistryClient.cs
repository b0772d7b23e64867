using System.Net;
using System.Net.Http.Headers;

namespace Roadstead.Oci.Client;

/// <summary>Asks one upstream registry. Network faults, refusals and nonsense are outcomes, not exceptions.</summary>
/// <remarks>OCI distribution specification, "Pull".</remarks>
public sealed class RegistryClient : IDisposable
{
    private readonly RegistryExchange _exchange;

    /// <summary>A client with connections and tokens of its own.</summary>
    public RegistryClient(UpstreamSettings settings, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(settings);
        _exchange = new RegistryExchange(settings, clock);
        Lists = new RegistryLists(_exchange);
    }

    /// <summary>Asks for what the upstream lists.</summary>
    public RegistryLists Lists { get; }

    /// <inheritdoc cref="RegistryExchange.RateLimit"/>
    public RateLimit? RateLimit => _exchange.RateLimit;

    private UpstreamSettings Settings => _exchange.Settings;

    /// <summary>Asks what manifest a reference names, without its body.</summary>
    public async Task<UpstreamOutcome<UpstreamManifestHead>> HeadManifest(RepositoryName repository, Reference reference, CancellationToken cancellation)
    {
        var outcome = await _exchange.Send(HttpMethod.Head, repository, $"manifests/{reference}", "", AcceptManifests, cancellation).ConfigureAwait(false);
        if (outcome is not UpstreamOutcome<HttpResponseMessage>.Found found)
        {
            return outcome.As<UpstreamManifestHead>();
        }

        using var response = found.Value;
        return new UpstreamOutcome<UpstreamManifestHead>.Found(new UpstreamManifestHead(ToldDigest(response)));
    }

    /// <summary>Fetches a manifest, hashes it here and reads it; asked for by digest, its bytes are checked against it.</summary>
    public async Task<UpstreamOutcome<UpstreamManifest>> GetManifest(RepositoryName repository, Reference reference, CancellationToken cancellation)
    {
        var outcome = await _exchange.Send(HttpMethod.Get, repository, $"manifests/{reference}", "", AcceptManifests, cancellation).ConfigureAwait(false);
        if (outcome is not UpstreamOutcome<HttpResponseMessage>.Found found)
        {
            return outcome.As<UpstreamManifest>();
        }

        using var response = found.Value;
        using var budget = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        budget.CancelAfter(Settings.HeaderTimeout);
        var whom = $"{Settings.Url.Authority}, {repository} {reference}";
        if (BoundedBody.IsEncoded(response.Content))
        {
            return UpstreamFaults.Nonsense<UpstreamManifest>($"{whom}: the body is encoded, which was not asked for");
        }

        try
        {
            var bytes = await BoundedBody.Read(response.Content, Settings.MaxManifestSize, budget.Token).ConfigureAwait(false);
            return bytes is null
                ? UpstreamFaults.Nonsense<UpstreamManifest>($"{whom}: its manifest is larger than {Settings.MaxManifestSize} bytes (limits.manifestSize)")
                : Check(whom, reference, Settings.MaxManifestDepth, ToldDigest(response), bytes, response.Content.Headers.ContentType?.MediaType);
        }
        catch (Exception exception) when (!cancellation.IsCancellationRequested && UpstreamFaults.Describe(exception, whom, budget.Token) is { } fault)
        {
            return new UpstreamOutcome<UpstreamManifest>.Unavailable(fault with { RegistryAnswers = true });
        }
    }

    /// <summary>Asks whether the repository has a blob.</summary>
    /// <returns>The blob's size in bytes.</returns>
    public async Task<UpstreamOutcome<long>> HeadBlob(RepositoryName repository, Digest digest, CancellationToken cancellation)
    {
        var outcome = await _exchange.Send(HttpMethod.Head, repository, $"blobs/{digest}", "", null, cancellation).ConfigureAwait(false);
        if (outcome is UpstreamOutcome<HttpResponseMessage>.Found found)
        {
            using var response = found.Value;
            if (response.Content.Headers.ContentLength is { } size && !BoundedBody.IsEncoded(response.Content))
            {
                return new UpstreamOutcome<long>.Found(size);
            }
        }
        else if (outcome is not UpstreamOutcome<HttpResponseMessage>.Unavailable { Fault.Kind: UpstreamFaultKind.Nonsense })
        {
            return outcome.As<long>();
        }

        // Some registries answer no HEAD, or without a length: a GET tells by its headers.
        var body = await GetBlob(repository, digest, 0, cancellation).ConfigureAwait(false);
        if (body is not UpstreamOutcome<UpstreamBlob>.Found blob)
        {
            return body.As<long>();
        }

        using (blob.Value)
        {
            return blob.Value.Size is { } size ? new UpstreamOutcome<long>.Found(size) : UpstreamFaults.Nonsense<long>($"{Settings.Url.Authority} does not tell the size of {digest}");
        }
    }

    /// <summary>Opens a blob's body from <paramref name="offset"/> on. An upstream without ranges sends it from the start: see <see cref="UpstreamBlob.Offset"/>.</summary>
    public async Task<UpstreamOutcome<UpstreamBlob>> GetBlob(RepositoryName repository, Digest digest, long offset, CancellationToken cancellation)
    {
        var outcome = await _exchange.Send(HttpMethod.Get, repository, $"blobs/{digest}", "", headers => headers.Range = offset > 0 ? new RangeHeaderValue(offset, null) : null, cancellation)
            .ConfigureAwait(false);
        if (outcome is not UpstreamOutcome<HttpResponseMessage>.Found found)
        {
            return outcome.As<UpstreamBlob>();
        }

        var response = found.Value;
        var whom = $"{Settings.Url.Authority}, {repository} {digest}";
        if (BoundedBody.IsEncoded(response.Content))
        {
            response.Dispose();
            return UpstreamFaults.Nonsense<UpstreamBlob>($"{whom}: the body is encoded, which no blob may be");
        }

        var partial = response.StatusCode == HttpStatusCode.PartialContent;
        var range = response.Content.Headers.ContentRange;
        if (partial && range?.From != offset)
        {
            response.Dispose();
            return UpstreamFaults.Nonsense<UpstreamBlob>($"{whom}: it sent another range than it was asked for");
        }

        var size = partial ? range!.Length : response.Content.Headers.ContentLength;
        if (size > Settings.MaxBlobSize)
        {
            response.Dispose();
            return UpstreamFaults.Nonsense<UpstreamBlob>($"{whom}: its blob of {size} bytes is larger than {Settings.MaxBlobSize} (limits.blobSize)");
        }

        var body = await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        return new UpstreamOutcome<UpstreamBlob>.Found(new UpstreamBlob(response, body, partial ? offset : 0, size) { From = Settings.Url });
    }

    /// <inheritdoc cref="RegistryExchange.Ping"/>
    public Task<UpstreamOutcome<HttpStatusCode>> Ping(TimeSpan timeout, CancellationToken cancellation) => _exchange.Ping(timeout, cancellation);

    /// <inheritdoc cref="RegistryExchange.Check"/>
    public Task<UpstreamOutcome<bool>> Check(CancellationToken cancellation) => _exchange.Check(cancellation);

    /// <inheritdoc/>
    public void Dispose() => _exchange.Dispose();

    private static void AcceptManifests(HttpRequestHeaders headers)
    {
        foreach (var type in MediaTypes.Manifests)
        {
            headers.Accept.Add(new MediaTypeWithQualityHeaderValue(type));
        }
    }

    private static Digest? ToldDigest(HttpResponseMessage response) =>
        response.Headers.TryGetValues("Docker-Content-Digest", out var values) && Digest.TryParse(values.First(), out var parsed) ? parsed : null;

    private static UpstreamOutcome<UpstreamManifest> Check(string whom, Reference reference, int maxDepth, Digest? told, byte[] bytes, string? contentType)
    {
        // A tag may name a manifest whose digest is of another algorithm than the usual one; what upstream says counts only if the bytes bear it out.
        var digest = reference.Digest is { } asked ? Digest.Of(bytes, asked.Algorithm)
            : told is { } claim && Digest.Of(bytes, claim.Algorithm) == claim ? claim
            : Digest.Of(bytes);
        if (reference.Digest is { } expected && expected != digest)
        {
            return UpstreamFaults.Nonsense<UpstreamManifest>($"{whom}: the manifest's bytes have another digest, {digest}");
        }

        var (manifest, fault) = ManifestReader.Read(bytes, contentType, maxDepth);
        return manifest is null
            ? UpstreamFaults.Nonsense<UpstreamManifest>($"{whom}: what it sent as a manifest is refused: {fault}")
            : new UpstreamOutcome<UpstreamManifest>.Found(new UpstreamManifest(digest, manifest, bytes));
    }
}
