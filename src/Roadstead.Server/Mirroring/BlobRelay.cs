using System.Buffers;
using Roadstead.Oci;
using Roadstead.Oci.Client;
using Roadstead.Server.Projects;

namespace Roadstead.Server.Mirroring;

/// <summary>One upstream GET of a blob that cannot be stored, for all who wait for it: verified like a fill, kept nowhere. It ends when nobody reads any more.</summary>
/// <param name="route">The repository that it is fetched from.</param>
/// <param name="digest">What to fetch.</param>
/// <param name="size">Its size in bytes.</param>
/// <param name="isNamed">True if a manifest names it; what none names may be a manifest, and goes out only when it was looked at.</param>
/// <param name="window">The bytes that readers have not read yet.</param>
/// <param name="records">Know of manifests, which are no blobs.</param>
/// <param name="clock">For pauses.</param>
internal sealed class BlobRelay(Route route, Digest digest, long size, bool isNamed, RelayWindow window, BlobRecords records, TimeProvider clock)
{
    private const int ChunkSize = 128 * 1024;
    private const long Withheld = 64 * 1024;

    private readonly TaskCompletionSource<UpstreamOutcome<long>> _started = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The blob's size in bytes.</summary>
    public long Size => size;

    /// <summary>True if a manifest names it.</summary>
    public bool IsNamed => isNamed;

    /// <summary>Upstream's answer.</summary>
    public Task<UpstreamOutcome<long>> Started => _started.Task;

    /// <summary>A reader from the first byte on; null if that is gone.</summary>
    public RelayReader? Join() => window.Join() is { } place ? new RelayReader(window, place) : null;

    /// <summary>Fetches the blob.</summary>
    /// <param name="opened">Upstream's answer, where it was asked already.</param>
    /// <param name="stops">Ends it.</param>
    public async Task Run(UpstreamBlob? opened, CancellationToken stops)
    {
        try
        {
            await Fetch(opened, stops).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is UpstreamBrokenException or OperationCanceledException)
        {
            // Whoever reads is told by the window.
        }
        finally
        {
            window.Fail();
            _started.TrySetResult(new UpstreamOutcome<long>.Unavailable(new UpstreamFault(UpstreamFaultKind.ServerError, $"{route.Repository} {digest}: upstream did not bring it")));
        }
    }

    private async Task Fetch(UpstreamBlob? opened, CancellationToken stops)
    {
        if (opened is null)
        {
            var outcome = await BlobRequest.Send(route, digest, size, patience: null, clock, stops).ConfigureAwait(false);
            if (outcome is not UpstreamOutcome<UpstreamBlob>.Found { Value: var blob })
            {
                _started.TrySetResult(outcome.As<long>());
                return;
            }

            opened = blob;
        }

        _started.TrySetResult(new UpstreamOutcome<long>.Found(size));
        var endpoint = route.Project.Endpoint!;
        using var body = new ResumingBody(route, digest, opened, clock);
        using var hash = digest.CreateHash();
        var suspect = isNamed || size > ManifestReader.MaxSize ? null : new ArrayBufferWriter<byte>();
        var buffer = ArrayPool<byte>.Shared.Rent(ChunkSize);
        try
        {
            int read;
            while ((read = await body.Read(buffer.AsMemory(0, ChunkSize), size, stops).ConfigureAwait(false)) > 0 && body.Position <= size && !window.IsDeserted)
            {
                endpoint.ReportReceived(read);
                hash.AppendData(buffer, 0, read);
                suspect?.Write(buffer.AsSpan(0, read));
                await window.Add(buffer.AsMemory(0, read), stops).ConfigureAwait(false);
                window.Publish(suspect is null ? Math.Min(body.Position, size - Math.Min(Withheld, size)) : 0);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        if (window.IsDeserted)
        {
            return;
        }

        if (body.Position == size && digest.Matches(hash) && !(suspect is not null && ManifestReader.LooksLikeManifest(suspect.WrittenMemory)) && !records.IsManifestOfAnyone(digest))
        {
            window.Publish(size);
            return;
        }

        endpoint.ReportWrongBytes(digest, $"{route.Repository} {digest}: upstream's bytes have another digest");
    }
}

/// <summary>One reader of a relay.</summary>
internal sealed class RelayReader(RelayWindow window, RelayWindow.Place place) : IDisposable
{
    private bool _isDisposed;

    /// <summary>Sends a part of the blob as it comes.</summary>
    /// <returns>The first byte that was not sent: the part's end, or where the relay broke off or this reader was left behind.</returns>
    public async Task<long> Send(long from, long to, Func<ReadOnlyMemory<byte>, Task> send, CancellationToken cancellation)
    {
        while (place.Position < to)
        {
            var position = place.Position;
            var bytes = await window.Next(place, cancellation).ConfigureAwait(false);
            if (bytes.IsEmpty)
            {
                return Math.Max(from, position);
            }

            var (first, end) = (Math.Max(from, position), Math.Min(to, position + bytes.Length));
            if (first < end)
            {
                await send(bytes[(int)(first - position)..(int)(end - position)]).ConfigureAwait(false);
            }
        }

        return to;
    }

    /// <summary>True if it went slower than the others could wait for: the rest is to be had, if not from here.</summary>
    public bool IsLeftBehind => place.IsLeftBehind;

    public void Dispose()
    {
        if (!_isDisposed)
        {
            _isDisposed = true;
            window.Leave(place);
        }
    }
}
