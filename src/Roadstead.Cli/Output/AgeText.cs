using System.Globalization;

namespace Roadstead.Cli.Output;

/// <summary>How long ago something was, in the largest unit that fits.</summary>
internal static class AgeText
{
    public static string Of(DateTimeOffset at, DateTimeOffset now) => (now - at) switch
    {
        { TotalMinutes: < 1 } age => string.Create(CultureInfo.InvariantCulture, $"{Math.Max(0, age.TotalSeconds):0}s ago"),
        { TotalHours: < 1 } age => string.Create(CultureInfo.InvariantCulture, $"{age.Minutes}m ago"),
        { TotalDays: < 1 } age => string.Create(CultureInfo.InvariantCulture, $"{age.Hours}h ago"),
        var age => string.Create(CultureInfo.InvariantCulture, $"{age.Days}d ago"),
    };
}
