using Roadstead.Cli.NodeConfig;

namespace Roadstead.Cli.NodeMerge;

/// <summary>Which hosts in a node's files are this mirror, now or before it moved: their entries are replaced, never doubled.</summary>
internal sealed class OurMirrors
{
    private readonly HashSet<string> _authorities;

    public OurMirrors(MirrorPlan plan, IEnumerable<string> former) => _authorities =
    [
        plan.Mirror.Authority,
        .. plan.Registries.Where(registry => registry.Root is not null).Select(registry => registry.Root!.Authority),
        .. former.Select(Authority),
    ];

    /// <param name="place">A location as <c>mirror.example:5000/dockerhub</c>, or a URL.</param>
    public bool Has(string place) => _authorities.Contains(Authority(place));

    /// <summary>Host and port of a location or URL, in lower case.</summary>
    public static string Authority(string place)
    {
        var rest = place.IndexOf("://", StringComparison.Ordinal) is >= 0 and var scheme ? place[(scheme + 3)..] : place;
        return rest.Split('/')[0].ToLowerInvariant();
    }
}
