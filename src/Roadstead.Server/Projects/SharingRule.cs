using Roadstead.Server.Metadata;

namespace Roadstead.Server.Projects;

/// <summary>Whether a project may be given bytes that are held or fetched for others, once its own upstream says that it has them. Else that upstream must send them.</summary>
/// <remarks>
/// A HEAD is a claim and a GET is a proof: whoever runs a registry can claim any digest. An upstream's claim is good enough for what the same endpoint brought, for it would send the same bytes, and for
/// what an open project has, which anybody may have. While every project is open that is all there is, and nothing is looked up.
/// </remarks>
internal sealed class SharingRule
{
    private static readonly ProjectSnapshot Nobody = new([]);

    /// <summary>The projects in force.</summary>
    public Func<ProjectSnapshot> Snapshot { get; set; } = () => Nobody;

    /// <summary>True once some project is not open to all.</summary>
    public bool HasPrivate => Snapshot().HasPrivate;

    /// <summary>True if a claim is enough for what these hold.</summary>
    /// <param name="asking">Who is to be given it.</param>
    /// <param name="holders">Who has it; asked for only where that matters.</param>
    public bool MayShare(Project asking, Func<IEnumerable<Holder>> holders)
    {
        var snapshot = Snapshot();
        return !snapshot.HasPrivate || holders().Any(holder => Vouches(snapshot, holder, asking.Endpoint));
    }

    /// <summary>True if a claim is enough for what is being fetched for another project, or the same.</summary>
    public bool MayJoin(Project asking, Project fetching)
    {
        var snapshot = Snapshot();
        return !snapshot.HasPrivate || asking == fetching || Vouches(snapshot, Holder.Of(fetching.Name, fetching.Endpoint!.Registry), asking.Endpoint);
    }

    /// <summary>True if a claim that was noted for someone, when nobody held what it is of, stays good when a project brings it.</summary>
    public bool MayKeep(Holder claimant, Project brought)
    {
        var snapshot = Snapshot();
        return !snapshot.HasPrivate || Vouches(snapshot, Holder.Of(brought.Name, brought.Endpoint!.Registry), InForce(snapshot, claimant)?.Endpoint);
    }

    /// <summary>A project that is gone or mirrors another registry now vouches for nothing.</summary>
    private static bool Vouches(ProjectSnapshot snapshot, Holder holder, Endpoint? asking) =>
        InForce(snapshot, holder) is { } project && (project.Options.Public || (project.Endpoint!.Name == asking?.Name && project.Endpoint.Registry == asking.Registry));

    private static Project? InForce(ProjectSnapshot snapshot, Holder holder) =>
        snapshot.Named(holder.Project) is { Endpoint: { } endpoint } project && endpoint.Registry.ToString() == holder.Registry ? project : null;
}
