using System.Buffers;
using System.Text.Json;
using Roadstead.Cli.NodeFormats;
using Roadstead.Cli.NodeInstall;

namespace Roadstead.Cli.Declaration;

/// <summary>Where a key stands in a file.</summary>
/// <param name="Line">Counted from one.</param>
/// <param name="Column">Counted from one.</param>
/// <param name="Key">The key as the file has it.</param>
internal sealed record DeclaredPlace(int Line, int Column, string Key);

/// <summary>A file that declares endpoints and projects by the configuration file's keys, as the server takes it: JSON, with the content of the files that it names.</summary>
/// <remarks>Which keys there are and what they may hold is the server's word alone. What its process alone can take is not even sent, for there are secrets among it.</remarks>
internal sealed class DeclaredFile
{
    private static readonly string[] Lists = ["endpoints", "projects"];

    private readonly Dictionary<string, DeclaredPlace> _places = new(StringComparer.Ordinal);
    private readonly ArrayBufferWriter<byte> _json = new();
    private readonly List<NodeFault> _faults = [];
    private readonly HashSet<string> _unread = new(StringComparer.Ordinal);
    private readonly List<NodeFault> _warnings = [];
    private readonly string _path;
    private readonly string _text;
    private readonly NamedFiles _files;

    private DeclaredFile(string path, string text, string folder) => (_path, _text, _files) = (path, text, new NamedFiles(folder));

    /// <summary>What is sent to the server.</summary>
    public ReadOnlyMemory<byte> Json => _json.WrittenMemory;

    /// <summary>What is wrong with it; it is of use only without.</summary>
    public IReadOnlyList<NodeFault> Faults => _faults;

    /// <summary>True if all of it is in what is sent, but what the files hold that it names and that cannot be read: the server can find what else is wrong.</summary>
    public bool IsWhole { get; private set; }

    /// <summary>What stands in nobody's way.</summary>
    public IReadOnlyList<NodeFault> Warnings => _warnings;

    /// <param name="path">What the file is called.</param>
    /// <param name="text">What it holds.</param>
    /// <param name="folder">Where the files are that it names by relative paths.</param>
    public static DeclaredFile Read(string path, string text, string folder)
    {
        text = ByteOrderMark.Without(text);
        var file = new DeclaredFile(path, text, folder);
        var yaml = YamlFile.ReadToEdit(path, text, file._faults, "");
        using var json = new Utf8JsonWriter(file._json);
        if (yaml is not null)
        {
            file.IsWhole = true;
            file.Root(json, yaml.Root);
        }

        return file;
    }

    /// <summary>Where a key of what was sent stands, or what is around it if it is missing; null: it is of something that the file does not speak of.</summary>
    public DeclaredPlace? Place(string key)
    {
        for (var at = key; ; at = at[..at.LastIndexOfAny(['.', '['])])
        {
            if (_places.TryGetValue(at, out var place))
            {
                // A list's name and a dot: something that the server has and the file does not name.
                return Lists.Contains(at) && key.Length > at.Length && key[at.Length] == '.' ? null : place with { Key = place.Key + key[at.Length..] };
            }

            if (at.LastIndexOfAny(['.', '[']) < 0)
            {
                return null;
            }
        }
    }

    /// <summary>True for a key of what was sent in whose place stands nothing, for it could not be read.</summary>
    public bool IsUnread(string key) => _unread.Contains(key);

    private void Root(Utf8JsonWriter json, YamlNode? root)
    {
        json.WriteStartObject();
        foreach (var entry in root?.Entries ?? [])
        {
            json.WritePropertyName(entry.Key);
            Note(entry.Key, entry.Line, entry.KeyStart, entry.Key);
            if (Lists.Contains(entry.Key))
            {
                Value(json, entry.Value, entry.Key, isItem: false);
            }
            else
            {
                json.WriteNullValue();
            }
        }

        json.WriteEndObject();
    }

    private void Value(Utf8JsonWriter json, YamlNode node, string path, bool isItem)
    {
        switch (node)
        {
            case { Alias: not null }:
                Refuse(json, node, path, "YAML aliases are not taken; quote a value that begins with *");
                break;
            case { Anchor: not null }:
                Refuse(json, node, path, "YAML anchors are not taken; quote a value that begins with &");
                break;
            case { HasTag: true }:
                Refuse(json, node, path, "YAML tags are not taken; quote a value that begins with !");
                break;
            case { Entries: { } entries }:
                Map(json, entries, path, isItem);
                break;
            case { Items: { } items }:
                List(json, items, path);
                break;
            case { IsNull: true }:
                json.WriteNullValue();
                break;
            default:
                json.WriteStringValue(node.Text);
                break;
        }
    }

    private void List(Utf8JsonWriter json, IReadOnlyList<YamlNode> items, string path)
    {
        json.WriteStartArray();
        foreach (var (i, item) in items.Index())
        {
            var at = $"{path}[{i}]";
            Note(at, item.Line, item.Start, at);
            Value(json, item, at, isItem: Lists.Contains(path));
        }

        json.WriteEndArray();
    }

    private void Map(Utf8JsonWriter json, IReadOnlyList<YamlEntry> entries, string path, bool isItem)
    {
        json.WriteStartObject();
        foreach (var entry in entries)
        {
            // What names a file is sent as what it holds.
            var key = isItem && NamedFiles.SecretOf(entry.Key) is { } secret && entry.Value.Text is not null ? secret : entry.Key;
            var at = $"{path}.{key}";
            if (key != entry.Key && entries.Any(other => other.Key == key))
            {
                _faults.Add(Fault(entry.Line, entry.KeyStart, $"{path}.{entry.Key}: is given beside {key}; keep one"));
                continue;
            }

            Note(at, entry.Line, entry.KeyStart, $"{path}.{entry.Key}");
            json.WritePropertyName(key);
            if (key != entry.Key || (isItem && NamedFiles.IsPem(key) && entry.Value is { Text: { Length: > 0 }, IsNull: false, Anchor: null, HasTag: false }))
            {
                json.WriteStringValue(Content(entry, key != entry.Key, at, $"{path}.{entry.Key}"));
            }
            else
            {
                Value(json, entry.Value, at, isItem: false);
            }
        }

        json.WriteEndObject();
    }

    private string Content(YamlEntry entry, bool isSecret, string path, string shown)
    {
        var (content, fault, warning) = isSecret ? _files.Secret(entry.Value.Text!) : _files.Pem(entry.Value.Text!);
        if (fault is not null)
        {
            _faults.Add(Fault(entry.Value.Line, entry.Value.Start, $"{shown}: {fault}"));
            _unread.Add(path);
        }

        if (warning is not null)
        {
            _warnings.Add(Fault(entry.Value.Line, entry.Value.Start, $"{shown}: {warning}"));
        }

        return content;
    }

    private void Refuse(Utf8JsonWriter json, YamlNode node, string path, string message)
    {
        IsWhole = false;
        _faults.Add(Fault(node.Line, node.Start, $"{(Place(path)?.Key ?? path)}: {message}"));
        json.WriteNullValue();
    }

    private void Note(string path, int line, int start, string shown) => _places[path] = new DeclaredPlace(line, YamlFile.Column(_text, start), shown);

    private NodeFault Fault(int line, int start, string what) => new(_path, line, what) { Column = YamlFile.Column(_text, start) };
}
