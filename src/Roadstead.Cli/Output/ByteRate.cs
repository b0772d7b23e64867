using System.Diagnostics;
using System.Globalization;

namespace Roadstead.Cli.Output;

/// <summary>How fast bytes come, and how long the rest will take.</summary>
internal sealed class ByteRate
{
    // Over so many reports, so that the rate does not jump.
    private const int Window = 5;

    private readonly Queue<(long At, long Bytes)> _past = new();

    /// <param name="bytes">How many have come.</param>
    /// <param name="total">Of how many; 0: that is not known.</param>
    /// <returns>As <c>, 12 MiB/s, 3 min left</c>; empty where nothing can be said.</returns>
    public string Of(long bytes, long total)
    {
        var now = Stopwatch.GetTimestamp();
        _past.Enqueue((now, bytes));
        while (_past.Count > Window)
        {
            _past.Dequeue();
        }

        var (since, before) = _past.Peek();
        var seconds = Stopwatch.GetElapsedTime(since, now).TotalSeconds;
        if (seconds <= 0 || bytes <= before)
        {
            return "";
        }

        var rate = (bytes - before) / seconds;
        return $", {SizeText.Of((long)rate)}/s{(total > bytes ? Left((total - bytes) / rate) : "")}";
    }

    private static string Left(double seconds) => seconds switch
    {
        < 90 => string.Create(CultureInfo.InvariantCulture, $", {Math.Ceiling(seconds):0} s left"),
        < 5400 => string.Create(CultureInfo.InvariantCulture, $", {Math.Ceiling(seconds / 60):0} min left"),
        _ => string.Create(CultureInfo.InvariantCulture, $", {seconds / 3600:0.0} h left"),
    };
}
