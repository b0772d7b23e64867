using Roadstead.Cli.NodeConfig;
using Roadstead.Cli.NodeFormats;
using Roadstead.Cli.NodeInstall;

namespace Roadstead.Cli.NodeMerge;

/// <summary>A folder of hosts.toml: ours before the hosts that are there.</summary>
internal static class HostsTomlMerge
{
    /// <param name="plan">As the files are rendered for it, the version that is theirs.</param>
    /// <param name="migrated">Hosts of old that each registry gets behind ours, in tables of their own.</param>
    public static void Into(Merge merge, MirrorPlan plan, string certsD, IReadOnlyDictionary<string, string>? migrated = null)
    {
        migrated ??= new Dictionary<string, string>();
        foreach (var file in HostsToml.Files(plan, certsD))
        {
            if (!file.Path.EndsWith("/hosts.toml", StringComparison.Ordinal))
            {
                merge.Put(file);
                continue;
            }

            var registry = Path.GetFileName(Path.GetDirectoryName(file.Path)!);
            One(merge, plan, file with { Path = HostsTomlFile.PathOf(merge.Before, certsD, registry) }, migrated.GetValueOrDefault(registry, ""));
        }

        Others(merge, plan, certsD, migrated);
    }

    private static void One(Merge merge, MirrorPlan plan, ConfigFile file, string behind)
    {
        if (merge.Before.Text(file.Path) is not { } text)
        {
            merge.Put(file, HostsTomlFile.WithTrust(file.Content, plan.MirrorOnly ? [] : Trust(merge, file.Path)) + behind);
        }
        else if (plan.Version >= ContainerdConfig.FirstWithoutMark && ByteOrderMark.IsFault(file.Path, text, merge.Faults, HostsTomlFile.Consequence))
        {
            return;
        }
        else if (HostsTomlFile.ReadToEdit(file.Path, text, HostsTomlFile.KnowsReferrers(plan), merge.Faults) is { } known)
        {
            var hosts = behind.Length == 0 ? text : Missing(known, text, behind);
            var merged = hosts == text ? known : HostsTomlFile.ReadToEdit(file.Path, hosts, HostsTomlFile.KnowsReferrers(plan), merge.Faults);
            var content = merged?.With(file.Content, plan.MirrorOnly, merge.Ours.Has) ?? hosts;
            if (merged?.Wrong(content, file.Content, plan.MirrorOnly, merge.Ours.Has) is var (key, line))
            {
                merge.Fault(file.Path, line, $"{key} would not become what it is to be, for the file is of a form that the mirror cannot be put into. Write a string of several lines on one, and hosts as tables of their own, then run this again.");
            }

            merge.Put(file with { IsSecret = file.IsSecret || known.HasSecret }, content);
        }
    }

    /// <summary>Registries that the plan does not name: hosts of old come to them, ours that were there go.</summary>
    private static void Others(Merge merge, MirrorPlan plan, string certsD, IReadOnlyDictionary<string, string> migrated)
    {
        string PathOf(string registry) => HostsTomlFile.PathOf(merge.Before, certsD, registry);
        var mirrored = plan.Registries.Select(registry => PathOf(registry.Registry)).ToHashSet();
        foreach (var path in merge.Before.FoldersIn(certsD).Select(folder => $"{folder}/hosts.toml").Concat(migrated.Keys.Select(PathOf)).Distinct().Where(path => !mirrored.Contains(path)))
        {
            var behind = migrated.FirstOrDefault(entry => PathOf(entry.Key) == path).Value ?? "";
            if (merge.Before.Text(path) is not { } text)
            {
                if (behind.Length > 0)
                {
                    merge.Put(new ConfigFile(path, string.Concat(Trust(merge, path).Select(key => $"{key}\n")) + behind.TrimStart('\n')));
                }

                continue;
            }

            // A registry that this is not about may have what it likes in its file, so long as nothing is to be put there.
            var faults = new List<NodeFault>();
            if (HostsTomlFile.ReadToEdit(path, text, HostsTomlFile.KnowsReferrers(plan), faults) is not { } known)
            {
                merge.Faults.AddRange(behind.Length > 0 ? faults : []);
                merge.Notes.AddRange(behind.Length > 0 ? [] : faults.Select(fault => fault.ToString()));
            }
            else if (behind.Length == 0 && known.Urls.Any(merge.Ours.Has) && known.IsOnlyOurs(merge.Ours.Has))
            {
                merge.Remove(path, Reload.None);
            }
            else if (behind.Length > 0 || known.Urls.Any(merge.Ours.Has))
            {
                var kept = known.With(null, false, merge.Ours.Has);
                merge.Put(new ConfigFile(path, behind.Length == 0 ? kept : Missing(known, kept, behind), IsSecret: known.HasSecret));
            }
        }
    }

    /// <summary>The hosts of old that a file does not have yet, put at its end.</summary>
    private static string Missing(HostsTomlFile known, string text, string behind)
    {
        var urls = known.Urls.ToHashSet();
        var missing = behind.Split("\n[host.").Skip(1).Where(host => !urls.Any(url => host.StartsWith($"{Toml.Quote(url)}]", StringComparison.Ordinal))).Select(host => $"\n[host.{host}");
        return missing.Any() ? $"{text.TrimEnd()}\n{string.Concat(missing)}" : text;
    }

    // Certificates beside it are for the registry itself, and are read only while there is no hosts.toml.
    private static List<string> Trust(Merge merge, string path)
    {
        var folder = Path.GetDirectoryName(path)!;
        var authorities = merge.Before.FilesIn(folder, ".crt").Where(merge.Before.HasFile).ToList();
        var pairs = merge.Before.FilesIn(folder, ".cert").Select(cert => (cert, Key: Path.ChangeExtension(cert, ".key"))).Where(pair => merge.Before.HasFile(pair.cert) && merge.Before.HasFile(pair.Key)).ToList();
        return
        [
            .. authorities.Count > 0 ? [$"ca = {Toml.List(authorities)}"] : Array.Empty<string>(),
            .. pairs.Count > 0 ? [$"client = [{string.Join(", ", pairs.Select(pair => Toml.List(pair.cert, pair.Key)))}]"] : Array.Empty<string>(),
        ];
    }
}
