using Roadstead.Cli.NodeInstall;

namespace Roadstead.Cli.NodeVerify;

/// <summary>Looks at what a runtime reads on the node, when its pulls do not come through the mirror. How it reads it, <c>NodeFormats</c> says.</summary>
internal abstract class ConfigurationCheck
{
    private protected const string Again = "Install it again: roadstead node install.";

    /// <summary>Why the files would not lead to the mirror, the gravest first; empty: they do.</summary>
    public abstract IEnumerable<VerifyCause> Faults(MirrorPlace place);

    private protected static VerifyCause Missing(string what, string where) => new(CauseKind.ConfigurationMissing, what, Again, where);

    private protected static VerifyCause Changed(string what, string path, int? line) =>
        new(CauseKind.ConfigurationChanged, what, "Put it right, or install it again: roadstead node install.", Where(path, line));

    /// <param name="outcome">What the runtime does then, behind a comma.</param>
    private protected static VerifyCause Broken(NodeFault fault, string outcome, string toDo) =>
        new(CauseKind.ConfigurationBroken, $"The runtime does not take the file ({fault.What}), {outcome}.", toDo, Where(fault.Path, fault.Line));

    private static string Where(string path, int? line) => line is null ? path : $"{path}:{line}";
}
