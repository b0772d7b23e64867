using Roadstead.Cli.NodeConfig;
using Roadstead.Cli.NodeFormats;
using Roadstead.Cli.NodeInstall;

namespace Roadstead.Cli.NodeVerify;

/// <summary>registries.conf and its drop-ins, as CRI-O, Podman, Buildah and Skopeo read them: of one prefix the last file's entry counts whole. containers-registries.conf(5).</summary>
/// <param name="policy">policy.json, where it is not the usual one.</param>
internal sealed class RegistriesConfCheck(NodeFiles files, MirrorPlan plan, RegistriesConfPlaces places, string? policy = null) : ConfigurationCheck
{
    private const string Correct = "Correct it, or take it away.";

    public override string Looked => $"{places.Main}, {places.Folder}, registries.d, policy.json and certs.d";

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

        var image = $"{place.Registry.Registry}/{MirrorProbe.Image}";
        VerifyCause?[] beside = [.. new RegistriesDCheck(files).Faults(), .. new ClientCertificateCheck(files).Faults(plan.Mirror.Authority), new PolicyCheck(files, policy).Fault(image), OfLonger(place, set, image)];
        foreach (var fault in beside.OfType<VerifyCause>())
        {
            yield return fault;
        }

        var winner = set.Entry(place.Registry.Registry, _ => true);
        foreach (var fault in winner?.Faults ?? [])
        {
            yield return Broken(fault, $"which fails every pull of {place.Registry.Registry}", Correct);
        }

        foreach (var fault in OfEntry(place, winner, set))
        {
            yield return fault;
        }
    }

    public override IEnumerable<VerifyCause> Breaches(MirrorPlace place)
    {
        if (plan.MirrorOnly && Winner(place) is { IsBlocked: false } winner)
        {
            yield return Changed($"{place.Registry.Registry} has no blocked = true there, so that it is asked itself where the mirror fails, and --mirror-only is not in force.", winner.Path, winner.PrefixLine);
        }
    }

    public override IEnumerable<string> Notes(MirrorPlace place)
    {
        var registry = place.Registry.Registry;
        var below = RegistriesConfSet.Read(files, places, []).InForce.Where(entry => RegistryPrefix.IsBelow(entry.Prefix, registry) && !HasMirror(entry, place));
        return base.Notes(place).Concat(below.Select(entry =>
            $"Images of {registry}{RegistryPrefix.Path(entry.Prefix)} do not come through this mirror: {entry.Prefix} has an entry of its own ({entry.Path}:{entry.PrefixLine}), which counts instead of that of {registry}."));
    }

    public override (string Mirror, string Where)? Before(MirrorPlace place) =>
        Winner(place) is { Mirrors: [var first, ..] } winner && first.Location != plan.Mirror.Location(place.Registry) && HasMirror(winner, place) ? (first.Location, Where(winner.Path, first.LocationLine)) : null;

    private RegistryEntry? Winner(MirrorPlace place) => RegistriesConfSet.Read(files, places, []).Entry(place.Registry.Registry, _ => true);

    private bool HasMirror(RegistryEntry entry, MirrorPlace place) => entry.Mirrors.Any(mirror => mirror.Location == plan.Mirror.Location(place.Registry) + RegistryPrefix.Path(entry.Prefix));

    /// <summary>An entry that is about the image in particular.</summary>
    private VerifyCause? OfLonger(MirrorPlace place, RegistriesConfSet set, string image)
    {
        var registry = place.Registry.Registry;
        var entry = set.InForce.Where(entry => RegistryPrefix.IsBelow(entry.Prefix, registry) && RegistryPrefix.Covers(entry.Prefix, image)).MaxBy(entry => entry.Prefix.Length);
        return entry is null || HasMirror(entry, place) ? null
            : new VerifyCause(CauseKind.ConfigurationOverridden, $"{entry.Prefix} has an entry of its own, which counts for {image} instead of that of {registry}, and has not the mirror.",
                $"Take the entry away, or put the mirror into it: [[registry.mirror]] location = \"{plan.Mirror.Location(place.Registry)}{RegistryPrefix.Path(entry.Prefix)}\".", Where(entry.Path, entry.PrefixLine));
    }

    private IEnumerable<VerifyCause> OfEntry(MirrorPlace place, RegistryEntry? winner, RegistriesConfSet set)
    {
        var ours = plan.Mirror.Location(place.Registry);
        if (winner is null)
        {
            return [Missing($"No file of registries.conf names {place.Registry.Registry}.", $"{places.Folder}/{ContainersImage.DropInName}")];
        }

        if (winner.Mirrors.FirstOrDefault(mirror => mirror.Location == ours) is { } mirror)
        {
            return OfMirror(winner, mirror);
        }

        if (set.Files.SelectMany(file => file.Entries).FirstOrDefault(entry => entry.Prefix == winner.Prefix && entry.Mirrors.Any(mirror => mirror.Location == ours)) is { } loser)
        {
            return [new VerifyCause(CauseKind.ConfigurationOverridden, $"A later file names {place.Registry.Registry} too, and replaces the entry of {loser.Path} with its mirror whole.",
                $"Take the entry away, or put the mirror into it: [[registry.mirror]] location = \"{ours}\".", $"{winner.Path}:{winner.PrefixLine}")];
        }

        var found = winner.Mirrors.Count == 0 ? "no mirror" : $"the mirror {string.Join(", ", winner.Mirrors.Select(other => other.Location))}";
        return [Changed($"{place.Registry.Registry} has {found} there, and not {ours}.", winner.Path, winner.Mirrors.Count > 0 ? winner.Mirrors[0].LocationLine : winner.PrefixLine)];
    }

    private IEnumerable<VerifyCause> OfMirror(RegistryEntry entry, MirrorEntry mirror)
    {
        if (!plan.DigestOnly && entry.ByDigestOnlyLine is { } line)
        {
            yield return Changed($"It has mirror-by-digest-only, so that no tag is asked of the mirror {mirror.Location}.", entry.Path, line);
        }

        if (mirror.PulledFor is ({ } what, var at) && (what == "tag-only" || (what == "digest-only" && !plan.DigestOnly)))
        {
            yield return Changed($"The mirror {mirror.Location} has pull-from-mirror = {what}, so that no {(what == "tag-only" ? "digest" : "tag")} is asked of it.", entry.Path, at);
        }

        if (plan.Insecure && !mirror.IsInsecure)
        {
            yield return Changed($"The mirror {mirror.Location} has no insecure = true there, which --insecure is about.", entry.Path, mirror.LocationLine);
        }

        // Versions of 2023 and before; later ones take it.
        if (mirror.Location.StartsWith('['))
        {
            yield return new VerifyCause(CauseKind.PlanUnfit, $"The mirror is named by an IPv6 address ({plan.Mirror.Authority}), which older versions of containers/image take for no name of an image: every pull fails before anything is tried.",
                "Have nodes call the server by a host name: roadstead node install --mirror.", Where(entry.Path, mirror.LocationLine));
        }
    }
}
