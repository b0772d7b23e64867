using Roadstead.Cli.NodeConfig;

namespace Roadstead.Cli.NodeInstall;

/// <summary>What one runtime's files are to become, given those that the node has without what was installed before.</summary>
/// <param name="formerMirrors">Authorities of the mirrors that were installed before.</param>
internal delegate NodeEdit NodeEditor(NodeRuntime runtime, MirrorPlan plan, NodeFiles before, IReadOnlyCollection<string> formerMirrors);

/// <summary>A file as all runtimes of a node together want it.</summary>
/// <param name="Reloads">What each of them needs to take it up.</param>
internal sealed record WantedFile(FileEdit Edit, IReadOnlyList<InstalledReload> Reloads);

/// <summary>The edits of several runtimes, which may read the same files.</summary>
/// <param name="Owners">What is to be given to whoever owns the node's files.</param>
/// <param name="Faults">Why nothing is to be changed.</param>
internal sealed record UnitedEdits(
    IReadOnlyList<WantedFile> Files, IReadOnlyList<(NodeRuntime Runtime, RuntimeConfiguration Configuration)> Owners, IReadOnlyList<string> Notes, IReadOnlyList<string> Faults)
{
    public static UnitedEdits Of(IEnumerable<DetectedRuntime> runtimes, MirrorPlan plan, NodeFiles before, IReadOnlyCollection<string> formerMirrors, NodeEditor edit)
    {
        var files = new Dictionary<string, WantedFile>(StringComparer.Ordinal);
        var owners = new List<(NodeRuntime, RuntimeConfiguration)>();
        var notes = new List<string>();
        var faults = new List<string>();
        foreach (var found in runtimes)
        {
            switch (edit(found.Runtime, plan with { Version = found.Version }, before, formerMirrors))
            {
                case NodeEdit.Faulty(var ofPlan, var ofFiles):
                    faults.AddRange(ofPlan.Select(fault => $"{found.Runtime.Name}: {fault}").Concat(ofFiles.Select(fault => fault.ToString())));
                    break;
                case NodeEdit.ForOwner(var configuration):
                    owners.Add((found.Runtime, configuration));
                    break;
                case NodeEdit.Ready ready:
                    notes.AddRange(ready.Notes);
                    faults.AddRange(ready.Files.Select(file => Add(files, file, found.Runtime.Name, ready.Services)).OfType<string>());
                    break;
                default:
                    throw new InvalidOperationException("Unknown edit.");
            }
        }

        return new UnitedEdits([.. files.Values], owners, [.. notes.Distinct()], [.. faults.Distinct()]);
    }

    /// <returns>What contradicts another runtime's edit; null if nothing does.</returns>
    private static string? Add(Dictionary<string, WantedFile> files, FileEdit edit, string runtime, IReadOnlyList<string> services)
    {
        var reload = new InstalledReload(runtime, edit.Reload, services);
        if (!files.TryGetValue(edit.Path, out var there))
        {
            files.Add(edit.Path, new WantedFile(edit, [reload]));
            return null;
        }

        if (there.Edit.Content != edit.Content)
        {
            return $"{edit.Path}: {there.Reloads[0].Runtime} and {runtime} need it to be different. Configure one of them alone, with --runtime.";
        }

        // What is secret to one of them is secret.
        files[edit.Path] = new WantedFile(there.Edit with { Mode = there.Edit.Mode & edit.Mode, IsSecret = there.Edit.IsSecret || edit.IsSecret, IsShared = there.Edit.IsShared || edit.IsShared }, [.. there.Reloads, reload]);
        return null;
    }
}
