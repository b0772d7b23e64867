using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace Roadstead.Server.Transport;

/// <summary>
/// The way out of a connection in plain HTTP: bytes go straight to its socket, and parts of files go there by <c>sendfile</c>, which copies nothing. In Kestrel's eyes
/// it is an ordinary pipe: a part of a file stands in its body as memory that is never written or read, so that what Kestrel counts, limits and times stays true.
/// </summary>
/// <remarks>Used as every pipe writer is: by one at a time, and not while a flush is under way.</remarks>
internal sealed class SocketOutput(ConnectionContext connection, Socket socket, PipeWriter inner, UnsentShare share) : PipeWriter
{
    /// <summary>The most bytes that a part of a file may have. A client may take as long over them as over what is handed over at once.</summary>
    public const int MostOfFile = 256 * 1024;

    private const int LeastBuffer = 4096;

    // While the socket has no room, so much is read and sent the ordinary way: the framework tells when there is room again.
    private const int Bridge = 16 * 1024;

    private static readonly TimeSpan StallTime = TimeSpan.FromSeconds(10);

    // Never touched, so that the system gives it no memory.
    private static readonly byte[] StandIn = GC.AllocateUninitializedArray<byte>(MostOfFile);

    private byte[] _buffer = [];
    private int _count;
    private FilePart? _offered;
    private FilePart? _taken;
    private FilePart? _file;
    private int _bound;
    private bool _isFlushing;
    private bool _isEnded;
    private bool _isFlushCanceled;

    /// <summary>The bytes at the end of the last part of a file that could not be read: the body counts them as written, and is short of them until they are paid.</summary>
    public int Owed { get; private set; }

    public override bool CanGetUnflushedBytes => true;

    public override long UnflushedBytes => _count + (_file?.Count ?? 0);

    /// <summary>Writes a part of a file to a body that leads here; it goes out with the next flush, which must follow.</summary>
    /// <returns>False if the body leads elsewhere just now; nothing was written then.</returns>
    public bool TryWrite(PipeWriter body, FilePart part)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(part.Count, MostOfFile);
        _offered = part;
        _ = body.GetMemory(part.Count);
        var isTaken = _offered is null;
        _offered = null;
        if (isTaken)
        {
            body.Advance(part.Count);
        }

        return isTaken;
    }

    /// <summary>Sends bytes that are owed.</summary>
    public async Task Pay(ReadOnlyMemory<byte> bytes)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes.Length, Owed);
        using var stall = new CancellationTokenSource(StallTime);
        try
        {
            await SendAll(bytes, stall.Token).ConfigureAwait(false);
            Owed -= bytes.Length;
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            Break();
            throw new OperationCanceledException("The client left.", exception);
        }
    }

    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        _taken = null;
        if (_file is not null)
        {
            throw new InvalidOperationException("A part of a file waits for its flush.");
        }

        if (_offered is { } part && part.Count == sizeHint)
        {
            (_taken, _offered) = (part, null);
            return StandIn.AsMemory(0, sizeHint);
        }

        Reserve(Math.Max(sizeHint, 1));
        return _buffer.AsMemory(_count);
    }

    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public override void Advance(int bytes)
    {
        if (_taken is { } part)
        {
            _taken = null;
            _file = bytes == part.Count ? part : throw new ArgumentOutOfRangeException(nameof(bytes), bytes, "A part of a file is written whole.");
            return;
        }

        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, _buffer.Length - _count);
        _count += bytes;
    }

    /// <summary>Sends what was written. Once it began it is not cancelled but by the end of the connection, for nobody could say how much of it went out.</summary>
    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Flush();
    }

    public override void CancelPendingFlush() => _isFlushCanceled = true;

    public override void Complete(Exception? exception = null)
    {
        if (!_isEnded && !_isFlushing && _count > 0 && Owed == 0)
        {
            // What nobody flushed goes the way it would have gone without this.
            inner.Write(_buffer.AsSpan(0, _count));
        }

        _isEnded = true;
        if (!_isFlushing)
        {
            // A flush that is under way still reads the buffer: given back, it could hold what is another connection's.
            _count = 0;
            ReturnBuffer();
        }

        inner.Complete(exception);
    }

    private async ValueTask<FlushResult> Flush()
    {
        _isFlushing = true;
        try
        {
            if (Owed > 0)
            {
                // Whatever comes now would stand where other bytes belong.
                Break();
            }

            if (!_isEnded && _count > 0)
            {
                await SendBuffer(_file is not null).ConfigureAwait(false);
            }

            if (!_isEnded && _file is { } part)
            {
                _file = null;
                Owed = await SendFile(part).ConfigureAwait(false);
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            Break();
        }
        finally
        {
            _isFlushing = false;
        }

        var isCanceled = _isFlushCanceled;
        _isFlushCanceled = false;
        return new FlushResult(isCanceled, _isEnded);
    }

    private async ValueTask SendBuffer(bool more)
    {
        var bytes = _buffer.AsMemory(0, _count);
        bytes = bytes[SocketCalls.Send(socket.SafeHandle, bytes.Span, more)..];
        if (!bytes.IsEmpty)
        {
            await SendAll(bytes, CancellationToken.None).ConfigureAwait(false);
        }

        _count = 0;
        ReturnBuffer();
    }

    /// <returns>The bytes at its end that cannot be read.</returns>
    private async ValueTask<int> SendFile(FilePart part)
    {
        share.Enter();
        try
        {
            _bound = share.Bound(socket, _bound);
            return await Send(part).ConfigureAwait(false);
        }
        finally
        {
            share.Leave();
        }
    }

    /// <inheritdoc cref="SendFile"/>
    private async ValueTask<int> Send(FilePart part)
    {
        while (part.Count > 0)
        {
            var (sent, end) = SocketCalls.SendFile(socket.SafeHandle, part);
            switch (end)
            {
                case SendFileEnd.None:
                    part = part.After(sent);
                    break;
                case SendFileEnd.Full when await SendBridge(part).ConfigureAwait(false) is > 0 and var bridged:
                    part = part.After(bridged);
                    break;
                case SendFileEnd.Broken:
                    Break();
                    return 0;
                default:
                    return part.Count;
            }
        }

        return 0;
    }

    /// <returns>The number of bytes; 0 if they cannot be read.</returns>
    private async ValueTask<int> SendBridge(FilePart part)
    {
        var bridge = ArrayPool<byte>.Shared.Rent(Bridge);
        try
        {
            var read = Read(part, bridge.AsSpan(0, Math.Min(Bridge, part.Count)));
            await SendAll(bridge.AsMemory(0, read), CancellationToken.None).ConfigureAwait(false);
            return read;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bridge);
        }
    }

    private static int Read(FilePart part, Span<byte> buffer)
    {
        try
        {
            return RandomAccess.Read(part.File, buffer, part.Position);
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private async ValueTask SendAll(ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[await socket.SendAsync(bytes, SocketFlags.None, cancellation).ConfigureAwait(false)..];
        }

        await ReadLane.Off();
    }

    private void Break()
    {
        _isEnded = true;
        connection.Abort(new ConnectionAbortedException("The client left, or its body cannot be completed."));
    }

    private void Reserve(int more)
    {
        if (_buffer.Length - _count >= more)
        {
            return;
        }

        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(LeastBuffer, _count + more));
        _buffer.AsSpan(0, _count).CopyTo(larger);
        ReturnBuffer();
        _buffer = larger;
    }

    // A connection that has nothing to say keeps no memory.
    private void ReturnBuffer()
    {
        if (_buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = [];
        }
    }
}
