namespace Roadstead.Bench.Figures;

/// <summary>Processor seconds by what was done with them.</summary>
/// <param name="PerGb">For 10⁹ bytes sent; null where the answers are small or few.</param>
/// <param name="Per10K">For 10,000 answers; null where they were few.</param>
internal sealed record Cost(double? PerGb, double? Per10K)
{
    // Fewer of them say more about the clock's ticks (10 ms) than about the server.
    private const long FewestBytes = 10_000_000;
    private const long FewestAnswers = 20;

    // The time of smaller answers goes by their number.
    private const long LeastAnswer = 64 * 1024;

    public static Cost Of(TimeSpan cpu, long bytes, long answers) => new(
        bytes < FewestBytes || bytes / Math.Max(1, answers) < LeastAnswer ? null : cpu.TotalSeconds / (bytes / 1e9),
        answers < FewestAnswers ? null : cpu.TotalSeconds / (answers / 1e4));
}
