using Roadstead.Cli.NodeConfig;
using Roadstead.Cli.NodeInstall;

namespace Roadstead.Cli.NodeVerify;

/// <summary>registries.conf and its drop-ins, as CRI-O, Podman, Buildah and Skopeo read them: of one prefix the last file's entry counts whole. containers-registries.conf(5).</summary>
internal sealed class RegistriesConfCheck(NodeFiles files, MirrorPlan plan) : ConfigurationCheck
{
    private const string OfRoot = "/root/.config/containers/registries.conf";
    private const string DropIn = "/etc/containers/registries.conf.d/50-mirror.conf";

    public override IEnumerable<VerifyCause> Faults(MirrorPlace place)
    {
        var entries = new List<Entry>();
        string[] paths = ["/etc/containers/registries.conf", .. files.FilesIn("/etc/containers/registries.conf.d", ".conf")];
        foreach (var path in paths)
        {
            var file = FlatToml.Read(files.Text(path) ?? "");
            if (file.Fault is var (line, message))
            {
                yield return new VerifyCause(CauseKind.ConfigurationBroken, $"The file does not parse ({message}), which fails every pull of every registry on this node.", "Correct it, or take it away.", $"{path}:{line}");
            }

            entries.AddRange(EntriesOf(path, file).Where(entry => entry.Prefix == place.Registry.Registry).Take(1));
        }

        if (files.HasFile(OfRoot))
        {
            yield return new VerifyCause(CauseKind.ConfigurationOverridden, "Root has a registries.conf of its own, beside which none of /etc/containers is read by tools that root runs.", "Take it away, or put the mirrors into it.", OfRoot);
        }

        if (OfEntries(place, entries) is { } fault)
        {
            yield return fault;
        }
    }

    private VerifyCause? OfEntries(MirrorPlace place, List<Entry> entries)
    {
        var ours = plan.Mirror.Location(place.Registry);
        if (entries.LastOrDefault() is not { } winner)
        {
            return Missing($"No file of registries.conf names {place.Registry.Registry}.", DropIn);
        }

        if (winner.Mirrors.FirstOrDefault(mirror => mirror.Location == ours) is { Location: not null } mirror)
        {
            return plan.Insecure && !mirror.Insecure ? Changed($"The mirror {ours} has no insecure = true there, which --insecure is about.", winner.Path, mirror.Line) : null;
        }

        if (entries.FirstOrDefault(entry => entry.Mirrors.Any(mirror => mirror.Location == ours)) is { } loser)
        {
            return new VerifyCause(CauseKind.ConfigurationOverridden, $"A later file names {place.Registry.Registry} too, and replaces the entry of {loser.Path} with its mirror whole.",
                $"Take the entry away, or put the mirror into it: [[registry.mirror]] location = \"{ours}\".", $"{winner.Path}:{winner.Line}");
        }

        var found = winner.Mirrors.Count == 0 ? "no mirror" : $"the mirror {string.Join(", ", winner.Mirrors.Select(other => other.Location))}";
        return Changed($"{place.Registry.Registry} has {found} there, and not {ours}.", winner.Path, winner.Mirrors.Count > 0 ? winner.Mirrors[0].Line : winner.Line);
    }

    private static IEnumerable<Entry> EntriesOf(string path, FlatToml file) =>
        from entry in file.Entries
        where entry.Path is ["registry", _, ..]
        group entry by entry.Path[1] into one
        let prefix = one.FirstOrDefault(entry => entry.Path is [_, _, "prefix"]) ?? one.FirstOrDefault(entry => entry.Path is [_, _, "location"])
        where prefix is not null
        select new Entry(path, prefix.Value, prefix.Line, [.. one.Where(entry => entry.Path is [_, _, "mirror", _, "location"])
            .Select(location => new MirrorEntry(location.Value, one.Any(entry => entry.Path is [_, _, "mirror", var at, "insecure"] && at == location.Path[3] && entry.Value == "true"), location.Line))]);

    private sealed record Entry(string Path, string Prefix, int Line, IReadOnlyList<MirrorEntry> Mirrors);

    private sealed record MirrorEntry(string Location, bool Insecure, int Line);
}
