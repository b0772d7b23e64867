using Roadstead.Server.Configuration;

namespace Roadstead.Server.Projects;

/// <summary>A list of the catalog as it is to be.</summary>
/// <param name="Entries">All of it: what was there in its order, then what is new. What does not change is the same object.</param>
/// <param name="Changes">What becomes of each item that is spoken of, or goes.</param>
/// <param name="Declared">Items that the configuration file declares otherwise.</param>
internal sealed record LaidList<TEntry>(IReadOnlyList<TEntry> Entries, IReadOnlyList<CatalogItemChange> Changes, IReadOnlyList<ConfigurationFault> Declared);

/// <summary>Lays declared options over what there is of one kind.</summary>
/// <param name="kind"><c>endpoint</c> or <c>project</c>.</param>
/// <param name="optionsOf">An entry's options.</param>
/// <param name="nameOf">The name that options have.</param>
/// <param name="isDeclared">The configuration file declares it.</param>
/// <param name="make">A new entry.</param>
/// <param name="replace">An entry with other options.</param>
/// <param name="difference">The keys in which options differ.</param>
internal sealed class DeclaredList<TEntry, TOptions>(
    string kind, Func<TEntry, TOptions> optionsOf, Func<TOptions, string> nameOf, Func<TEntry, bool> isDeclared, Func<TOptions, TEntry> make, Func<TEntry, TOptions, TEntry> replace,
    Func<TOptions, TOptions, IReadOnlyList<string>> difference)
{
    private readonly string _list = kind + "s";

    /// <param name="entries">What there is.</param>
    /// <param name="given">What is declared, each name once; null: nothing is said of this kind.</param>
    /// <param name="prune">What is not declared goes.</param>
    public LaidList<TEntry> Lay(IReadOnlyList<TEntry> entries, IReadOnlyList<TOptions>? given, bool prune)
    {
        if (given is null)
        {
            return new LaidList<TEntry>(entries, [], []);
        }

        var former = entries.ToDictionary(entry => nameOf(optionsOf(entry)), StringComparer.Ordinal);
        var next = new Dictionary<string, TEntry>(StringComparer.Ordinal);
        var (changes, faults) = (new List<CatalogItemChange>(), new List<ConfigurationFault>());
        foreach (var (i, options) in given.Index())
        {
            var name = nameOf(options);
            if (!former.TryGetValue(name, out var entry))
            {
                next[name] = make(options);
                changes.Add(new CatalogItemChange(_list, name, CatalogItemFate.Created, []));
                continue;
            }

            var keys = difference(optionsOf(entry), options);
            next[name] = keys.Count == 0 ? entry : replace(entry, options);
            changes.Add(new CatalogItemChange(_list, name, keys.Count == 0 ? CatalogItemFate.Unchanged : CatalogItemFate.Changed, keys));
            if (keys.Count > 0 && isDeclared(entry))
            {
                faults.Add(new ConfigurationFault(
                    ConfigurationNode.ItemPath(_list, i), $"the server's configuration file declares the {kind} {name} with another {string.Join(", ", keys)}; change it there, or take it out of that file"));
            }
        }

        var gone = entries.Where(entry => prune && !isDeclared(entry) && !next.ContainsKey(nameOf(optionsOf(entry)))).ToHashSet();
        changes.AddRange(gone.Select(entry => new CatalogItemChange(_list, nameOf(optionsOf(entry)), CatalogItemFate.Deleted, [])));
        return new LaidList<TEntry>(
            [.. entries.Where(entry => !gone.Contains(entry)).Select(entry => next.GetValueOrDefault(nameOf(optionsOf(entry)), entry)), .. given.Select(nameOf).Where(name => !former.ContainsKey(name)).Select(name => next[name])],
            changes,
            faults);
    }
}
