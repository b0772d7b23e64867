using System.Diagnostics;
using System.Globalization;
using Roadstead.Api;

namespace Roadstead.Cli.Output;

/// <summary>How far the fetch of an image is, as one line of a terminal.</summary>
/// <param name="terminal">Shows it.</param>
/// <param name="image">The image.</param>
internal sealed class FetchLine(TerminalProgress terminal, string image) : IProgress<ImageFetchProgress>
{
    // Over so many reports, so that the rate does not jump.
    private const int Window = 5;

    private readonly Queue<(long At, long Bytes)> _past = new();

    public void Report(ImageFetchProgress value)
    {
        var now = Stopwatch.GetTimestamp();
        _past.Enqueue((now, value.Bytes));
        while (_past.Count > Window)
        {
            _past.Dequeue();
        }

        var (since, bytes) = _past.Peek();
        var seconds = Stopwatch.GetElapsedTime(since, now).TotalSeconds;
        var rate = seconds > 0 && value.Bytes > bytes ? $", {SizeText.Of((long)((value.Bytes - bytes) / seconds))}/s" : "";
        terminal.Report(value.TotalBlobs == 0 ? $"{image}: its manifest…"
            : string.Create(CultureInfo.InvariantCulture, $"{image}: {SizeText.Of(value.Bytes)} of {SizeText.Of(value.TotalBytes)}{rate}, {value.Blobs} of {value.TotalBlobs} blobs"));
    }
}
