using Roadstead.Oci;
using Roadstead.Server.Configuration;

namespace Roadstead.Server.Projects;

/// <summary>A name space of this registry; one with an endpoint fills itself from it.</summary>
public sealed class Project
{
    private readonly NamePatterns _include;
    private readonly NamePatterns _exclude;
    private readonly FreshnessRules _freshness;

    internal Project(ProjectOptions options, Endpoint? endpoint, DefaultsOptions defaults, Bandwidth bandwidth)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(defaults);
        Options = options;
        Endpoint = endpoint;
        Bandwidth = bandwidth;
        FreshFor = options.FreshFor ?? defaults.FreshFor;
        StaleFor = options.StaleFor is { } own ? own.Limit : defaults.StaleFor;
        Platforms = [.. options.Platforms.Select(Platform.Parse)];
        _include = new NamePatterns(options.Include);
        _exclude = new NamePatterns(options.Exclude);
        _freshness = new FreshnessRules(options.Freshness, FreshFor);
    }

    private Project(Project of, Endpoint endpoint)
    {
        (Options, Bandwidth, FreshFor, StaleFor, Platforms) = (of.Options, of.Bandwidth, of.FreshFor, of.StaleFor, of.Platforms);
        (_include, _exclude, _freshness) = (of._include, of._exclude, of._freshness);
        Endpoint = endpoint;
    }

    public ProjectOptions Options { get; }

    public string Name => Options.Name;

    /// <summary>Null for a hosted project.</summary>
    public Endpoint? Endpoint { get; }

    /// <summary>What all bodies together may bring that are fetched for it.</summary>
    internal Bandwidth Bandwidth { get; }

    /// <summary>As <see cref="DefaultsOptions.FreshFor"/>, of what no rule means.</summary>
    public TimeSpan FreshFor { get; }

    /// <summary>True if tags may differ in how long they are fresh.</summary>
    public bool HasFreshnessRules => !_freshness.IsEmpty;

    /// <inheritdoc cref="DefaultsOptions"/>
    public TimeSpan? StaleFor { get; }

    /// <summary>True if a copy is served that upstream confirmed then and does not now.</summary>
    /// <param name="freshFor">How long it was fresh without; null: it always is.</param>
    /// <param name="checkedAt">Then.</param>
    /// <param name="now">Now.</param>
    public bool ServesStale(TimeSpan? freshFor, DateTimeOffset checkedAt, DateTimeOffset now) => freshFor is not { } fresh || StaleFor is not { } limit || now - checkedAt < fresh + limit;

    /// <summary>True if what a tag named is not served by it any more, since upstream is known to have the tag no more.</summary>
    /// <param name="goneSince">Since when; null: it has it.</param>
    /// <param name="now">Now.</param>
    public bool Withholds(DateTimeOffset? goneSince, DateTimeOffset now) =>
        goneSince is { } since && Options.DeletedFor is { } limit && (limit == TimeSpan.Zero || now - since >= limit);

    /// <summary>How long a tag is answered without asking upstream; null: as long as it is held.</summary>
    public TimeSpan? FreshForTag(RepositoryName repository, string tag) => _freshness.IsEmpty ? FreshFor : _freshness.Of(repository, tag);

    /// <summary>The platforms to keep of an index of which clients have not yet asked for any.</summary>
    public IReadOnlyList<Platform> Platforms { get; }

    /// <summary>The same project with another endpoint of the same registry.</summary>
    internal Project With(Endpoint endpoint) => new(this, endpoint);

    /// <summary>True if the project's patterns let the repository through.</summary>
    public bool Admits(RepositoryName repository)
    {
        var name = repository.ToString();
        return (_include.IsEmpty || _include.Match(name)) && !_exclude.Match(name);
    }
}
