using System.Buffers;
using Roadstead.Oci;
using Roadstead.Oci.Client;
using Roadstead.Server.Projects;

namespace Roadstead.Server.Mirroring;

/// <summary>The way of a blob that cannot be stored to one client: by a fetch that others share, or by its own GET. Verified like a fill, kept nowhere.</summary>
/// <param name="route">The repository that it is fetched from.</param>
/// <param name="digest">What to fetch.</param>
/// <param name="size">Its size in bytes.</param>
/// <param name="isNamed">True if a manifest names it; what none names may be a manifest, and goes out only when it was looked at.</param>
/// <param name="records">Know of manifests, which are no blobs.</param>
/// <param name="clock">For pauses.</param>
internal sealed class PassThrough(Route route, Digest digest, long size, bool isNamed, BlobRecords records, TimeProvider clock) : IDisposable
{
    private const int ChunkSize = 128 * 1024;
    private const int Withheld = 64 * 1024;

    private RelayReader? _relay;

    public Route Route => route;

    public Digest Digest => digest;

    public long Size => size;

    /// <summary>True if a manifest names it.</summary>
    public bool IsNamed => isNamed;

    /// <summary>Has the next sending take its bytes from a fetch that others share.</summary>
    public void Via(RelayReader relay) => Interlocked.Exchange(ref _relay, relay)?.Dispose();

    public void Dispose() => Interlocked.Exchange(ref _relay, null)?.Dispose();

    /// <summary>Sends a part of the blob; its last bytes only when all of the blob was seen and its digest matches.</summary>
    /// <param name="from">The part's first byte.</param>
    /// <param name="to">The byte after its last one.</param>
    /// <param name="send">Takes the bytes in order.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>False if upstream cannot bring it, or brought something else; fewer bytes were sent then than the part has.</returns>
    public async Task<bool> Send(long from, long to, Func<ReadOnlyMemory<byte>, Task> send, CancellationToken cancellation)
    {
        if (Interlocked.Exchange(ref _relay, null) is { } relay)
        {
            using (relay)
            {
                from = await relay.Send(from, to, send, cancellation).ConfigureAwait(false);
                if (from == to || !relay.IsLeftBehind)
                {
                    return from == to;
                }
            }
        }

        return await SendAlone(from, to, send, cancellation).ConfigureAwait(false);
    }

    private async Task<bool> SendAlone(long from, long to, Func<ReadOnlyMemory<byte>, Task> send, CancellationToken cancellation)
    {
        // Whoever comes here has had its 200, and waits for a place as long as the client does.
        if (await BlobRequest.Send(route, digest, size, Timeout.InfiniteTimeSpan, clock, cancellation).ConfigureAwait(false) is not UpstreamOutcome<UpstreamBlob>.Found { Value: var opened })
        {
            return false;
        }

        var endpoint = route.Project.Endpoint!;
        using var body = new ResumingBody(route, digest, opened, clock);
        using var hash = digest.CreateHash();
        var suspect = !isNamed && size <= ManifestReader.MaxSize;
        var held = new HeldBack(suspect ? (int)size : Withheld, send);
        var buffer = ArrayPool<byte>.Shared.Rent(ChunkSize);
        try
        {
            while (true)
            {
                var position = body.Position;
                var read = await body.Read(buffer.AsMemory(0, ChunkSize), size, cancellation).ConfigureAwait(false);
                endpoint.ReportReceived(read);
                if (read == 0 || body.Position > size)
                {
                    break;
                }

                hash.AppendData(buffer, 0, read);
                var (first, end) = suspect ? (position, position + read) : (Math.Max(from, position), Math.Min(to, position + read));
                if (first < end)
                {
                    await held.Add(buffer.AsMemory((int)(first - position), (int)(end - first))).ConfigureAwait(false);
                }
            }

            if (body.Position == size && digest.Matches(hash) && !(suspect && ManifestReader.LooksLikeManifest(held.Bytes)) && !records.IsManifestOfAnyone(digest))
            {
                await send(suspect ? held.Bytes[(int)from..(int)to] : held.Bytes).ConfigureAwait(false);
                return true;
            }

            endpoint.ReportWrongBytes(digest, $"{route.Repository} {digest}: upstream's bytes have another digest");
            return false;
        }
        catch (UpstreamBrokenException)
        {
            return false;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Passes bytes on, all but the last few.</summary>
    private sealed class HeldBack(int count, Func<ReadOnlyMemory<byte>, Task> send)
    {
        private readonly ArrayBufferWriter<byte> _last = new(count + ChunkSize);

        /// <summary>What was not passed on.</summary>
        public ReadOnlyMemory<byte> Bytes => _last.WrittenMemory;

        public async Task Add(ReadOnlyMemory<byte> bytes)
        {
            _last.Write(bytes.Span);
            if (_last.WrittenCount > count)
            {
                var ready = _last.WrittenCount - count;
                await send(_last.WrittenMemory[..ready]).ConfigureAwait(false);
                var rest = _last.WrittenMemory[ready..].ToArray();
                _last.ResetWrittenCount();
                _last.Write(rest);
            }
        }
    }
}
