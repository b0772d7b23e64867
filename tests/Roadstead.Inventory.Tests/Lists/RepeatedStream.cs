using System.Text;

namespace Roadstead.Inventory.Tests.Lists;

/// <summary>A long input that is made while it is read: a head, the same text many times, and a tail.</summary>
internal sealed class RepeatedStream(string head, string text, int times, string tail) : Stream
{
    private readonly byte[] _text = Encoding.UTF8.GetBytes(text);
    private readonly byte[] _tail = Encoding.UTF8.GetBytes(tail);
    private byte[] _current = Encoding.UTF8.GetBytes(head);
    private int _at;
    private int _left = times + 1;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        var copied = 0;
        while (copied < count)
        {
            if (_at == _current.Length)
            {
                if (_left == 0)
                {
                    break;
                }

                (_current, _at) = (--_left == 0 ? _tail : _text, 0);
            }

            var length = Math.Min(count - copied, _current.Length - _at);
            _current.AsSpan(_at, length).CopyTo(buffer.AsSpan(offset + copied));
            (_at, copied) = (_at + length, copied + length);
        }

        return copied;
    }

    public override void Flush()
    {
        // Nothing is written.
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
