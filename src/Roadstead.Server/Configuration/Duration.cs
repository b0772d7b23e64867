using System.Globalization;
using System.Text.RegularExpressions;

namespace Roadstead.Server.Configuration;

/// <summary>Lengths of time as <c>500ms</c>, <c>30s</c>, <c>1h30m</c>, <c>7d</c> or a plain <c>0</c>.</summary>
internal static partial class Duration
{
    /// <summary>A century: whatever adds it to the clock stays within what a date can hold.</summary>
    private static readonly TimeSpan Max = TimeSpan.FromDays(36_500);

    /// <summary>Longest time-out; a timer cannot wait for much more than a month.</summary>
    private static readonly TimeSpan MaxTimeout = TimeSpan.FromDays(1);

    public static bool TryParse(string text, out TimeSpan result, out string? fault)
    {
        result = TimeSpan.Zero;
        fault = null;
        if (text == "0")
        {
            return true;
        }

        var match = Pattern().Match(text);
        if (!match.Success)
        {
            fault = "must be a length of time as 500ms, 30s, 1m, 1h30m or 7d";
            return false;
        }

        // Nine digits of days at most are far within what the sum can hold.
        var milliseconds = (((((Number(match, "d") * 24) + Number(match, "h")) * 60) + Number(match, "m")) * 60 + Number(match, "s")) * 1000
            + Number(match, "ms");
        if (milliseconds > (long)Max.TotalMilliseconds)
        {
            fault = "must be at most 36500d";
            return false;
        }

        result = TimeSpan.FromMilliseconds(milliseconds);
        return true;
    }

    public static bool TryParseTimeout(string text, out TimeSpan result, out string? fault)
    {
        if (TryParse(text, out result, out fault) && (result <= TimeSpan.Zero || result > MaxTimeout))
        {
            fault = "must be more than 0 and at most 1d";
        }

        return fault is null;
    }

    /// <summary>Null for <c>unlimited</c>.</summary>
    public static bool TryParseLimit(string text, out TimeSpan? result, out string? fault)
    {
        fault = null;
        result = null;
        if (text == "unlimited")
        {
            return true;
        }

        var parsed = TryParse(text, out var limit, out fault);
        result = limit;
        fault = fault is null ? null : $"{fault}, or unlimited";
        return parsed;
    }

    /// <summary>As it would be written, in the largest units that say it exactly.</summary>
    public static string Text(TimeSpan time)
    {
        (long Count, string Unit)[] parts = [(time.Days, "d"), (time.Hours, "h"), (time.Minutes, "m"), (time.Seconds, "s"), (time.Milliseconds, "ms")];
        return string.Concat(parts.Where(part => part.Count > 0).Select(part => part.Count.ToString(CultureInfo.InvariantCulture) + part.Unit)) is { Length: > 0 } text ? text : "0";
    }

    private static long Number(Match match, string group) =>
        match.Groups[group] is { Success: true, Value: var digits } ? long.Parse(digits, CultureInfo.InvariantCulture) : 0;

    [GeneratedRegex(@"\A(?=.)(?:(?<d>[0-9]{1,9})d)?(?:(?<h>[0-9]{1,9})h)?(?:(?<m>[0-9]{1,9})m)?(?:(?<s>[0-9]{1,9})s)?(?:(?<ms>[0-9]{1,9})ms)?\z")]
    private static partial Regex Pattern();
}
