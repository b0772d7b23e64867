namespace Roadstead.Bench.Figures;

/// <summary>A contestant's samples, one a round, in the order of the rounds.</summary>
internal sealed record ContestantResult(string Name, IReadOnlyList<Sample> Samples)
{
    public Distribution Values => Distribution.Of([.. Samples.Select(sample => sample.Value)]);

    /// <summary>The medians of what the server spent.</summary>
    public Cost Server => MedianOf(sample => sample.Server);

    /// <summary>The medians of what loading it took.</summary>
    public Cost Client => MedianOf(sample => sample.Client);

    private Cost MedianOf(Func<Sample, Cost?> part)
    {
        Cost[] costs = [.. Samples.Select(part).OfType<Cost>()];
        return new Cost(Median(costs.Select(cost => cost.PerGb)), Median(costs.Select(cost => cost.Per10K)));
    }

    private static double? Median(IEnumerable<double?> values) =>
        values.OfType<double>().ToList() is { Count: > 0 } known ? Distribution.Of(known).Median : null;
}
