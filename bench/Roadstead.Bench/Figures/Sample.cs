namespace Roadstead.Bench.Figures;

/// <summary>One measurement of one contestant.</summary>
/// <param name="Value">In the row's unit.</param>
/// <param name="CpuPerGb">Processor seconds of the server and its workers for 10⁹ bytes sent; null where the row moves next to none.</param>
/// <param name="CpuPer10K">The same for 10,000 requests; null where the row makes few.</param>
internal sealed record Sample(double Value, double? CpuPerGb = null, double? CpuPer10K = null)
{
    // Fewer of them say more about the clock's ticks (10 ms) than about the server.
    private const double FewestBytes = 10_000_000;
    private const double FewestRequests = 100;

    /// <param name="cpu">What the server spent meanwhile.</param>
    /// <param name="bytes">What clients got meanwhile.</param>
    /// <param name="requests">How many answers that were.</param>
    public static Sample Of(double value, TimeSpan cpu, long bytes, long requests) => new(
        value,
        bytes < FewestBytes ? null : cpu.TotalSeconds / (bytes / 1e9),
        requests < FewestRequests ? null : cpu.TotalSeconds / (requests / 1e4));
}
