using Roadstead.Cli.NodeConfig;
using Roadstead.Cli.NodeInstall;

namespace Roadstead.Cli.NodeFormats;

/// <summary>One file of containers-registries.conf(5), form 2; the main file may have form 1, as CRI-O and Podman still take it.</summary>
/// <param name="Entries">In the order of the file.</param>
/// <param name="HasOther">It says more than entries.</param>
internal sealed record RegistriesConfFile(string Path, IReadOnlyList<RegistryEntry> Entries, bool HasOther)
{
    private const string Consequence = "Every pull of this node fails because of it. Mend it, then run this again.";

    /// <summary>Null: it cannot be read, and the faults say why.</summary>
    /// <param name="isMain">Of the main file alone is form 1 taken.</param>
    public static RegistriesConfFile? Read(string path, string text, bool isMain, List<NodeFault> faults)
    {
        if (ByteOrderMark.IsFault(path, text, faults, Consequence) || TomlFile.Read(path, text, faults, Consequence) is not { } file)
        {
            return null;
        }

        // Sections of form 1 that are empty count for nothing.
        var old = file.Root["registries"]?.Table;
        var lists = old?.Items.Where(item => item.Table?["registries"]?.Strings is { Count: > 0 }).ToList() ?? [];
        var rules = new RegistriesConfRules(path, faults);
        if (lists.Count > 0)
        {
            var isMixed = file.Root.Items.Any(item => item.Key is "registry" or "unqualified-search-registries");
            if (isMixed || !isMain)
            {
                faults.Add(new NodeFault(path, lists[0].Line, $"has [registries.{lists[0].Key}] of the old form {(isMixed ? "beside keys of the new one" : "in a drop-in, which must have the new one")}", Consequence));
                return null;
            }

            return new RegistriesConfFile(path, [.. FormOne(path, lists)], true);
        }

        if (file.Root["registry"] is { Tables: null } wrong)
        {
            faults.Add(new NodeFault(path, wrong.Line, "registry must be tables, [[registry]]", Consequence));
            return null;
        }

        rules.SearchRegistries(file.Root["unqualified-search-registries"]);
        List<RegistryEntry> entries = [.. (file.Root["registry"]?.Tables ?? []).Select(table => RegistryEntry.Of(path, table, rules)).OfType<RegistryEntry>()];
        rules.Locations(entries);
        return new RegistriesConfFile(path, entries, file.Root.Items.Any(item => item.Key != "registry"));
    }

    private static IEnumerable<RegistryEntry> FormOne(string path, List<TomlItem> lists)
    {
        var insecure = Names(lists, "insecure");
        var blocked = Names(lists, "block");
        foreach (var (name, line) in insecure.Concat(blocked).DistinctBy(entry => entry.Name))
        {
            yield return new RegistryEntry(path, line, line, name, name, insecure.Any(entry => entry.Name == name), blocked.Any(entry => entry.Name == name), false,
                insecure.Any(entry => entry.Name == name) ? ["insecure = true"] : [], []);
        }
    }

    private static List<(string Name, int Line)> Names(List<TomlItem> lists, string key) =>
        [.. lists.Where(item => item.Key == key).SelectMany(item => item.Table!["registries"]!.Strings!.Select(name => (name.TrimEnd('/'), item.Table!["registries"]!.Line)))];
}

/// <summary>What a file says of the images whose names begin with a prefix.</summary>
/// <param name="PrefixLine">Of the word that is its prefix.</param>
/// <param name="Keys">Lines of the keys that have no member here, and of <c>insecure</c>.</param>
internal sealed record RegistryEntry(
    string Path, int Line, int PrefixLine, string Prefix, string Location, bool IsInsecure, bool IsBlocked, bool IsByDigestOnly, IReadOnlyList<string> Keys, IReadOnlyList<MirrorEntry> Mirrors)
{
    /// <summary>Why pulls of these images fail; those of others do not for it.</summary>
    public IReadOnlyList<NodeFault> Faults { get; init; } = [];

    /// <summary>Where it says that no tag is asked of its mirrors; null: it does not.</summary>
    public int? ByDigestOnlyLine { get; init; }

    /// <summary>Null: it is not as the runtime wants it, and the rules say why.</summary>
    public static RegistryEntry? Of(string path, TomlTable table, RegistriesConfRules rules)
    {
        var location = rules.Location(table["location"]);
        var prefix = rules.Location(table["prefix"]);
        if (!rules.Registry(table, prefix, location))
        {
            return null;
        }

        var isByDigestOnly = rules.Flag(table["mirror-by-digest-only"]);
        List<MirrorEntry> mirrors = [.. (table["mirror"]?.Tables ?? []).Select(mirror => MirrorEntry.Of(mirror, isByDigestOnly, rules)).OfType<MirrorEntry>()];
        var name = prefix.Length > 0 ? prefix : location;
        return new RegistryEntry(path, table.Line, (prefix.Length > 0 ? table["prefix"] : table["location"])!.Line, name, location.Length > 0 ? location : name, rules.Flag(table["insecure"]), rules.Flag(table["blocked"]), isByDigestOnly,
            [.. table.Items.Where(item => item.Key is not ("prefix" or "location" or "blocked" or "mirror-by-digest-only" or "mirror")).Select(MirrorEntry.Statement)], mirrors)
        {
            ByDigestOnlyLine = isByDigestOnly ? table["mirror-by-digest-only"]!.Line : null,
            Faults = [.. rules.Rewrites(name, location, table["location"]?.Line ?? table.Line, mirrors)],
        };
    }
}

/// <param name="Location">Without a slash at its end.</param>
/// <param name="LocationLine">Of the word that is its location.</param>
/// <param name="Lines">All its keys.</param>
internal sealed record MirrorEntry(int Line, int LocationLine, string Location, bool IsInsecure, IReadOnlyList<string> Lines)
{
    /// <summary>What it is asked for and where that stands: <c>all</c>, <c>digest-only</c> or <c>tag-only</c>; null: nothing is said of it.</summary>
    public (string What, int Line)? PulledFor { get; init; }

    /// <summary>Its location ends with a slash, which the runtime leaves in the names that it makes of it.</summary>
    public bool EndsWithSlash { get; init; }

    public static MirrorEntry? Of(TomlTable table, bool isByDigestOnly, RegistriesConfRules rules)
    {
        var location = rules.Location(table["location"]);
        return rules.Mirror(table, location, isByDigestOnly) ? new MirrorEntry(table.Line, table["location"]!.Line, location, table["insecure"]?.Flag ?? false, [.. table.Items.Select(Statement)])
        {
            EndsWithSlash = table["location"]!.String!.EndsWith('/'),
            PulledFor = table["pull-from-mirror"] is { String: { } what, Line: var line } ? (what, line) : null,
        } : null;
    }

    /// <summary>A key and its value, as a line of its own table.</summary>
    public static string Statement(TomlItem item) => $"{(item.Key.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_') ? item.Key : Toml.Quote(item.Key))} = {item.Raw}";
}
