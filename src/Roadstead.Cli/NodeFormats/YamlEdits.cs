namespace Roadstead.Cli.NodeFormats;

/// <summary>Changes of a file of YAML that leave all else in it as it is, comments and style.</summary>
internal static class YamlEdits
{
    /// <summary>The text with a value put at a path: a scalar that is there is replaced, what is missing is made.</summary>
    /// <exception cref="FormatException">Something on the way is neither a map nor nothing; the message is its line.</exception>
    public static string Put(YamlFile file, IReadOnlyList<string> path, YamlPiece piece)
    {
        if (file.Root is not { } at)
        {
            var head = file.Text.Length == 0 || file.Text.EndsWith('\n') ? file.Text : file.Text + "\n";
            return head + Nested(path, 1, piece).Block(path[0], 0);
        }

        for (var depth = 0; depth < path.Count; depth++)
        {
            if (at.Entry(path[depth]) is not { } entry)
            {
                return Add(file.Text, at, path[depth], Nested(path, depth + 1, piece));
            }

            if (depth == path.Count - 1 || entry.Value.IsNull)
            {
                return Replace(file.Text, at, entry, Nested(path, depth + 1, piece));
            }

            at = entry.Value.Entries is not null ? entry.Value : throw Wrong(entry);
        }

        return file.Text;
    }

    /// <summary>The text with an entry taken out of its map, and of the maps around it that are empty then.</summary>
    public static string Remove(YamlFile file, IReadOnlyList<string> path)
    {
        var maps = new List<YamlNode>();
        for (var at = file.Root; at is not null && maps.Count < path.Count; at = at.Entry(path[maps.Count - 1])?.Value)
        {
            maps.Add(at);
        }

        var depth = path.Count - 1;
        while (depth > 0 && maps[depth].Entries!.Count == 1)
        {
            depth--;
        }

        var (map, entry) = (maps[depth], maps[depth].Entry(path[depth])!);
        if (!map.IsFlow)
        {
            var start = TextEdit.LineStart(file.Text, entry.KeyStart);
            var last = Math.Max(entry.KeyEnd, entry.Value.End);
            var end = last > entry.KeyEnd && file.Text[last - 1] == '\n' ? last : TextEdit.NextLine(file.Text, last);
            return TextEdit.Apply(file.Text, [new TextEdit(start, end - start, "")]);
        }

        var index = map.Entries!.ToList().IndexOf(entry);
        var (from, to) = index + 1 < map.Entries!.Count ? (entry.KeyStart, map.Entries[index + 1].KeyStart) : index > 0 ? (map.Entries[index - 1].Value.End, entry.Value.End) : (entry.KeyStart, entry.Value.End);
        return TextEdit.Apply(file.Text, [new TextEdit(from, to - from, "")]);
    }

    /// <summary>The text with a list that begins with one item, raw, and has those that stay behind it.</summary>
    /// <param name="first">Null: nothing is put before them.</param>
    public static string Lead(YamlFile file, YamlNode list, string? first, Func<string, bool> stays)
    {
        var text = file.Text;
        List<YamlNode> gone = [.. list.Items!.Where(item => !stays(item.Text ?? ""))];
        if (first is not null && gone.Count == 1 && gone[0] == list.Items![0] && text[gone[0].Start..gone[0].End] is var raw && (raw == first || gone[0].Text == first.Trim('"')))
        {
            return text;
        }

        if (list.IsFlow)
        {
            var items = list.Items!.Except(gone).Select(item => text[item.Start..item.End]);
            return TextEdit.Apply(text, [new TextEdit(list.Start, list.End - list.Start, new YamlPiece.List(first is null ? [.. items] : [first, .. items]).Flow())]);
        }

        var edits = gone.Select(item => (Start: TextEdit.LineStart(text, item.Start), End: TextEdit.NextLine(text, item.End))).Select(line => new TextEdit(line.Start, line.End - line.Start, "")).ToList();
        if (first is not null)
        {
            var at = TextEdit.LineStart(text, list.Items![0].Start);
            edits.Insert(0, new TextEdit(at, 0, $"{TextEdit.Indent(text, at)}- {first}\n"));
        }

        return TextEdit.Apply(text, edits);
    }

    private static string Add(string text, YamlNode map, string key, YamlPiece value)
    {
        if (map.IsFlow)
        {
            var more = $"{YamlPiece.Key(key, isFlow: true)}: {value.Flow()}";
            return map.Entries!.Count > 0 ? TextEdit.Apply(text, [new TextEdit(map.Entries[^1].Value.End, 0, $", {more}")]) : TextEdit.Apply(text, [new TextEdit(map.Start + 1, 0, more)]);
        }

        var end = map.End > 0 && text[map.End - 1] == '\n' ? map.End : TextEdit.NextLine(text, map.End);
        var first = map.Entries![0].KeyStart;
        var before = end > 0 && text[end - 1] != '\n' ? "\n" : "";
        return TextEdit.Apply(text, [new TextEdit(end, 0, before + value.Block(key, first - TextEdit.LineStart(text, first)))]);
    }

    private static string Replace(string text, YamlNode map, YamlEntry entry, YamlPiece value)
    {
        if (value is YamlPiece.Scalar(var raw))
        {
            if (entry.Value.Entries is not null || entry.Value.Items is not null)
            {
                throw Wrong(entry);
            }

            // An empty value has its place right behind the colon or a blank.
            var isEmpty = entry.Value.Start == entry.Value.End;
            return TextEdit.Apply(text, [isEmpty ? new TextEdit(entry.KeyEnd + 1, 0, $" {raw}") : new TextEdit(entry.Value.Start, entry.Value.End - entry.Value.Start, raw)]);
        }

        if (!entry.Value.IsNull)
        {
            throw Wrong(entry);
        }

        if (map.IsFlow)
        {
            return TextEdit.Apply(text, [new TextEdit(entry.Value.Start, entry.Value.End - entry.Value.Start, $" {value.Flow()}")]);
        }

        var indent = entry.KeyStart - TextEdit.LineStart(text, entry.KeyStart);
        var block = value.Block("", indent);
        var next = TextEdit.NextLine(text, entry.KeyEnd);
        var before = text[next - 1] == '\n' ? "" : "\n";
        return TextEdit.Apply(text, [new TextEdit(entry.Value.Start, entry.Value.End - entry.Value.Start, ""), new TextEdit(next, 0, before + block[(block.IndexOf('\n', StringComparison.Ordinal) + 1)..])]);
    }

    private static YamlPiece Nested(IReadOnlyList<string> path, int depth, YamlPiece piece) => path.Skip(depth).Reverse().Aggregate(piece, (value, key) => new YamlPiece.Map([(key, value)]));

    private static FormatException Wrong(YamlEntry entry) => new($"{entry.Line}");
}
