using System.Globalization;

namespace Roadstead.Server.Configuration;

/// <summary>How many nodes may be changed at once: a number, or a part of all.</summary>
/// <param name="Value">The number, or the percentage.</param>
/// <param name="IsPercent">What <paramref name="Value"/> is.</param>
public readonly record struct BatchSize(int Value, bool IsPercent)
{
    /// <summary>A quarter.</summary>
    public static BatchSize Default { get; } = new(25, IsPercent: true);

    /// <summary>How many that is of so many nodes; at least one, or nothing would ever change.</summary>
    public int Of(int nodes) => Math.Max(1, IsPercent ? (int)((long)nodes * Value / 100) : Value);

    /// <summary>Reads <c>25%</c> or <c>3</c>.</summary>
    public static bool TryParse(string text, out BatchSize result, out string? fault)
    {
        var isPercent = text.EndsWith('%');
        var parsed = int.TryParse(isPercent ? text[..^1] : text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= 1 && (!isPercent || value <= 100);
        result = new BatchSize(value, isPercent);
        fault = parsed ? null : "must be a number of nodes, 1 or more, or a part of them from 1% to 100%";
        return parsed;
    }
}
