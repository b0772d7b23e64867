using Roadstead.Oci;
using Roadstead.Server.Configuration;

namespace Roadstead.Server.Projects;

/// <summary>A name space of this registry; one with an endpoint fills itself from it.</summary>
public sealed class Project
{
    private readonly RepositoryPatterns _include;
    private readonly RepositoryPatterns _exclude;

    public Project(ProjectOptions options, Endpoint? endpoint, DefaultsOptions defaults)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(defaults);
        Options = options;
        Endpoint = endpoint;
        FreshFor = options.FreshFor ?? defaults.FreshFor;
        StaleFor = options.StaleFor is { } own ? own.Limit : defaults.StaleFor;
        Platforms = [.. options.Platforms.Select(Platform.Parse)];
        _include = new RepositoryPatterns(options.Include);
        _exclude = new RepositoryPatterns(options.Exclude);
    }

    public ProjectOptions Options { get; }

    public string Name => Options.Name;

    /// <summary>Null for a hosted project.</summary>
    public Endpoint? Endpoint { get; }

    /// <inheritdoc cref="DefaultsOptions"/>
    public TimeSpan FreshFor { get; }

    /// <inheritdoc cref="DefaultsOptions"/>
    public TimeSpan? StaleFor { get; }

    /// <summary>True if a copy is served that upstream confirmed then and does not now.</summary>
    public bool ServesStale(DateTimeOffset checkedAt, DateTimeOffset now) => StaleFor is not { } limit || now - checkedAt < FreshFor + limit;

    /// <summary>The platforms to keep of an index of which clients have not yet asked for any.</summary>
    public IReadOnlyList<Platform> Platforms { get; }

    /// <summary>True if the project's patterns let the repository through.</summary>
    public bool Admits(RepositoryName repository)
    {
        var name = repository.ToString();
        return (_include.IsEmpty || _include.Match(name)) && !_exclude.Match(name);
    }
}
