using Roadstead.Cli.NodeConfig;
using Roadstead.Cli.NodeInstall;

namespace Roadstead.Cli.NodeMerge;

/// <summary>What a node's files are to become.</summary>
public static class NodeEdits
{
    /// <param name="before">The node's files, without what was installed before.</param>
    /// <param name="formerMirrors">Authorities, as <c>mirror.example:5000</c>, of the mirrors that were installed before.</param>
    public static NodeEdit For(NodeRuntime runtime, MirrorPlan plan, NodeFiles before, IReadOnlyCollection<string> formerMirrors)
    {
        ArgumentNullException.ThrowIfNull(runtime);
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(formerMirrors);
        return runtime.Render(plan) switch
        {
            RenderResult.Faulty(var faults) => new NodeEdit.Faulty(faults, []),
            RenderResult.Rendered(var configuration) when configuration.Files.Any(file => file.Placement == Placement.Applied) => new NodeEdit.ForOwner(configuration),
            RenderResult.Rendered(var configuration) => Whole(configuration, before),
            _ => throw new InvalidOperationException("Unknown result."),
        };
    }

    private static NodeEdit Whole(RuntimeConfiguration configuration, NodeFiles before)
    {
        var taken = configuration.Files.Where(file => file.Placement == Placement.Shared && before.Text(file.Path) is { } text && text != file.Content).ToList();
        return taken.Count > 0
            ? new NodeEdit.Faulty([], [.. taken.Select(file => new NodeFault(file.Path, null, "other settings stand in it."))])
            : new NodeEdit.Ready([.. configuration.Files.Select(file => new FileEdit(file.Path, file.Content, file.Mode, file.Reload, file.IsSecret))], configuration.Notes, configuration.Services);
    }
}
