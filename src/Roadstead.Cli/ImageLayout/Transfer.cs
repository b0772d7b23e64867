using System.Diagnostics;
using System.Globalization;
using Roadstead.Cli.Output;

namespace Roadstead.Cli.ImageLayout;

/// <summary>Counts what is carried over, and shows on a terminal how far that is.</summary>
/// <param name="terminal">Shows it; null: nobody looks.</param>
internal sealed class Transfer(TerminalProgress? terminal)
{
    private static readonly TimeSpan BetweenReports = TimeSpan.FromMilliseconds(250);

    // Over so much, so that the rate does not jump.
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(5);

    private readonly Queue<(long At, long Bytes)> _past = new();
    private long _shownAt;
    private int _images;
    private long _done;

    /// <summary>How many images there are.</summary>
    public int Images { get; set; }

    /// <summary>The bytes that are to be carried over, as far as is known.</summary>
    public long Total { get; set; }

    /// <summary>Blobs that were carried over.</summary>
    public int Blobs { get; private set; }

    /// <summary>Bytes that were.</summary>
    public long Bytes { get; private set; }

    /// <summary>Counts bytes that went over.</summary>
    public void Add(long bytes)
    {
        Bytes += bytes;
        Pass(bytes);
    }

    /// <summary>Counts bytes that need not be carried over after all.</summary>
    public void Pass(long bytes)
    {
        _done += bytes;
        Show(isDue: false);
    }

    public void BlobDone() => Blobs++;

    public void ImageDone()
    {
        _images++;
        Show(isDue: true);
    }

    private void Show(bool isDue)
    {
        var now = Stopwatch.GetTimestamp();
        if (terminal is null || (!isDue && Stopwatch.GetElapsedTime(_shownAt, now) < BetweenReports))
        {
            return;
        }

        _shownAt = now;
        _past.Enqueue((now, Bytes));
        while (_past.Count > 2 && Stopwatch.GetElapsedTime(_past.Peek().At, now) > Window)
        {
            _past.Dequeue();
        }

        terminal.Report(Text(now));
    }

    private string Text(long now)
    {
        var (since, bytes) = _past.Peek();
        var seconds = Stopwatch.GetElapsedTime(since, now).TotalSeconds;
        var rate = seconds > 0 ? (Bytes - bytes) / seconds : 0;
        var left = Math.Max(0, Total - _done);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{_images} of {Images} images, {SizeText.Of(_done)} of {SizeText.Of(Math.Max(Total, _done))}{(rate >= 1 ? $", {SizeText.Of((long)rate)}/s, {Left(left / rate)} left" : "")}");
    }

    private static string Left(double seconds) => seconds >= TimeSpan.FromDays(4).TotalSeconds ? "days"
        : TimeSpan.FromSeconds(Math.Ceiling(seconds)) is var span && span.TotalHours >= 1 ? string.Create(CultureInfo.InvariantCulture, $"{(int)span.TotalHours} h {span.Minutes} min")
        : span.TotalMinutes >= 1 ? string.Create(CultureInfo.InvariantCulture, $"{span.Minutes} min {span.Seconds} s")
        : string.Create(CultureInfo.InvariantCulture, $"{span.Seconds} s");
}
