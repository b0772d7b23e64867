using System.Buffers.Text;

namespace Roadstead.Server.Telemetry;

/// <summary>
/// The log on its way to standard output: one thread writes, in order, whatever lines have come. Whoever has one hands it over and goes on; only where the reader of
/// standard output stands still and a megabyte waits for it, he waits too, for no line is dropped.
/// </summary>
internal sealed class LogLines : IDisposable
{
    private const int MostWaiting = 1024 * 1024;

    /// <summary>The length of what <see cref="WriteTime"/> writes, in bytes.</summary>
    public const int TimeLength = 24;

    // In milliseconds. Under load hundreds of lines go out with one system call; a reader does not see the delay.
    private const int Gathering = 5;

    private readonly Stream _output;
    private readonly Thread _writer;
    private readonly object _gate = new();
    private byte[] _waiting = new byte[16 * 1024];
    private byte[] _spare = new byte[16 * 1024];
    private int _count;
    private long _next;
    private bool _ended;

    public LogLines()
        : this(Console.OpenStandardOutput())
    {
    }

    /// <param name="output">Where the lines go; closed with this.</param>
    public LogLines(Stream output)
    {
        _output = output;
        _writer = new Thread(Write) { IsBackground = true, Name = "Log" };
        _writer.Start();
    }

    /// <summary>So much waits already that whoever hands over lines may have to wait soon.</summary>
    public bool IsBehind => Volatile.Read(ref _count) > MostWaiting / 2;

    /// <summary>Hands over whole lines with their ends, in UTF-8. After the end of this, nothing happens.</summary>
    public void Add(ReadOnlySpan<byte> lines)
    {
        lock (_gate)
        {
            while (_count > 0 && _count + lines.Length > MostWaiting && !_ended)
            {
                Monitor.Wait(_gate);
            }

            if (_ended)
            {
                return;
            }

            if (_count + lines.Length > _waiting.Length)
            {
                Array.Resize(ref _waiting, Math.Max(_waiting.Length * 2, _count + lines.Length));
            }

            lines.CopyTo(_waiting.AsSpan(_count));
            _count += lines.Length;
            if (_count == lines.Length)
            {
                Monitor.PulseAll(_gate);
            }
        }
    }

    /// <summary>Writes a moment as every line begins, to the millisecond: <c>2026-01-31T23:59:59.123Z</c>.</summary>
    /// <returns>The number of bytes; 0 if there is no room.</returns>
    public static int WriteTime(Span<byte> line, DateTimeOffset moment)
    {
        Span<byte> whole = stackalloc byte[32];
        if (line.Length < TimeLength || !Utf8Formatter.TryFormat(moment.UtcDateTime, whole, out _, 'O'))
        {
            return 0;
        }

        whole[..(TimeLength - 1)].CopyTo(line);
        line[TimeLength - 1] = (byte)'Z';
        return TimeLength;
    }

    /// <summary>Writes what has come, and ends.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _ended = true;
            Monitor.PulseAll(_gate);
        }

        _writer.Join();
        _output.Dispose();
    }

    private void Write()
    {
        while (Take() is { Length: > 0 } lines)
        {
            try
            {
                _output.Write(lines.Span);
                _output.Flush();
            }
            catch (IOException)
            {
                // Nobody reads any more, or the disk is full. The server's work is more than its log.
            }
        }
    }

    /// <returns>What has come; empty at the end.</returns>
    private ReadOnlyMemory<byte> Take()
    {
        lock (_gate)
        {
            while (_count == 0 && !_ended)
            {
                Monitor.Wait(_gate);
            }

            // The first line goes at once; those that follow it closely go together. Lets go of the gate meanwhile, and ends with the log.
            for (var left = _next - Environment.TickCount64; left > 0 && !_ended; left = _next - Environment.TickCount64)
            {
                Monitor.Wait(_gate, (int)left);
            }

            _next = Environment.TickCount64 + Gathering;
            var taken = _waiting.AsMemory(0, _count);
            (_waiting, _spare) = (_spare, _waiting);
            _count = 0;
            Monitor.PulseAll(_gate);
            return taken;
        }
    }
}
