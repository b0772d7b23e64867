namespace Roadstead.Cli.NodeVerify;

/// <summary>Looks at what a runtime reads on the node, when its pulls do not come through the mirror.</summary>
internal abstract class ConfigurationCheck
{
    private protected const string Again = "Install it again: roadstead node install.";

    /// <summary>Why the files would not lead to the mirror, the gravest first; empty: they do.</summary>
    public abstract IEnumerable<VerifyCause> Faults(MirrorPlace place);

    private protected static VerifyCause Missing(string what, string where) => new(CauseKind.ConfigurationMissing, what, Again, where);

    private protected static VerifyCause Changed(string what, string path, int? line) =>
        new(CauseKind.ConfigurationChanged, what, "Put it right, or install it again: roadstead node install.", line is null ? path : $"{path}:{line}");
}
