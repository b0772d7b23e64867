using System.Buffers;

namespace Roadstead.Inventory.Lists;

/// <summary>The part of a stream that is being looked at; it grows where something is longer, up to a limit.</summary>
/// <param name="input">The stream.</param>
internal sealed class InputBuffer(Stream input) : IDisposable
{
    /// <summary>The longest thing that is looked at as a whole, in bytes: ten times what a cluster lets an object have.</summary>
    public const int MostLength = 16 << 20;

    private const int FirstLength = 1 << 16;

    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(FirstLength);
    private int _start;
    private int _end;

    /// <summary>What has been read and not been done with.</summary>
    public ReadOnlySpan<byte> Span => _bytes.AsSpan(_start, _end - _start);

    public int Length => _end - _start;

    /// <summary>All of the stream has been read.</summary>
    public bool IsAtEnd { get; private set; }

    /// <summary>Lines that are done with.</summary>
    public long Lines { get; private set; }

    /// <summary>It has no room for more.</summary>
    public bool IsFull => Length >= MostLength;

    /// <summary>Is done with so many bytes.</summary>
    public void Advance(int count)
    {
        Lines += Span[..count].Count((byte)'\n');
        _start += count;
    }

    /// <summary>Reads more, after what is there.</summary>
    /// <returns>False: there is no more, or no room for it.</returns>
    public async ValueTask<bool> Fill(CancellationToken cancellation)
    {
        if (IsAtEnd || IsFull)
        {
            return false;
        }

        MakeRoom();
        var read = await input.ReadAsync(_bytes.AsMemory(_end), cancellation).ConfigureAwait(false);
        _end += read;
        IsAtEnd = read == 0;
        return read > 0;
    }

    public void Dispose() => ArrayPool<byte>.Shared.Return(_bytes);

    private void MakeRoom()
    {
        if (_end < _bytes.Length)
        {
            return;
        }

        var larger = _start > 0 ? _bytes : ArrayPool<byte>.Shared.Rent(Math.Min(2 * _bytes.Length, MostLength));
        Span.CopyTo(larger);
        (_end, _start) = (_end - _start, 0);
        if (!ReferenceEquals(larger, _bytes))
        {
            ArrayPool<byte>.Shared.Return(_bytes);
            _bytes = larger;
        }
    }
}
