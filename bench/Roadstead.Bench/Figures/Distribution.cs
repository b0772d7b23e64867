namespace Roadstead.Bench.Figures;

/// <summary>What a contestant's rounds gave: the middle, and how far they lie apart.</summary>
internal sealed record Distribution(double Min, double Median, double Max)
{
    /// <exception cref="ArgumentException">There are no values.</exception>
    public static Distribution Of(IReadOnlyCollection<double> values)
    {
        if (values.Count == 0)
        {
            throw new ArgumentException("A distribution of no values.", nameof(values));
        }

        double[] sorted = [.. values.Order()];
        var middle = sorted.Length / 2;
        var median = sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        return new Distribution(sorted[0], median, sorted[^1]);
    }
}
