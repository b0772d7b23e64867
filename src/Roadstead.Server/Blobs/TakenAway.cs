namespace Roadstead.Server.Blobs;

/// <summary>What became of a damaged blob.</summary>
internal abstract record TakenAway
{
    private TakenAway()
    {
    }

    /// <summary>It is out of the store.</summary>
    /// <param name="Path">Where it is, for whoever wants to know what happened to it.</param>
    public sealed record Kept(string Path) : TakenAway;

    /// <summary>It could not be moved, and was deleted.</summary>
    /// <param name="Fault">Why not.</param>
    public sealed record Deleted(string Fault) : TakenAway;

    /// <summary>The disk lets nothing go: it lies there, and the store refuses it for as long as it does.</summary>
    /// <param name="Fault">Why.</param>
    public sealed record Condemned(string Fault) : TakenAway;
}
