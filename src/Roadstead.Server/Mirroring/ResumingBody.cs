using Roadstead.Oci;
using Roadstead.Oci.Client;
using Roadstead.Server.Projects;

namespace Roadstead.Server.Mirroring;

/// <summary>A blob's bytes from upstream, in order and without gaps, through breaks and silences of the connection.</summary>
/// <remarks>
/// A break is answered with a request for the rest. From an upstream that sends the whole again, what is already there is skipped; one that answers the
/// request for the rest with nonsense, as some do with 416 or with another range, is asked for the whole.
/// </remarks>
internal sealed class ResumingBody(Route route, Digest digest, UpstreamBlob first, TimeProvider clock) : IDisposable
{
    // Breaks without much between them; an upstream that gets on gets its chances back, one that breaks after each byte would go on for days.
    private const int MaxBreaks = 3;
    private const int GettingOn = 1024 * 1024;

    // Then four times as long after each break: over five seconds, in which a registry that restarts, or a connection that moves, is back.
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(250);

    private readonly Endpoint _endpoint = route.Project.Endpoint!;
    private readonly RepositoryName _repository = route.Repository;
    private readonly Bandwidth _bandwidth = route.Project.Bandwidth;
    private UpstreamBlob _blob = first;
    private long _skip;
    private bool _hasNoRanges;
    private int _breaks;
    private long _sinceBreak;
    private TimeSpan _waited;
    private long _came;
    private TimeSpan _heldUp;

    /// <summary>How many bytes were given out.</summary>
    public long Position { get; private set; }

    /// <summary>The next bytes; 0 at the end.</summary>
    /// <param name="buffer">Where they go.</param>
    /// <param name="size">The blob's length in bytes, before which an end is a break; null where nobody told it.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="UpstreamBrokenException">Upstream cannot bring the rest.</exception>
    public async ValueTask<int> Read(Memory<byte> buffer, long? size, CancellationToken cancellation)
    {
        while (true)
        {
            var (received, fault) = await TryRead(buffer[.._bandwidth.Piece(buffer.Length)], cancellation).ConfigureAwait(false);
            await Pay(received, cancellation).ConfigureAwait(false);
            var read = WithoutRepeated(buffer, received);
            if (fault is null && received > 0 && read == 0)
            {
                continue;
            }

            if (fault is null && (read > 0 || size is null || Position >= size))
            {
                Position += read;
                _sinceBreak += read;

                // An upstream that does not wait while it is not read for so long is no broken one.
                _breaks = _sinceBreak >= GettingOn || _heldUp >= _endpoint.Options.IdleTimeout ? 0 : _breaks;
                return Position <= _endpoint.MaxBlobSize ? read
                    : throw new UpstreamBrokenException($"the body is longer than {_endpoint.MaxBlobSize} bytes (limits.blobSize)");
            }

            fault ??= $"the body ended after {Position} of {size} bytes";
            _endpoint.ReportBrokenBody($"{_repository} {digest}: {fault}");
            await Resume(fault, cancellation).ConfigureAwait(false);
        }
    }

    public void Dispose() => _blob.Dispose();

    private async ValueTask<(int Read, string? Fault)> TryRead(Memory<byte> buffer, CancellationToken cancellation)
    {
        using var idle = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        try
        {
            idle.CancelAfter(_endpoint.Options.IdleTimeout);
            var since = clock.GetTimestamp();
            var read = await _blob.Body.ReadAsync(buffer, idle.Token).ConfigureAwait(false);
            return IsDripping(read, clock.GetElapsedTime(since)) is { } dripping ? (0, dripping) : (read, null);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return (0, $"no byte came for {_endpoint.Options.IdleTimeout.TotalSeconds:0.#} s at byte {Position}");
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException)
        {
            return (0, $"the connection broke at byte {Position}: {exception.GetBaseException().Message}");
        }
    }

    /// <summary>Waits until the project's bandwidth has room for what was received; none of that time is upstream's.</summary>
    private async ValueTask Pay(int received, CancellationToken cancellation)
    {
        if (!_bandwidth.IsUnlimited)
        {
            var since = clock.GetTimestamp();
            await _bandwidth.Pay(received, cancellation).ConfigureAwait(false);
            _heldUp += clock.GetElapsedTime(since);
        }
    }

    /// <summary>Takes away what upstream sent though it was there already.</summary>
    /// <returns>How many bytes are left.</returns>
    private int WithoutRepeated(Memory<byte> buffer, int received)
    {
        var repeated = (int)Math.Min(_skip, received);
        if (repeated > 0)
        {
            _skip -= repeated;
            buffer[repeated..received].CopyTo(buffer);
        }

        return received - repeated;
    }

    /// <summary>A body that comes byte by byte is never silent and never whole either.</summary>
    /// <remarks>Only waits for upstream count: who passes the body on may be slow with it.</remarks>
    private string? IsDripping(int read, TimeSpan waited)
    {
        _waited += waited;
        _came += read;
        if (_waited < _endpoint.Options.IdleTimeout)
        {
            return null;
        }

        var fault = read > 0 && _came < _endpoint.Options.MinBodyRate * _waited.TotalSeconds
            ? $"only {_came} bytes came in {_waited.TotalSeconds:0.#} s, at byte {Position}"
            : null;
        (_waited, _came) = (TimeSpan.Zero, 0);
        return fault;
    }

    private async Task Resume(string fault, CancellationToken cancellation)
    {
        (_sinceBreak, _waited, _came, _heldUp) = (0, TimeSpan.Zero, 0, TimeSpan.Zero);

        // Another URL of the endpoint, where there is one, brings the rest; and its successor takes its place among the bodies that may be under way: clients have had their 200.
        var place = _blob.Leave();
        while (++_breaks <= MaxBreaks)
        {
            await Task.Delay(FirstPause * Math.Pow(4, _breaks - 1), clock, cancellation).ConfigureAwait(false);
            var outcome = await _endpoint.GetBlob(_repository, digest, _hasNoRanges ? 0 : Position, place, cancellation, last: _blob.From).ConfigureAwait(false);
            if (outcome is UpstreamOutcome<UpstreamBlob>.Found found)
            {
                _blob = found.Value;
                _skip = Position - found.Value.Offset;
                return;
            }

            _hasNoRanges |= outcome is UpstreamOutcome<UpstreamBlob>.Unavailable { Fault.Kind: UpstreamFaultKind.Nonsense };
        }

        place?.Dispose();
        throw new UpstreamBrokenException(fault);
    }
}

/// <summary>Upstream's body broke and could not be resumed.</summary>
internal sealed class UpstreamBrokenException(string message) : IOException(message);
