namespace Roadstead.Bench.Figures;

/// <summary>A contestant's samples, one a round, in the order of the rounds.</summary>
internal sealed record ContestantResult(string Name, IReadOnlyList<Sample> Samples)
{
    public Distribution Values => Distribution.Of([.. Samples.Select(sample => sample.Value)]);

    public Distribution? CpuPerGb => Of(sample => sample.CpuPerGb);

    public Distribution? CpuPer10K => Of(sample => sample.CpuPer10K);

    private Distribution? Of(Func<Sample, double?> part) =>
        Samples.Select(part).OfType<double>().ToList() is { Count: > 0 } values ? Distribution.Of(values) : null;
}
