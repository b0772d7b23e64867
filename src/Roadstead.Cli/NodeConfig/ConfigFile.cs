namespace Roadstead.Cli.NodeConfig;

/// <summary>Whose a file is, which decides how it gets to where it works.</summary>
public enum Placement
{
    /// <summary>Nobody else writes this file: it is put in place whole, and removed whole.</summary>
    Owned,

    /// <summary>Other settings may stand in it: what is rendered is ours alone, and is merged into it.</summary>
    Shared,

    /// <summary>No file of the node: it is given to who owns the node's configuration. Its path is relative.</summary>
    Applied,
}

/// <summary>What must happen before a runtime takes a change up; the gentlest way that works.</summary>
public enum Reload
{
    /// <summary>It is read for every pull, or at every start of the tool.</summary>
    None,

    /// <summary>SIGHUP, which is <c>systemctl reload</c>: containers go on.</summary>
    Signal,

    Restart,
}

/// <summary>One file of a runtime's configuration.</summary>
/// <param name="Path">Absolute, except for <see cref="Placement.Applied"/>.</param>
/// <param name="Content">All of it, or, for <see cref="Placement.Shared"/>, our part.</param>
/// <param name="Reload">What the runtime needs to take a change of this file up.</param>
/// <param name="Placement">Whose the file is.</param>
/// <param name="IsSecret">It holds a password.</param>
public sealed record ConfigFile(string Path, string Content, Reload Reload = Reload.None, Placement Placement = Placement.Owned, bool IsSecret = false)
{
    public UnixFileMode Mode => IsSecret
        ? UnixFileMode.UserRead | UnixFileMode.UserWrite
        : UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>A record would print its content, and a log line the password in it.</summary>
    public override string ToString() => Path;
}

/// <summary>All that makes one runtime use the mirror.</summary>
/// <param name="Files">In the order in which they are put in place.</param>
/// <param name="Notes">What the operator must do or know beside them; never a secret.</param>
/// <param name="Services">The units that <see cref="Reload"/> is of, the first that the node has; empty: there is none to reload.</param>
public sealed record RuntimeConfiguration(IReadOnlyList<ConfigFile> Files, IReadOnlyList<string> Notes, params IReadOnlyList<string> Services)
{
    /// <summary>What is needed when all of the files changed.</summary>
    public Reload Reload => Files.Count == 0 ? Reload.None : Files.Max(file => file.Reload);
}
