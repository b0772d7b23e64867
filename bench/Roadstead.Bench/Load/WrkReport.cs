using System.Globalization;

namespace Roadstead.Bench.Load;

/// <summary>What wrk saw, as the script that it runs prints it at the end.</summary>
/// <param name="Requests">Answered in full.</param>
/// <param name="Bytes">All that was read, headers and what was under way at the end included.</param>
/// <param name="BadStatus">Answers of 400 and above.</param>
/// <param name="SocketErrors">Of connecting, reading and writing, and time-outs.</param>
internal sealed record WrkReport(long Requests, long Bytes, TimeSpan Duration, long BadStatus, long SocketErrors, TimeSpan Median, TimeSpan P99)
{
    private const string Mark = "bench-summary ";

    /// <summary>The end of every script: figures as numbers, where wrk's own report rounds them.</summary>
    public const string Script = """
        function done(summary, latency, requests)
          local e = summary.errors
          io.write(string.format("bench-summary requests=%d bytes=%d us=%d status=%d socket=%d p50=%d p99=%d\n",
            summary.requests, summary.bytes, summary.duration, e.status, e.connect + e.read + e.write + e.timeout,
            latency:percentile(50), latency:percentile(99)))
        end

        """;

    /// <exception cref="FormatException">It is not what a run with the script writes.</exception>
    public static WrkReport Parse(string output)
    {
        var line = output.Split('\n').FirstOrDefault(line => line.StartsWith(Mark, StringComparison.Ordinal)) ?? throw new FormatException($"wrk wrote no summary: {output}");
        var values = line[Mark.Length..].Trim().Split(' ').Select(word => word.Split('=')).ToDictionary(pair => pair[0], pair => long.Parse(pair[1], CultureInfo.InvariantCulture));
        return new WrkReport(
            values["requests"], values["bytes"], TimeSpan.FromMicroseconds(values["us"]), values["status"], values["socket"],
            TimeSpan.FromMicroseconds(values["p50"]), TimeSpan.FromMicroseconds(values["p99"]));
    }

    public double BytesPerSecond => Bytes / Duration.TotalSeconds;

    public double RequestsPerSecond => Requests / Duration.TotalSeconds;
}
