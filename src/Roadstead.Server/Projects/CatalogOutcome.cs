using Roadstead.Server.Configuration;

namespace Roadstead.Server.Projects;

/// <summary>What became of a change of the catalog.</summary>
public abstract record CatalogOutcome
{
    private CatalogOutcome()
    {
    }

    /// <summary>It is in force for the next request, and in the database.</summary>
    /// <param name="Entries">The catalog with it.</param>
    /// <param name="Item">The name of what was changed.</param>
    public sealed record Done(CatalogEntries Entries, string Item) : CatalogOutcome;

    /// <summary>It cannot be in force; what was, is.</summary>
    public sealed record Invalid(IReadOnlyList<ConfigurationFault> Faults) : CatalogOutcome
    {
        public Invalid(string key, string message) : this([new ConfigurationFault(key, message)])
        {
        }
    }

    /// <summary>There is nothing of that name or number.</summary>
    public sealed record Missing(string Message) : CatalogOutcome;

    /// <summary>The name is another's already, or the configuration file's.</summary>
    public sealed record Taken(string Message) : CatalogOutcome;

    /// <summary>Something else needs it.</summary>
    public sealed record InUse(string Message) : CatalogOutcome;

    /// <summary>Of several items some cannot be changed, though nothing is wrong with them.</summary>
    /// <param name="Faults">All of them.</param>
    /// <param name="IsInUse">True if something else needs them; false if names are others' already, or the configuration file's.</param>
    public sealed record Conflict(IReadOnlyList<ConfigurationFault> Faults, bool IsInUse) : CatalogOutcome;

    /// <summary>The data folder would not take the key of the secrets.</summary>
    public sealed record Unkept(string Message) : CatalogOutcome;
}

/// <summary>What a change makes of the catalog as it finds it.</summary>
internal abstract record CatalogStep
{
    private CatalogStep()
    {
    }

    /// <param name="Entries">The catalog as it is to be.</param>
    /// <param name="List">Where the changed item is: <c>endpoints</c> or <c>projects</c>.</param>
    /// <param name="Item">Its name.</param>
    public sealed record Go(CatalogEntries Entries, string List, string Item) : CatalogStep
    {
        /// <summary>Where items stand that change together, by their list and name; null: one item changes, and its keys stand alone.</summary>
        public IReadOnlyDictionary<(string List, string Name), string>? Places { get; init; }

        /// <summary>The items that change.</summary>
        public IReadOnlyList<(string List, string Name)> Changed { get; init; } = [(List, Item)];

        /// <summary>A step of many items.</summary>
        public Go(CatalogEntries entries, IReadOnlyDictionary<(string List, string Name), string> places, IReadOnlyList<(string List, string Name)> changed) : this(entries, "", "") =>
            (Places, Changed) = (places, changed);
    }

    /// <param name="Why">Why nothing changes.</param>
    public sealed record Stop(CatalogOutcome Why) : CatalogStep
    {
        /// <summary>What else would be the step, whose faults are named too; null: nothing.</summary>
        public Go? Else { get; init; }
    }
}
