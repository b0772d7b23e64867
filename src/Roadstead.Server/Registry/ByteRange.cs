using Microsoft.AspNetCore.Http;
using System.Globalization;
using Microsoft.Extensions.Primitives;

namespace Roadstead.Server.Registry;

/// <summary>A part of a blob: bytes <paramref name="From"/> up to and without <paramref name="To"/>.</summary>
internal readonly record struct ByteRange(long From, long To)
{
    public long Length => To - From;

    /// <summary>Reads a Range header against a blob of <paramref name="size"/> bytes.</summary>
    /// <returns>The part, or the whole where the header is absent or of another unit; null and a status where it can't be had.</returns>
    /// <remarks>RFC 9110 section 14. Several ranges in one request are 400, on which clients fall back to whole blobs.</remarks>
    public static (ByteRange? Range, int Status) Read(StringValues header, long size)
    {
        var whole = new ByteRange(0, size);
        var text = header.ToString().AsSpan().Trim();
        if (!text.StartsWith("bytes=", StringComparison.OrdinalIgnoreCase))
        {
            return (whole, StatusCodes.Status200OK);
        }

        text = text["bytes=".Length..].Trim();
        if (text.Contains(','))
        {
            return (null, StatusCodes.Status400BadRequest);
        }

        var dash = text.IndexOf('-');
        if (dash < 0 || !TryNumber(text[..dash], out var first) || !TryNumber(text[(dash + 1)..], out var last) || (first is null && last is null))
        {
            return (null, StatusCodes.Status416RangeNotSatisfiable);
        }

        var range = first is null
            ? new ByteRange(Math.Max(0, size - last!.Value), size)
            : new ByteRange(first.Value, last is null || last.Value >= size ? size : last.Value + 1);
        return range.Length > 0 && range.From < size ? (range, StatusCodes.Status206PartialContent) : (null, StatusCodes.Status416RangeNotSatisfiable);
    }

    private static bool TryNumber(ReadOnlySpan<char> text, out long? number)
    {
        number = null;
        if (text.IsEmpty)
        {
            return true;
        }

        var valid = long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var parsed);
        number = valid ? parsed : null;
        return valid;
    }
}
