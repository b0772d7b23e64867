using System.Globalization;
using System.Text.RegularExpressions;

namespace Roadstead.Server.Configuration;

/// <summary>Sizes as <c>200GiB</c>, <c>10GB</c> or a plain number of bytes.</summary>
internal static partial class ByteSize
{
    private static readonly string[] Prefixes = ["", "K", "M", "G", "T", "P"];

    /// <summary>Null for <c>unlimited</c>.</summary>
    public static bool TryParseLimit(string text, out long? result, out string? fault)
    {
        result = null;
        fault = null;
        if (text == "unlimited")
        {
            return true;
        }

        var match = Pattern().Match(text);
        if (!match.Success)
        {
            fault = "must be a size as 200GiB, 512MiB, 10GB or a number of bytes, or unlimited";
            return false;
        }

        var power = Array.IndexOf(Prefixes, match.Groups["prefix"].Value);
        Int128 bytes = long.Parse(match.Groups["number"].ValueSpan, CultureInfo.InvariantCulture);
        for (var i = 0; i < power; i++)
        {
            bytes *= match.Groups["binary"].Success ? 1024 : 1000;
        }

        if (bytes <= 0 || bytes > long.MaxValue)
        {
            fault = bytes <= 0 ? "must be more than 0" : "is larger than any disk; write unlimited";
            return false;
        }

        result = (long)bytes;
        return true;
    }

    /// <summary>As it would be written: exactly, in the unit that leaves the smallest number, a binary one where two do; null is <c>unlimited</c>.</summary>
    public static string Text(long? limit)
    {
        if (limit is not { } bytes)
        {
            return "unlimited";
        }

        // 80000000 bytes are 78125KiB too, which nobody wrote.
        var (binary, @decimal) = (Reduced(bytes, 1024), Reduced(bytes, 1000));
        var (number, power, ending) = @decimal.Number < binary.Number ? (@decimal.Number, @decimal.Power, "B") : (binary.Number, binary.Power, "iB");
        return string.Create(CultureInfo.InvariantCulture, $"{number}{(power == 0 ? "" : Prefixes[power] + ending)}");
    }

    private static (long Number, int Power) Reduced(long bytes, int unit)
    {
        var power = 0;
        while (power < Prefixes.Length - 1 && bytes > 0 && bytes % unit == 0)
        {
            bytes /= unit;
            power++;
        }

        return (bytes, power);
    }

    [GeneratedRegex(@"\A(?<number>[0-9]{1,18}) ?(?:(?<prefix>[KMGTP])(?<binary>i)?B|B)?\z")]
    private static partial Regex Pattern();
}
