using Roadstead.Oci.Client;

namespace Roadstead.Server.Mirroring;

/// <summary>The blobs that pass through without being stored: the one place where requests for them collapse.</summary>
internal sealed class BlobRelayTable(BlobRecords records, TimeProvider clock, ServerLifetime lifetime)
{
    // Of all together: what many relays hold is bounded as what one does.
    private const int Together = 128 * 1024 * 1024;
    private const int Most = 32 * 1024 * 1024;
    private const int Least = 1024 * 1024;

    private readonly Lock _gate = new();
    private readonly Dictionary<BlobKey, BlobRelay> _relays = [];
    private int _running;

    /// <summary>Joins a blob's relay if there is one whose first byte is still to be had.</summary>
    public (BlobRelay Relay, RelayReader Reader)? TryJoin(BlobKey key)
    {
        lock (_gate)
        {
            return _relays.TryGetValue(key, out var running) && running.Join() is { } reader ? (running, reader) : null;
        }
    }

    /// <summary>Joins the blob's relay if its first byte is still to be had, or starts one.</summary>
    /// <param name="body">What is to pass through.</param>
    /// <param name="takeOpened">Gives upstream's answer where it was asked already; else null.</param>
    public (BlobRelay Relay, RelayReader Reader) Join(PassThrough body, Func<UpstreamBlob?> takeOpened)
    {
        var key = BlobKey.Of(body.Route, body.Digest);
        lock (_gate)
        {
            if (TryJoin(key) is { } joined)
            {
                return joined;
            }

            var relay = new BlobRelay(body.Route, body.Digest, body.Size, body.IsNamed, new RelayWindow(Share, clock), records, clock);
            var first = relay.Join()!;
            _relays[key] = relay;
            _running++;
            var opened = takeOpened();
            _ = Task.Run(() => Run(key, relay, opened));
            return (relay, first);
        }
    }

    private int Share() => Math.Clamp(Together / Math.Max(1, Volatile.Read(ref _running)), Least, Most);

    private async Task Run(BlobKey key, BlobRelay relay, UpstreamBlob? opened)
    {
        try
        {
            await relay.Run(opened, lifetime.Stops).ConfigureAwait(false);
        }
        finally
        {
            lock (_gate)
            {
                _running--;
                if (_relays.TryGetValue(key, out var current) && current == relay)
                {
                    _relays.Remove(key);
                }
            }
        }
    }
}
