using System.Text;
using System.Text.Json;
using Roadstead.Cli.NodeInstall;

namespace Roadstead.Cli.NodeFormats;

/// <summary>A file of strict JSON with one object in it, and the place of every member in its text.</summary>
internal sealed class JsonFile
{
    private JsonFile(string text, JsonSpan root) => (Text, Root) = (text, root);

    public string Text { get; }

    public JsonSpan Root { get; }

    /// <summary>Null: it does not parse, and the faults say where. An empty file is an empty object; of a name that is given twice the last counts.</summary>
    /// <param name="consequence">What the runtime does with such a file, and what the operator is to do.</param>
    public static JsonFile? Read(string path, string text, List<NodeFault> faults, string consequence)
    {
        if (ByteOrderMark.IsFault(path, text, faults, consequence))
        {
            return null;
        }

        text = string.IsNullOrWhiteSpace(text) ? "{}\n" : text;
        var bytes = Encoding.UTF8.GetBytes(text);
        try
        {
            var reader = new Utf8JsonReader(bytes);
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                faults.Add(new NodeFault(path, 1, "must be one JSON object, in braces", consequence));
                return null;
            }

            var root = Value(ref reader, bytes);
            reader.Read();
            return new JsonFile(text, root);
        }
        catch (JsonException fault)
        {
            faults.Add(new NodeFault(path, (int)(fault.LineNumber ?? 0) + 1, $"is not valid JSON: {Cause(text, fault)}", consequence));
            return null;
        }
    }

    /// <summary>The same, of a file that is to be changed: null too where a name is given twice.</summary>
    /// <inheritdoc cref="Read"/>
    public static JsonFile? ReadToEdit(string path, string text, List<NodeFault> faults, string consequence) =>
        Read(path, text, faults, consequence) is { } file && !Twice(path, file.Text, file.Root, faults) ? file : null;

    /// <summary>The text with a member set; what is there of its path stays, what is missing is made.</summary>
    /// <param name="raw">The value in JSON, on one line or with lines as they stand at the beginning of one.</param>
    public string Set(IReadOnlyList<string> path, string raw)
    {
        var at = Root;
        var isOneLine = Root.Members!.Count > 0 && !Text[Root.Start..Root.End].Contains('\n', StringComparison.Ordinal);
        for (var depth = 0; depth < path.Count; depth++)
        {
            if (at.Member(path[depth]) is { } next && (depth == path.Count - 1 || next.Members is not null))
            {
                at = next;
                continue;
            }

            var inner = path.Skip(depth + 1).Reverse().Aggregate(raw, (value, key) => $"{{\n{Unit}{Quote(key)}: {value.Replace("\n", $"\n{Unit}", StringComparison.Ordinal)}\n}}");
            inner = isOneLine ? OneLine(inner) : inner;
            return at.Member(path[depth]) is { } wrong ? Replace(wrong, inner) : Add(at, path[depth], inner);
        }

        return Replace(at, isOneLine ? OneLine(raw) : raw);
    }

    /// <summary>The text without a member of an object, which has it.</summary>
    public string Remove(JsonSpan at, string key)
    {
        var members = at.Members!;
        var index = members.ToList().FindIndex(member => member.Key == key);
        var (from, to) = index > 0 ? (members[index - 1].Value.End, members[index].Value.End)
            : members.Count > 1 ? (members[0].Start, members[1].Start)
            : (at.Start + 1, at.End - 1);
        return TextEdit.Apply(Text, [new TextEdit(from, to - from, "")]);
    }

    // No string of JSON has a line feed in it.
    private static string OneLine(string raw) => string.Concat(raw.Split('\n').Select(line => line.Trim() is var trimmed && trimmed.EndsWith(',') ? $"{trimmed} " : trimmed));

    private string Replace(JsonSpan at, string raw) =>
        TextEdit.Apply(Text, [new TextEdit(at.Start, at.End - at.Start, raw.Replace("\n", $"\n{TextEdit.Indent(Text, at.Start)}", StringComparison.Ordinal))]);

    private string Add(JsonSpan at, string key, string raw)
    {
        if (at.Members!.Count > 0)
        {
            var (_, keyStart, last) = at.Members[^1];
            var own = Text[at.Start..keyStart].Contains('\n', StringComparison.Ordinal);
            var indent = TextEdit.Indent(Text, keyStart);
            return TextEdit.Apply(Text, [new TextEdit(last.End, 0, own ? $",\n{indent}{Quote(key)}: {raw.Replace("\n", $"\n{indent}", StringComparison.Ordinal)}" : $", {Quote(key)}: {raw}")]);
        }

        var outer = TextEdit.Indent(Text, at.Start);
        return TextEdit.Apply(Text, [new TextEdit(at.Start, at.End - at.Start, $"{{\n{outer}{Unit}{Quote(key)}: {raw.Replace("\n", $"\n{outer}{Unit}", StringComparison.Ordinal)}\n{outer}}}")]);
    }

    /// <summary>What one level is indented by in this file.</summary>
    public string Unit => Root.Members is [var (_, start, _), ..] && TextEdit.Indent(Text, start) is { Length: > 0 } indent && Text[Root.Start..start].Contains('\n', StringComparison.Ordinal) ? indent : "  ";

    public int Line(JsonSpan at) => 1 + Text.AsSpan(0, at.Start).Count('\n');

    public static string Quote(string text) => $"\"{JsonEncodedText.Encode(text, System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"";

    private static JsonSpan Value(ref Utf8JsonReader reader, byte[] bytes)
    {
        var start = At(bytes, reader.TokenStartIndex);
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                var members = new List<(string, int, JsonSpan)>();
                while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
                {
                    var (key, place) = (reader.GetString()!, At(bytes, reader.TokenStartIndex));
                    reader.Read();
                    members.Add((key, place, Value(ref reader, bytes)));
                }

                return new JsonSpan(start, At(bytes, reader.BytesConsumed), null, members, null);
            case JsonTokenType.StartArray:
                var items = new List<JsonSpan>();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    items.Add(Value(ref reader, bytes));
                }

                return new JsonSpan(start, At(bytes, reader.BytesConsumed), null, null, items);
            default:
                return new JsonSpan(start, At(bytes, reader.BytesConsumed), reader.TokenType == JsonTokenType.String ? reader.GetString() : null, null, null);
        }
    }

    private static int At(byte[] bytes, long index) => Encoding.UTF8.GetCharCount(bytes.AsSpan(0, (int)index));

    private static bool Twice(string path, string text, JsonSpan span, List<NodeFault> faults)
    {
        var twice = (span.Members ?? []).GroupBy(member => member.Key).FirstOrDefault(group => group.Count() > 1);
        if (twice is not null)
        {
            faults.Add(new NodeFault(path, 1 + text.AsSpan(0, twice.Last().Start).Count('\n'), $"{twice.Key} is given twice, and only the last counts. Take one of the two out, then run this again."));
            return true;
        }

        return (span.Members ?? []).Any(member => Twice(path, text, member.Value, faults));
    }

    // The parser's own words quote the text, which may be a password.
    private static string Cause(string text, JsonException fault)
    {
        var line = text.Split('\n').ElementAtOrDefault((int)(fault.LineNumber ?? 0)) ?? "";
        return line.TrimStart() is ['/', '/' or '*', ..] or ['#', ..] || line.Contains(" //", StringComparison.Ordinal) ? "JSON has no comments"
            : fault.Message.Contains("trailing comma", StringComparison.Ordinal) ? "a comma stands before a closing bracket"
            : $"something is missing or too much at character {(fault.BytePositionInLine ?? 0) + 1}";
    }
}

/// <summary>A value and its place, in characters.</summary>
/// <param name="Members">Null: it is no object.</param>
/// <param name="Items">Null: it is no array.</param>
internal sealed record JsonSpan(int Start, int End, string? String, IReadOnlyList<(string Key, int Start, JsonSpan Value)>? Members, IReadOnlyList<JsonSpan>? Items)
{
    public JsonSpan? Member(string key) => Members?.Where(member => member.Key == key).Select(member => member.Value).LastOrDefault();

    /// <summary>Null: it is no array of strings.</summary>
    public IReadOnlyList<string>? Strings => Items is not null && Items.All(item => item.String is not null) ? [.. Items.Select(item => item.String!)] : null;
}
