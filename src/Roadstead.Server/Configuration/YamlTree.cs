using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Roadstead.Server.Configuration;

/// <summary>
/// Reads YAML into nodes. It works on the parser's events and not on YamlDotNet's own tree, which throws at the first
/// duplicate key or alias: here each is a fault of its own and the reading goes on.
/// </summary>
/// <param name="faults">Receives what is wrong.</param>
/// <param name="variable">The variable that the text came from; null for the file.</param>
internal sealed partial class YamlTree(ConfigurationFaults faults, string? variable = null)
{
    // No key lies deeper than three levels; the limit keeps a hostile file from exhausting the stack.
    private const int MaxDepth = 16;

    /// <summary>Null where the text is no YAML; a null scalar where it is empty.</summary>
    public ConfigurationNode? Read(string text, string path)
    {
        using var reader = new StringReader(text);
        var parser = new Parser(reader);
        try
        {
            parser.Consume<StreamStart>();
            if (parser.Accept<StreamEnd>(out _))
            {
                return new ScalarNode(path, default, null);
            }

            parser.Consume<DocumentStart>();
            var root = Node(parser, path, 0);
            parser.Consume<DocumentEnd>();
            if (parser.Accept<DocumentStart>(out var second))
            {
                faults.Add("", "holds more than one YAML document; keep one", Origin(second.Start));
            }

            return root;
        }
        catch (YamlException fault)
        {
            faults.Add(path, $"is not valid YAML: {WithoutQuotations(fault.Message)}", Origin(fault.Start));
            return null;
        }
        catch (Exception fault) when (fault is InvalidOperationException or ArgumentException or EndOfStreamException)
        {
            // What the parser throws by mistake at some unfinished lists, odd tags and broken keys. It does not say where: after what was read last.
            faults.Add(path, "is not valid YAML from here on: a [, { or quote before it may have no end", Origin(parser.Current?.End ?? Mark.Empty));
            return null;
        }
    }

    private ConfigurationNode Node(Parser parser, string path, int depth)
    {
        var start = parser.Current?.Start ?? Mark.Empty;
        if (depth > MaxDepth)
        {
            parser.SkipThisAndNestedEvents();
            return Unreadable(path, start, "is nested too deeply");
        }

        if (parser.TryConsume<AnchorAlias>(out _))
        {
            return Unreadable(path, start, "YAML aliases are not supported; quote a value that begins with *");
        }

        if (parser.Current is NodeEvent node && Refusal(node) is { } refusal)
        {
            parser.SkipThisAndNestedEvents();
            return Unreadable(path, start, refusal);
        }

        if (parser.TryConsume<Scalar>(out var scalar))
        {
            return new ScalarNode(path, Origin(start), IsNull(scalar) ? null : scalar.Value);
        }

        return parser.TryConsume<SequenceStart>(out _) ? List(parser, path, start, depth) : Map(parser, path, start, depth);
    }

    private ListNode List(Parser parser, string path, Mark start, int depth)
    {
        var items = new List<ConfigurationNode>();
        while (!parser.TryConsume<SequenceEnd>(out _))
        {
            items.Add(Node(parser, ConfigurationNode.ItemPath(path, items.Count), depth + 1));
        }

        return new ListNode(path, Origin(start), items);
    }

    private MapNode Map(Parser parser, string path, Mark start, int depth)
    {
        parser.Consume<MappingStart>();
        var entries = new Dictionary<string, ConfigurationNode>(StringComparer.Ordinal);
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            if (!parser.TryConsume<Scalar>(out var key))
            {
                faults.Add(path, "has a key that is no plain word", Origin(parser.Current!.Start));
                parser.SkipThisAndNestedEvents();
                parser.SkipThisAndNestedEvents();
                continue;
            }

            var child = Node(parser, ConfigurationNode.ChildPath(path, key.Value), depth + 1);
            if (entries.TryGetValue(key.Value, out var first))
            {
                faults.Add(child.Path, $"is given twice, first on line {first.Origin.Line}", Origin(key.Start));
            }
            else
            {
                // The key's line, not the value's: the value of `tls:` begins a line later.
                entries[key.Value] = child with { Origin = Origin(key.Start) };
            }
        }

        return new MapNode(path, Origin(start), entries);
    }

    /// <summary>Anchors and tags do nothing here, and swallow the beginning of an unquoted value such as a password.</summary>
    private static string? Refusal(NodeEvent node) =>
        !node.Anchor.IsEmpty ? "YAML anchors are not supported; quote a value that begins with &"
        : !node.Tag.IsEmpty && !node.Tag.Value.StartsWith("tag:yaml.org,2002:", StringComparison.Ordinal)
            ? "YAML tags are not supported; quote a value that begins with !"
        : null;

    private static bool IsNull(Scalar scalar) =>
        scalar.Style == ScalarStyle.Plain && scalar.Value is ("" or "~" or "null" or "Null" or "NULL");

    private UnreadableNode Unreadable(string path, Mark at, string message)
    {
        faults.Add(path, message, Origin(at));
        return new UnreadableNode(path, Origin(at));
    }

    private ConfigurationOrigin Origin(Mark at) => variable is null ? new((int)at.Line, null) : new(null, variable);

    /// <summary>What the parser quotes beyond a sign may be an unquoted password.</summary>
    private static string WithoutQuotations(string message) => Quotation().Replace(message, "'…'").ReplaceLineEndings(" ");

    [GeneratedRegex("""(?:'[^']{3,}'|"[^"]{3,}"|`[^`]{3,}`)""")]
    private static partial Regex Quotation();
}
