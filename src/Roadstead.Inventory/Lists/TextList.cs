using System.Globalization;
using System.Text;

namespace Roadstead.Inventory.Lists;

/// <summary>Images, one a line, with a number before each or not. Blank lines and those that begin with <c>#</c> are skipped.</summary>
internal static class TextList
{
    // No name of an image has more than a few hundred.
    private const int MaxLine = 4096;

    // What jq puts around strings.
    private const char Quote = '"';

    /// <returns>What is wrong with it as a whole; null: nothing is.</returns>
    public static async Task<string?> Read(InputBuffer buffer, InventoryBuilder builder, CancellationToken cancellation)
    {
        var isAny = false;
        while (await Line(buffer, cancellation).ConfigureAwait(false) is var (text, number, isWhole))
        {
            var line = text.Trim();
            if (line.Length == 0 || line[0] == '#')
            {
                continue;
            }

            isAny = true;
            var place = string.Create(CultureInfo.InvariantCulture, $"line {number}");
            var words = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (!isWhole)
            {
                builder.Malformed(line, "is longer than the name of an image can be; put each image on a line of its own (| tr -s '[:space:]' '\\n')", place);
            }
            else if (words is [var lone] && lone.All(char.IsAsciiDigit) && (char.IsWhiteSpace(text[0]) || text.TrimEnd('\r').EndsWith(' ')))
            {
                // As uniq -c counts empty lines.
            }
            else if (words is [var only])
            {
                builder.Add(only.Trim(Quote), place);
            }
            else if (words is [var count, var image] && count.All(char.IsAsciiDigit))
            {
                builder.Add(image.Trim(Quote), place, int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var uses) ? uses : int.MaxValue);
            }
            else
            {
                builder.Malformed(line, "has more than an image and a number before it; put each image on a line of its own (| tr -s '[:space:]' '\\n')", place);
            }
        }

        return isAny ? null : "It is empty: there is not one image in it.";
    }

    /// <returns>The next line; null: there is none. Of one that is too long its beginning.</returns>
    private static async ValueTask<(string Text, long Number, bool IsWhole)?> Line(InputBuffer buffer, CancellationToken cancellation)
    {
        var end = buffer.Span.IndexOf((byte)'\n');
        while (end < 0 && buffer.Length <= MaxLine && await buffer.Fill(cancellation).ConfigureAwait(false))
        {
            end = buffer.Span.IndexOf((byte)'\n');
        }

        if (buffer.Length == 0)
        {
            return null;
        }

        var number = buffer.Lines + 1;
        var length = end < 0 ? buffer.Length : end;
        var text = Encoding.UTF8.GetString(buffer.Span[..Math.Min(length, MaxLine)]);
        var isWhole = length <= MaxLine;
        while (end < 0 && !buffer.IsAtEnd)
        {
            buffer.Advance(buffer.Length);
            await buffer.Fill(cancellation).ConfigureAwait(false);
            end = buffer.Span.IndexOf((byte)'\n');
        }

        buffer.Advance(end < 0 ? buffer.Length : end + 1);
        return (text, number, isWhole);
    }
}
