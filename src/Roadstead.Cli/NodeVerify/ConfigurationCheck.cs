using Roadstead.Cli.NodeInstall;

namespace Roadstead.Cli.NodeVerify;

/// <summary>Looks at what a runtime reads on the node. How it reads it, <c>NodeFormats</c> says.</summary>
internal abstract class ConfigurationCheck
{
    private protected const string Again = "Install it again: roadstead node install.";

    /// <summary>What is looked at, to be put behind "nothing amiss was found in".</summary>
    public abstract string Looked { get; }

    /// <summary>Why the files would not lead to the mirror, the gravest first; empty: nothing of that was found.</summary>
    public abstract IEnumerable<VerifyCause> Faults(MirrorPlace place);

    /// <summary>What was wanted and is not in force, though the image came through the mirror; empty: nothing.</summary>
    public virtual IEnumerable<VerifyCause> Breaches(MirrorPlace place) => [];

    /// <summary>What the operator should know though the image came through the mirror.</summary>
    public virtual IEnumerable<string> Notes(MirrorPlace place) => Before(place) is var (mirror, where)
        ? [$"{mirror} is asked before this mirror ({where}): what it has does not come through this one. Put this mirror first, unless that is meant."]
        : [];

    /// <summary>Another mirror that is asked before ours, and its place; null: there is none.</summary>
    public virtual (string Mirror, string Where)? Before(MirrorPlace place) => null;

    private protected static VerifyCause Missing(string what, string where) => new(CauseKind.ConfigurationMissing, what, Again, where);

    private protected static VerifyCause Changed(string what, string path, int? line) =>
        new(CauseKind.ConfigurationChanged, what, "Put it right, or install it again: roadstead node install.", Where(path, line));

    /// <param name="outcome">What the runtime does then, behind a comma.</param>
    private protected static VerifyCause Broken(NodeFault fault, string outcome, string toDo) =>
        new(CauseKind.ConfigurationBroken, $"The runtime does not take the file ({fault.What}), {outcome}.", toDo, Where(fault.Path, fault.Line));

    /// <summary>Of a file that does not lead to the mirror, while the runtime still runs with what it read before.</summary>
    private protected static string NotInForce(VerifyCause fault, string runtime) =>
        $"{fault.Where}: {fault.What} {runtime} still runs with what it read before; from its next start on, pulls go around the mirror. {fault.ToDo}";

    private protected static string Where(string path, int? line) => line is null ? path : $"{path}:{line}";
}
