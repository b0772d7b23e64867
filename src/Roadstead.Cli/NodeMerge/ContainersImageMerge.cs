using Roadstead.Cli.NodeConfig;
using Roadstead.Cli.NodeFormats;
using Roadstead.Cli.NodeInstall;

namespace Roadstead.Cli.NodeMerge;

/// <summary>The files of containers/image: a drop-in that repeats what it replaces, the CA, and what signatures need.</summary>
internal static class ContainersImageMerge
{
    public static void Into(Merge merge, RegistriesConfPlaces places)
    {
        merge.Notes.Remove(ContainersImage.LaterFiles);
        if (places.HidingFile is { } own && merge.Before.HasFile(own))
        {
            merge.Fault(own, null, "while root has this file, none of /etc/containers/registries.conf and registries.conf.d is read, so the mirror would not be asked. Move what it says to /etc/containers/registries.conf and take it away.");
        }

        var set = Read(merge, merge.Before, places);
        var signatures = RegistriesDSet.Read(merge.Before, merge.Faults);
        CertsDCheck.Pairs(merge);
        if (merge.Faults.Count > 0)
        {
            return;
        }

        // One that says anything that is not repeated is somebody's own.
        bool IsOurs(RegistriesConfFile file) => !file.HasOther && file.Entries.Count > 0
            && file.Entries.All(entry => IsMirrored(merge, entry) ? entry.Mirrors.Any(mirror => merge.Ours.Has(mirror.Location)) : entry.Mirrors.Count > 0 && entry.Mirrors.All(mirror => merge.Ours.Has(mirror.Location)));
        List<RegistriesConfFile> rivals = [.. set.DropIns.Where(file => !(IsOurs(file) && DropInName.IsName(file.Path)) && file.Entries.Any(entry => IsMirrored(merge, entry)))];
        var name = DropInName.Choose(merge.Before, places.Folder, ContainersImage.DropInName, path => set.DropIns.Any(file => file.Path == path && IsOurs(file)), rivals.Select(file => file.Path));
        bool IsDropIn(RegistriesConfFile file) => file.Path == name.Path || name.Old.Contains(file.Path);

        UserFaults(merge, set);
        var rendered = merge.Rendered(ContainersImage.DropIn)!;
        merge.Put(rendered with { Path = name.Path }, ContainersImage.RegistriesConf(merge.Plan, registry => Prior(merge, set, registry, IsDropIn)));
        foreach (var file in merge.Configuration.Files.Where(file => file.Path.EndsWith(".crt", StringComparison.Ordinal)))
        {
            merge.Put(file);
        }

        signatures.Into(merge);
        name.Old.ToList().ForEach(path => merge.Remove(path, rendered.Reload));
        Notes(merge, set, IsDropIn);
        if (merge.Faults.Count == 0)
        {
            // What would be in force, by the runtime's own rules.
            Read(merge, merge.After(), places);
            RegistriesDSet.Read(merge.After(), merge.Faults);
        }
    }

    private static RegistriesConfSet Read(Merge merge, NodeFiles node, RegistriesConfPlaces places)
    {
        var set = RegistriesConfSet.Read(node, places, merge.Faults);
        merge.Faults.AddRange(set.Files.SelectMany(file => file.Entries).SelectMany(entry => entry.Faults));
        return set;
    }

    private static bool IsMirrored(Merge merge, RegistryEntry entry) => merge.Plan.Registries.Any(registry => registry.Registry == entry.Prefix);

    private static PriorEntry Prior(Merge merge, RegistriesConfSet set, RegistryMirror registry, Func<RegistriesConfFile, bool> isDropIn)
    {
        // Mirrors that somebody put into our drop-in stay, in their order; all else in it is ours to say.
        List<MirrorEntry> added = [.. set.Files.Where(isDropIn).Reverse().SelectMany(file => file.Entries).Where(entry => entry.Prefix == registry.Registry).SelectMany(entry => entry.Mirrors)];
        if (set.Entry(registry.Registry, file => !isDropIn(file)) is not { } entry)
        {
            return PriorEntry.None with { Mirrors = Others(merge, added) };
        }

        var isInForce = set.Files.Last(file => file.Entries.Any(other => other.Prefix == entry.Prefix)) is var last && isDropIn(last);
        var isOurs = merge.Ours.Has(entry.Location);
        if (merge.Plan.MirrorOnly && !isOurs && entry.Location != entry.Prefix)
        {
            merge.Fault(entry.Path, entry.Line, $"{entry.Prefix} is at {entry.Location}, so it cannot be blocked under its own name as --mirror-only wants. Take this location out, or leave --mirror-only out.");
        }

        if (entry.IsByDigestOnly && !merge.Plan.DigestOnly)
        {
            merge.Notes.Add($"{entry.Path}:{entry.Line}: mirror-by-digest-only stays, so tags of {entry.Prefix} are looked up at the registry itself and only digests at the mirror.");
        }

        return new PriorEntry(isOurs ? null : entry.Location, entry.IsBlocked, entry.IsByDigestOnly, isOurs ? [.. entry.Keys.Where(key => !key.StartsWith("insecure ", StringComparison.Ordinal))] : entry.Keys,
            Others(merge, isInForce ? [.. added, .. entry.Mirrors] : [.. entry.Mirrors, .. added]));
    }

    private static List<IReadOnlyList<string>> Others(Merge merge, IEnumerable<MirrorEntry> mirrors) =>
        [.. mirrors.Where(mirror => !merge.Ours.Has(mirror.Location)).DistinctBy(mirror => mirror.Location).Select(mirror => mirror.Lines)];

    // Root's own drop-ins come after all of the system's, whatever they are called.
    private static void UserFaults(Merge merge, RegistriesConfSet set)
    {
        foreach (var (file, entry) in set.UserDropIns.SelectMany(file => file.Entries.Where(entry => IsMirrored(merge, entry)).Select(entry => (file, entry))))
        {
            merge.Fault(file.Path, entry.Line, $"[[registry]] of {entry.Prefix} here replaces whatever stands under /etc/containers, the mirror with it. Move it to /etc/containers/registries.conf.d, where it is merged, or take it out.");
        }
    }

    private static void Notes(Merge merge, RegistriesConfSet set, Func<RegistriesConfFile, bool> isDropIn)
    {
        // The longest prefix holds; of two that are as long, one with an asterisk.
        foreach (var entry in set.Files.Where(file => !isDropIn(file)).SelectMany(file => file.Entries))
        {
            foreach (var registry in merge.Plan.Registries)
            {
                if (entry.Prefix.StartsWith($"{registry.Registry}/", StringComparison.Ordinal) || entry.Prefix.StartsWith($"{registry.Registry}:", StringComparison.Ordinal))
                {
                    merge.Notes.Add($"{entry.Path}:{entry.Line}: {entry.Prefix} has an entry of its own, which holds for these images instead of the mirror of {registry.Registry}.");
                }
                else if (entry.Prefix.StartsWith("*.", StringComparison.Ordinal) && entry.Prefix.Length >= registry.Registry.Length && registry.Registry.EndsWith(entry.Prefix[1..], StringComparison.Ordinal))
                {
                    merge.Notes.Add($"{entry.Path}:{entry.Line}: the prefix {entry.Prefix} holds for {registry.Registry} too and is taken first, so the mirror is not asked. Take it out, or write the hosts that it is for.");
                }
            }
        }
    }
}
