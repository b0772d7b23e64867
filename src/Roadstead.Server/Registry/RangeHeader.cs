using System.Globalization;
using Microsoft.Extensions.Primitives;

namespace Roadstead.Server.Registry;

/// <summary>What of a blob a request is to get.</summary>
internal abstract record WantedRange
{
    private WantedRange()
    {
    }

    /// <summary>All of it: nothing else was asked for, or nothing that is worth parts.</summary>
    public sealed record Whole : WantedRange;

    public sealed record Part(ByteRange Range) : WantedRange;

    /// <summary>Two parts or more, in the order in which they were asked for.</summary>
    public sealed record Parts(IReadOnlyList<ByteRange> Ranges) : WantedRange;

    /// <summary>Nothing of what was asked for is there.</summary>
    public sealed record Unsatisfiable : WantedRange;
}

/// <summary>Reads a Range header against a blob's size.</summary>
/// <remarks>
/// RFC 9110 section 14. Partial pulls of zstd:chunked layers ask for up to 1024 ranges at once; on a 416 they fail, so it is answered only where nothing
/// can be had.
/// </remarks>
internal static class RangeHeader
{
    // More than any client sends, and about what the limit on a request's headers lets through.
    private const int MaxRanges = 4096;

    public static WantedRange Read(StringValues header, long size)
    {
        var text = header.ToString().AsSpan().Trim();
        if (!text.StartsWith("bytes=", StringComparison.OrdinalIgnoreCase))
        {
            return new WantedRange.Whole();
        }

        var ranges = new List<ByteRange>();
        // Wider than a size: the sum of several ranges of a huge blob is.
        Int128 total = 0;
        text = text["bytes=".Length..];
        foreach (var item in text.Split(','))
        {
            if (text[item].Trim() is not { IsEmpty: false } spec)
            {
                continue;
            }

            if (!TryRead(spec, size, out var range))
            {
                return new WantedRange.Unsatisfiable();
            }

            if (range.Length > 0)
            {
                ranges.Add(range);
                total += range.Length;
            }
        }

        return ranges switch
        {
            [] => new WantedRange.Unsatisfiable(),
            [var only] => new WantedRange.Part(only),

            // RFC 9110 section 14.2: many or overlapping ranges that add up to more than the whole are an attack, or no use.
            _ when total > size || ranges.Count > MaxRanges => new WantedRange.Whole(),
            _ => new WantedRange.Parts(ranges),
        };
    }

    /// <summary>False if it is no range; an empty one if it is one that the blob does not reach.</summary>
    private static bool TryRead(ReadOnlySpan<char> spec, long size, out ByteRange range)
    {
        range = default;
        var dash = spec.IndexOf('-');
        if (dash < 0 || !TryNumber(spec[..dash], out var first) || !TryNumber(spec[(dash + 1)..], out var last) || (first is null && last is null))
        {
            return false;
        }

        var from = first ?? Math.Max(0, size - last!.Value);
        var to = first is null || last is null || last.Value >= size ? size : last.Value + 1;
        range = from < to ? new ByteRange(from, to) : default;
        return true;
    }

    private static bool TryNumber(ReadOnlySpan<char> text, out long? number)
    {
        number = null;
        text = text.Trim();
        if (text.IsEmpty)
        {
            return true;
        }

        if (text.ContainsAnyExceptInRange('0', '9'))
        {
            return false;
        }

        // A number beyond all sizes is a number.
        number = long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var parsed) ? parsed : long.MaxValue;
        return true;
    }
}
