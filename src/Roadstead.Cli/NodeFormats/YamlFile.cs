using System.Text.RegularExpressions;
using Roadstead.Cli.NodeInstall;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Roadstead.Cli.NodeFormats;

/// <summary>The first document of a file of YAML, and the place of every node in its text.</summary>
internal sealed partial class YamlFile
{
    // The files that are read here have six levels; the limit keeps a hostile one from exhausting the stack.
    private const int MaxDepth = 32;

    // Where another document begins.
    private readonly int? _second;

    private YamlFile(string text, YamlNode? root, int? second) => (Text, Root, _second) = (text, root, second);

    /// <summary>Without a byte-order mark.</summary>
    public string Text { get; }

    /// <summary>Null: it is empty.</summary>
    public YamlNode? Root { get; }

    /// <summary>Null: it does not parse, and the faults say where.</summary>
    /// <param name="consequence">What the runtime does with such a file, and what the operator is to do.</param>
    public static YamlFile? Read(string path, string text, List<NodeFault> faults, string consequence)
    {
        text = ByteOrderMark.Without(text);
        var parser = new Parser(new StringReader(text));
        try
        {
            parser.Consume<StreamStart>();
            if (parser.Accept<StreamEnd>(out _))
            {
                return new YamlFile(text, null, null);
            }

            parser.Consume<DocumentStart>();
            var root = Node(parser, 0);
            parser.Consume<DocumentEnd>();
            int? second = parser.Accept<DocumentStart>(out var next) ? Line(next.Start) : null;
            if (Twice(root) is { } twice)
            {
                faults.Add(new NodeFault(path, twice.Line, $"is not valid YAML: {twice.Key} is given twice", consequence) { Column = Column(text, twice.KeyStart) });
                return null;
            }

            if (root is { Entries: null, IsNull: false })
            {
                faults.Add(new NodeFault(path, root.Line, "must be a map, lines of key: value", consequence));
                return null;
            }

            return new YamlFile(text, root.IsNull ? null : root, second);
        }
        catch (YamlException fault)
        {
            // Of a tab it says only what it stands in.
            var tab = fault.Message.Contains(" tab ", StringComparison.Ordinal) ? Tab().Match(text, Math.Min(Index(fault.Start), text.Length)) : Match.Empty;
            var line = tab.Success ? text.AsSpan(0, tab.Index).Count('\n') + 1 : Line(fault.Start);
            faults.Add(new NodeFault(path, line, $"is not valid YAML: {Quotation().Replace(fault.Message, "'…'").ReplaceLineEndings(" ").TrimEnd('.')}", consequence) { Column = tab.Success ? tab.Length : (int)fault.Start.Column });
        }
        catch (Exception fault) when (fault is InvalidOperationException or ArgumentException or EndOfStreamException)
        {
            // What the parser throws by mistake at some unfinished lists, odd tags and broken keys. It does not say where: after what was read last.
            var end = parser.Current?.End ?? Mark.Empty;
            faults.Add(new NodeFault(path, Line(end), "is not valid YAML from here on: a [, { or quote before it may have no end", consequence) { Column = Math.Max(1, (int)end.Column) });
        }

        return null;
    }

    /// <summary>The column of a character in its line, counted from one.</summary>
    public static int Column(string text, int index) => index - text.AsSpan(0, Math.Min(index, text.Length)).LastIndexOf('\n');

    /// <summary>The same, of a file that is to be changed: null too where it has more than one document.</summary>
    /// <inheritdoc cref="Read"/>
    public static YamlFile? ReadToEdit(string path, string text, List<NodeFault> faults, string consequence)
    {
        if (Read(path, text, faults, consequence) is not { } file)
        {
            return null;
        }

        if (file._second is { } line)
        {
            faults.Add(new NodeFault(path, line, "holds more than one YAML document, of which only the first counts", consequence));
            return null;
        }

        return file;
    }

    private static YamlNode Node(Parser parser, int depth)
    {
        var start = parser.Current!.Start;
        if (depth > MaxDepth)
        {
            throw new YamlException(start, start, "it is nested too deeply");
        }

        if (parser.TryConsume<AnchorAlias>(out var alias))
        {
            return new YamlNode(Line(start), Index(start), Index(alias.End)) { Alias = alias.Value.Value };
        }

        if (parser.TryConsume<Scalar>(out var scalar))
        {
            var isNull = scalar.Style == ScalarStyle.Plain && scalar.Value is "" or "~" or "null" or "Null" or "NULL";
            return new YamlNode(Line(start), Index(start), Index(scalar.End)) { Text = scalar.Value, IsNull = isNull, Anchor = Name(scalar), HasTag = HasTag(scalar) };
        }

        return parser.TryConsume<SequenceStart>(out var list) ? List(parser, list, depth) : Map(parser, depth);
    }

    private static YamlNode List(Parser parser, SequenceStart start, int depth)
    {
        var items = new List<YamlNode>();
        while (!parser.Accept<SequenceEnd>(out _))
        {
            items.Add(Node(parser, depth + 1));
        }

        var end = parser.Consume<SequenceEnd>();
        var isFlow = start.Style == SequenceStyle.Flow;
        return new YamlNode(Line(start.Start), Index(start.Start), isFlow ? Index(end.Start) + 1 : items.Count > 0 ? items[^1].End : Index(start.Start)) { Items = items, IsFlow = isFlow, Anchor = Name(start), HasTag = HasTag(start) };
    }

    private static YamlNode Map(Parser parser, int depth)
    {
        var start = parser.Consume<MappingStart>();
        var entries = new List<YamlEntry>();
        while (!parser.Accept<MappingEnd>(out _))
        {
            var key = Node(parser, depth + 1);
            entries.Add(new YamlEntry(key.Text ?? "", key.Line, key.Start, key.End, Node(parser, depth + 1)));
        }

        var end = parser.Consume<MappingEnd>();
        var isFlow = start.Style == MappingStyle.Flow;
        return new YamlNode(Line(start.Start), Index(start.Start), isFlow ? Index(end.Start) + 1 : entries.Count > 0 ? Math.Max(entries[^1].KeyEnd + 1, entries[^1].Value.End) : Index(start.Start)) { Entries = entries, IsFlow = isFlow, Anchor = Name(start), HasTag = HasTag(start) };
    }

    private static YamlEntry? Twice(YamlNode node) =>
        node.Entries?.GroupBy(entry => entry.Key).Where(group => group.Key != "<<" && group.Count() > 1).Select(group => group.Last()).FirstOrDefault()
        ?? (node.Entries?.Select(entry => entry.Value) ?? node.Items ?? []).Select(Twice).FirstOrDefault(twice => twice is not null);

    private static string? Name(NodeEvent node) => node.Anchor.IsEmpty ? null : node.Anchor.Value;

    private static bool HasTag(NodeEvent node) => !node.Tag.IsEmpty && !node.Tag.Value.StartsWith("tag:yaml.org,2002:", StringComparison.Ordinal);

    private static int Line(Mark mark) => Math.Max(1, (int)mark.Line);

    private static int Index(Mark mark) => (int)mark.Index;

    /// <summary>A line's indentation up to its first tab.</summary>
    [GeneratedRegex(@"^ *\t", RegexOptions.Multiline)]
    private static partial Regex Tab();

    /// <summary>What the parser quotes beyond a sign may be an unquoted password.</summary>
    [GeneratedRegex("""(?:'[^']{3,}'|"[^"]{3,}"|`[^`]{3,}`)""")]
    private static partial Regex Quotation();
}

/// <summary>A node and its place, in characters.</summary>
/// <param name="Line">Counted from one.</param>
internal sealed record YamlNode(int Line, int Start, int End)
{
    /// <summary>The name of the anchor that it refers to; null: it is no alias.</summary>
    public string? Alias { get; init; }

    /// <summary>The name by which aliases refer to it; null: it has none.</summary>
    public string? Anchor { get; init; }

    /// <summary>A tag says that it is of a type that YAML itself does not have.</summary>
    public bool HasTag { get; init; }

    /// <summary>Of a scalar.</summary>
    public string? Text { get; init; }

    public bool IsNull { get; init; }

    /// <summary>Written in brackets or braces.</summary>
    public bool IsFlow { get; init; }

    /// <summary>Null: it is no map.</summary>
    public IReadOnlyList<YamlEntry>? Entries { get; init; }

    /// <summary>Null: it is no list.</summary>
    public IReadOnlyList<YamlNode>? Items { get; init; }

    public YamlEntry? Entry(string key) => Entries?.FirstOrDefault(entry => entry.Key == key);
}

internal sealed record YamlEntry(string Key, int Line, int KeyStart, int KeyEnd, YamlNode Value);
