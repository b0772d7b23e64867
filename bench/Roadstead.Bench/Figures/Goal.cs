namespace Roadstead.Bench.Figures;

internal enum GoalKind
{
    /// <summary>Subject's median divided by the other's.</summary>
    Ratio,

    /// <summary>Subject's median less the other's, in the row's unit.</summary>
    Difference,

    /// <summary>Subject's median, in the row's unit.</summary>
    Value,
}

internal enum Bound
{
    /// <summary>Shown, not judged.</summary>
    None,
    AtLeast,
    AtMost,
}

/// <summary>What a row must reach.</summary>
/// <param name="Subject">The contestant that is judged.</param>
/// <param name="Against">The other one; null where there is none.</param>
/// <param name="Limit">What the bound is; 0 where there is none.</param>
internal sealed record Goal(GoalKind Kind, string Subject, string? Against, Bound Bound, double Limit)
{
    public static Goal RatioAtLeast(string subject, string against, double limit) => new(GoalKind.Ratio, subject, against, Bound.AtLeast, limit);

    public static Goal RatioAtMost(string subject, string against, double limit) => new(GoalKind.Ratio, subject, against, Bound.AtMost, limit);

    public static Goal RatioShown(string subject, string against) => new(GoalKind.Ratio, subject, against, Bound.None, 0);

    public static Goal DifferenceAtMost(string subject, string against, double limit) => new(GoalKind.Difference, subject, against, Bound.AtMost, limit);

    public static Goal AtMost(string subject, double limit) => new(GoalKind.Value, subject, null, Bound.AtMost, limit);
}
