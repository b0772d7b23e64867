using Microsoft.AspNetCore.Http;
using Microsoft.Win32.SafeHandles;
using Roadstead.Server.Mirroring;
using Roadstead.Server.Telemetry;
using Roadstead.Server.Transport;

namespace Roadstead.Server.Registry;

/// <summary>Sends parts of one blob to one client, from the file that holds it or follows the fill that brings it.</summary>
internal sealed class BlobBody(RegistryRequest request, BlobSource source, StorageFaults storage, ServerMetrics metrics)
{
    // Half as much costs a third of the throughput: docs/performance.md.
    private const int ChunkSize = 128 * 1024;

    private const int FirstChunk = 16 * 1024;

    private readonly HttpResponse _response = request.Context.Response;

    // Null where bytes are encrypted on their way.
    private readonly SocketOutput? _output = request.Context.Features.Get<SocketOutput>();
    private readonly CancellationToken _aborted = request.Context.RequestAborted;

    /// <summary>Sends one part.</summary>
    public Task Send(ByteRange part) => Counted(() => SendPart(part));

    /// <summary>Sends several parts in the frames that tell them apart.</summary>
    public Task Send(MultipartRanges parts) => Counted(async () =>
    {
        for (var i = 0; i < parts.Ranges.Count; i++)
        {
            await _response.BodyWriter.WriteAsync(parts.Head(i), _aborted).ConfigureAwait(false);
            if (!await SendPart(parts.Ranges[i]).ConfigureAwait(false))
            {
                return false;
            }
        }

        await _response.BodyWriter.WriteAsync(parts.Tail, _aborted).ConfigureAwait(false);
        return true;
    });

    private async Task Counted(Func<Task<bool>> send)
    {
        if (source is BlobSource.Held or BlobSource.InMemory)
        {
            if (!await send().ConfigureAwait(false))
            {
                throw new IOException("The blob cannot be read from the disk, and upstream does not bring it.");
            }

            return;
        }

        metrics.Waiters.Inc();
        try
        {
            // Headers go out at once: clients give a mirror seconds for them, and the bytes may take longer.
            await _response.StartAsync(_aborted).ConfigureAwait(false);
            await _response.BodyWriter.FlushAsync(_aborted).ConfigureAwait(false);
            if (!await send().ConfigureAwait(false))
            {
                // The connection ends short of its Content-Length, which no client takes for the whole.
                request.Cut = "the fill failed";
                request.Context.Abort();
            }
        }
        finally
        {
            metrics.Waiters.Dec();
        }
    }

    /// <returns>False if the bytes will not come.</returns>
    private async Task<bool> SendPart(ByteRange part)
    {
        switch (source)
        {
            case BlobSource.InMemory(var bytes):
                await _response.BodyWriter.WriteAsync(bytes[(int)part.From..(int)part.To], _aborted).ConfigureAwait(false);
                request.Bytes += part.Length;
                return true;
            case BlobSource.Held(var blob, var otherwise):
                return await Copy(blob.File, part).ConfigureAwait(false) is not { Length: > 0 } rest || await Pass(otherwise, rest).ConfigureAwait(false);
            case BlobSource.Filling(var reader, var otherwise):
                return await Follow(reader, otherwise, part).ConfigureAwait(false);
            case BlobSource.Passing(var body):
                return await Pass(body, part).ConfigureAwait(false);
            default:
                throw new InvalidOperationException("Unknown source.");
        }
    }

    private async Task<bool> Follow(FillReader reader, PassThrough otherwise, ByteRange part)
    {
        while (part.Length > 0)
        {
            if (await reader.Beyond(part.From, _aborted).ConfigureAwait(false) is not { } end)
            {
                // The disk would not take the rest: the client gets it straight from upstream, from where it is.
                return reader.CannotBeStored && await Pass(otherwise, part).ConfigureAwait(false);
            }

            end = Math.Min(end, part.To);
            if (await Copy(reader.File, part with { To = end }).ConfigureAwait(false) is { Length: > 0 } rest)
            {
                return await Pass(otherwise, part with { From = rest.From }).ConfigureAwait(false);
            }

            part = part with { From = end };
        }

        return true;
    }

    private Task<bool> Pass(PassThrough body, ByteRange part) => body.Send(
        part.From,
        part.To,
        Write,
        _aborted);

    /// <summary>
    /// In the chunks in which files go out. The framework allows a client the time that what was handed over takes at the least rate: handed over at
    /// once, megabytes would let it stall for many minutes.
    /// </summary>
    private async Task Write(ReadOnlyMemory<byte> bytes)
    {
        if (_output is { Owed: > 0 and var owed })
        {
            // They are counted as written already.
            owed = Math.Min(owed, bytes.Length);
            await _output.Pay(bytes[..owed]).ConfigureAwait(false);
            request.Bytes += owed;
            bytes = bytes[owed..];
        }

        var writer = _response.BodyWriter;
        while (bytes.Length > 0)
        {
            var memory = writer.GetMemory(ChunkSize);
            var count = Math.Min(Math.Min(memory.Length, ChunkSize), bytes.Length);
            bytes[..count].CopyTo(memory);
            writer.Advance(count);
            bytes = bytes[count..];
            request.Bytes += count;
            await Flush().ConfigureAwait(false);
        }
    }

    /// <returns>What the disk would not read; empty if all was sent.</returns>
    private async Task<ByteRange> Copy(SafeFileHandle file, ByteRange part)
    {
        var writer = _response.BodyWriter;
        for (var position = part.From; position < part.To;)
        {
            var count = (int)Math.Min(SocketOutput.MostOfFile, part.To - position);

            // The first bytes are read: that they cannot be is found while an error can still be answered.
            if (_response is { HasStarted: true, ContentLength: not null } && _output?.TryWrite(writer, new FilePart(file, position, count)) == true)
            {
                await Flush().ConfigureAwait(false);
                count -= _output.Owed;
                if (_output.Owed > 0)
                {
                    storage.Report("blobs", $"the file of {request.Path?.Reference} cannot be read at byte {position + count}, or ends there, before its length.");
                    request.Bytes += count;
                    return part with { From = position + count };
                }
            }
            else
            {
                var memory = writer.GetMemory(ChunkSize);
                count = Read(file, memory.Span[..Math.Min(Math.Min(memory.Length, count), _response.HasStarted || _output is null ? ChunkSize : FirstChunk)], position);
                if (count == 0)
                {
                    return part with { From = position };
                }

                writer.Advance(count);
                await Flush().ConfigureAwait(false);
            }

            position += count;
            request.Bytes += count;
        }

        return part with { From = part.To };
    }

    private async ValueTask Flush()
    {
        var result = await _response.BodyWriter.FlushAsync(_aborted).ConfigureAwait(false);
        if (result.IsCompleted)
        {
            throw new OperationCanceledException("The client left.");
        }
    }

    /// <returns>0 if the disk does not read it.</returns>
    private int Read(SafeFileHandle file, Span<byte> buffer, long position)
    {
        try
        {
            var read = RandomAccess.Read(file, buffer, position);
            if (read == 0)
            {
                storage.Report("blobs", $"the file of {request.Path?.Reference} ends at byte {position}, before its length.");
            }

            return read;
        }
        catch (IOException exception)
        {
            storage.Report("blobs", $"{request.Path?.Reference} cannot be read: {exception.Message}");
            return 0;
        }
    }
}
