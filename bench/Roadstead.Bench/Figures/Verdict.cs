namespace Roadstead.Bench.Figures;

/// <summary>What became of a goal.</summary>
/// <param name="Measured">Of the medians.</param>
/// <param name="Spread">The same of each round by itself.</param>
/// <param name="Reached">Null where nothing was to be reached.</param>
internal sealed record Verdict(double Measured, Distribution Spread, bool? Reached)
{
    /// <exception cref="InvalidOperationException">A contestant of the goal was not measured.</exception>
    public static Verdict Of(Goal goal, IReadOnlyList<ContestantResult> contestants)
    {
        var subject = Find(contestants, goal.Subject);
        var against = goal.Against is null ? null : Find(contestants, goal.Against);
        var measured = Combine(goal.Kind, subject.Values.Median, against?.Values.Median);
        var rounds = Enumerable.Range(0, subject.Samples.Count)
            .Select(round => Combine(goal.Kind, subject.Samples[round].Value, against?.Samples[round].Value))
            .ToList();
        return new Verdict(measured, Distribution.Of(rounds), Judge(goal, measured));
    }

    // As it is shown: a goal of 1.00 is not missed by 1.0000001.
    private static bool? Judge(Goal goal, double measured) => goal.Bound switch
    {
        Bound.None => null,
        Bound.AtLeast => Math.Round(measured, 3) >= goal.Limit,
        Bound.AtMost => Math.Round(measured, 3) <= goal.Limit,
        _ => throw new InvalidOperationException("Unknown bound."),
    };

    private static double Combine(GoalKind kind, double subject, double? against) => kind switch
    {
        GoalKind.Value => subject,
        GoalKind.Ratio => subject / against!.Value,
        GoalKind.Difference => subject - against!.Value,
        _ => throw new InvalidOperationException("Unknown kind of goal."),
    };

    private static ContestantResult Find(IReadOnlyList<ContestantResult> contestants, string name) =>
        contestants.FirstOrDefault(contestant => contestant.Name == name) ?? throw new InvalidOperationException($"{name} was not measured.");
}
