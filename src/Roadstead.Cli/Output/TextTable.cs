namespace Roadstead.Cli.Output;

/// <summary>Columns of text, as wide as the terminal allows.</summary>
internal static class TextTable
{
    private const int Least = 12;
    private const string Gap = "  ";

    /// <param name="rows">Cells; of the same number in each row.</param>
    /// <param name="shrinkable">Columns that may be cut, the first first.</param>
    /// <param name="width">Columns of the terminal; null: without limit.</param>
    public static IEnumerable<string> Lines(IReadOnlyList<string[]> rows, IReadOnlyList<int> shrinkable, int? width)
    {
        var widths = Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].Length)).ToArray();
        foreach (var column in shrinkable)
        {
            var excess = widths.Sum() + ((widths.Length - 1) * Gap.Length) - (width ?? int.MaxValue);
            widths[column] = excess <= 0 ? widths[column] : Math.Min(widths[column], Math.Max(Least, widths[column] - excess));
        }

        return rows.Select(row => Cut(string.Join(Gap, row.Select((cell, column) => Cut(cell, widths[column]).PadRight(widths[column]))).TrimEnd(), width ?? int.MaxValue));
    }

    private static string Cut(string text, int width) => text.Length <= width ? text : text[..(width - 1)] + "…";
}
