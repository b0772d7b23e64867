using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using DiffPlex;
using DiffPlex.Chunkers;
using DiffPlex.Model;

namespace Roadstead.Cli.Output;

/// <summary>What changes in a file, in the form that diff -u and git have.</summary>
internal static partial class UnifiedDiff
{
    private const int Context = 3;
    private const string Hidden = "…";

    /// <param name="before">Null: the file is new.</param>
    /// <param name="after">Null: the file goes.</param>
    /// <param name="afterPath">What it is called afterwards; null: as before.</param>
    public static string Of(string path, string? before, string? after, string? afterPath = null)
    {
        var text = new StringBuilder($"--- {(before is null ? "/dev/null" : path)}\n+++ {(after is null ? "/dev/null" : afterPath ?? path)}\n");
        var result = Differ.Instance.CreateDiffs(before ?? "", after ?? "", ignoreWhiteSpace: false, ignoreCase: false, new LineEndingsPreservingChunker());
        var blocks = result.DiffBlocks;
        for (var first = 0; first < blocks.Count;)
        {
            // Blocks with few lines between them are one hunk.
            var last = first;
            while (last + 1 < blocks.Count && blocks[last + 1].DeleteStartA - End(blocks[last]) <= 2 * Context)
            {
                last++;
            }

            Hunk(text, result, [.. blocks.Skip(first).Take(last - first + 1)]);
            first = last + 1;
        }

        return text.ToString();
    }

    private static int End(DiffBlock block) => block.DeleteStartA + block.DeleteCountA;

    private static void Hunk(StringBuilder text, DiffResult result, IReadOnlyList<DiffBlock> blocks)
    {
        var (first, last) = (blocks[0], blocks[^1]);
        var lead = Math.Min(Context, first.DeleteStartA);
        var tail = Math.Min(Context, result.PiecesOld.Count - End(last));
        var (oldStart, newStart) = (first.DeleteStartA - lead, first.InsertStartB - lead);
        var (oldCount, newCount) = (End(last) + tail - oldStart, last.InsertStartB + last.InsertCountB + tail - newStart);
        text.Append("@@ -").Append(Range(oldStart, oldCount)).Append(" +").Append(Range(newStart, newCount)).Append(" @@\n");
        var at = oldStart;
        foreach (var block in blocks)
        {
            Lines(text, ' ', result.PiecesOld, at, block.DeleteStartA - at);
            Lines(text, '-', result.PiecesOld, block.DeleteStartA, block.DeleteCountA);
            Lines(text, '+', result.PiecesNew, block.InsertStartB, block.InsertCountB);
            at = End(block);
        }

        Lines(text, ' ', result.PiecesOld, at, tail);
    }

    // A range of no lines is told by the line before it.
    private static string Range(int start, int count) => string.Create(CultureInfo.InvariantCulture, $"{(count == 0 ? start : start + 1)}{(count == 1 ? "" : $",{count}")}");

    private static void Lines(StringBuilder text, char sign, IReadOnlyList<string> pieces, int start, int count)
    {
        for (var index = start; index < start + count; index++)
        {
            var line = pieces[index];
            text.Append(sign).Append(Secret().Replace(line.TrimEnd('\n'), $"$1{Hidden}")).Append('\n');
            if (!line.EndsWith('\n'))
            {
                text.Append("\\ No newline at end of file\n");
            }
        }
    }

    // Other settings of a file may hold a password that is none of ours to show.
    [GeneratedRegex("""^(\s*["']?(?:[\w-]*(?:password|secret|token)|auth|authorization)["']?\s*[:=]\s*)[^\s{\[].*$""", RegexOptions.IgnoreCase)]
    private static partial Regex Secret();
}
