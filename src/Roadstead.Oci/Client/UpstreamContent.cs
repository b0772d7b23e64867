namespace Roadstead.Oci.Client;

/// <summary>A manifest as an upstream sent it, hashed and checked.</summary>
/// <param name="Digest">The digest of the bytes, by the algorithm that was asked for, else the one that upstream uses for them, else SHA-256.</param>
/// <param name="Manifest">What the bytes say.</param>
/// <param name="Bytes">The bytes.</param>
public sealed record UpstreamManifest(Digest Digest, Manifest Manifest, byte[] Bytes);

/// <summary>What an upstream says of a manifest without sending it.</summary>
/// <param name="Digest">What it calls the manifest's digest; null where it does not say. Never proof of anything.</param>
public sealed record UpstreamManifestHead(Digest? Digest);

/// <summary>A blob's body under way from an upstream; dispose it to let the connection go.</summary>
public sealed class UpstreamBlob(HttpResponseMessage response, Stream body, long offset, long? size) : IDisposable
{
    private IDisposable? _lease;
    private IDisposable? _use;

    /// <summary>The body, from <see cref="Offset"/> on.</summary>
    public Stream Body { get; } = body;

    /// <summary>Where in the blob the body starts: 0 unless a later start was asked for and granted.</summary>
    public long Offset { get; } = offset;

    /// <summary>The URL of the upstream that sends it.</summary>
    public required Uri From { get; init; }

    /// <summary>The whole blob's length in bytes by the upstream's headers; null where they do not say.</summary>
    public long? Size { get; } = size;

    /// <summary>Lets something else go together with the connection.</summary>
    public void Hold(IDisposable lease) => _lease = lease;

    /// <summary>Lets something go with the connection that belongs to it alone, and that nobody takes over.</summary>
    public void Keep(IDisposable use) => _use = use;

    /// <summary>Lets the connection go, and gives back what was to go together with it; null: nothing.</summary>
    public IDisposable? Leave()
    {
        var lease = Interlocked.Exchange(ref _lease, null);
        Dispose();
        return lease;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Body.Dispose();
        response.Dispose();
        Interlocked.Exchange(ref _lease, null)?.Dispose();
        Interlocked.Exchange(ref _use, null)?.Dispose();
    }
}
