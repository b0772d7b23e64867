using Roadstead.Cli.NodeConfig;
using Roadstead.Cli.NodeFormats;
using Roadstead.Cli.NodeInstall;

namespace Roadstead.Cli.NodeVerify;

/// <summary>registries.conf and its drop-ins, as CRI-O, Podman, Buildah and Skopeo read them: of one prefix the last file's entry counts whole. containers-registries.conf(5).</summary>
internal sealed class RegistriesConfCheck(NodeFiles files, MirrorPlan plan, RegistriesConfPlaces places) : ConfigurationCheck
{
    private const string Correct = "Correct it, or take it away.";

    public override IEnumerable<VerifyCause> Faults(MirrorPlace place)
    {
        var broken = new List<NodeFault>();
        var set = RegistriesConfSet.Read(files, places, broken);
        foreach (var fault in broken)
        {
            yield return Broken(fault, "which fails every pull of every registry on this node", Correct);
        }

        if (places.HidingFile is { } own && files.HasFile(own))
        {
            yield return new VerifyCause(CauseKind.ConfigurationOverridden, $"Root has a registries.conf of its own, beside which none of {ContainersImage.Folder} is read by tools that root runs.", "Take it away, or put the mirrors into it.", own);
        }

        var winner = set.Entry(place.Registry.Registry, _ => true);
        foreach (var fault in winner?.Faults ?? [])
        {
            yield return Broken(fault, $"which fails every pull of {place.Registry.Registry}", Correct);
        }

        if (OfEntry(place, winner, set) is { } other)
        {
            yield return other;
        }
    }

    private VerifyCause? OfEntry(MirrorPlace place, RegistryEntry? winner, RegistriesConfSet set)
    {
        var ours = plan.Mirror.Location(place.Registry);
        if (winner is null)
        {
            return Missing($"No file of registries.conf names {place.Registry.Registry}.", $"{places.Folder}/{ContainersImage.DropInName}");
        }

        if (winner.Mirrors.FirstOrDefault(mirror => mirror.Location == ours) is { } mirror)
        {
            return plan.Insecure && !mirror.IsInsecure ? Changed($"The mirror {ours} has no insecure = true there, which --insecure is about.", winner.Path, mirror.LocationLine) : null;
        }

        if (set.Files.SelectMany(file => file.Entries).FirstOrDefault(entry => entry.Prefix == winner.Prefix && entry.Mirrors.Any(mirror => mirror.Location == ours)) is { } loser)
        {
            return new VerifyCause(CauseKind.ConfigurationOverridden, $"A later file names {place.Registry.Registry} too, and replaces the entry of {loser.Path} with its mirror whole.",
                $"Take the entry away, or put the mirror into it: [[registry.mirror]] location = \"{ours}\".", $"{winner.Path}:{winner.PrefixLine}");
        }

        var found = winner.Mirrors.Count == 0 ? "no mirror" : $"the mirror {string.Join(", ", winner.Mirrors.Select(other => other.Location))}";
        return Changed($"{place.Registry.Registry} has {found} there, and not {ours}.", winner.Path, winner.Mirrors.Count > 0 ? winner.Mirrors[0].LocationLine : winner.PrefixLine);
    }
}
