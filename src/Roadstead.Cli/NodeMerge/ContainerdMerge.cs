using System.Text;
using Roadstead.Cli.NodeConfig;
using Roadstead.Cli.NodeFormats;

namespace Roadstead.Cli.NodeMerge;

/// <summary>containerd: hosts.toml in the one folder that config_path names, and config_path where it is missing.</summary>
internal static class ContainerdMerge
{
    public static void Into(Merge merge)
    {
        var config = ContainerdConfig.Read(merge.Before, merge.Plan.Version, merge.Faults);
        if (merge.Faults.Count > 0)
        {
            return;
        }

        merge.Notes.Remove(Containerd.OneFolder);
        Notes(merge, config);
        var certsD = CertsD(merge, config);
        Configs(merge, config);
        HostsTomlMerge.Into(merge, merge.Plan, certsD, Migrated(merge, config));
        var rendered = merge.Rendered(Containerd.ConfigToml)!;
        if (config.Effective is { } file)
        {
            merge.Put(rendered with { Path = file.Path, IsSecret = HasSecret(config.Registry) }, Edited(merge, config, file, certsD));
        }
        else
        {
            merge.Put(rendered);
        }
    }

    /// <summary>The folder of hosts.toml that is to be in force.</summary>
    private static string CertsD(Merge merge, ContainerdConfig config)
    {
        var word = config.ConfigPath?.Item;
        var path = config.ConfigPath?.Path ?? config.Effective?.Path ?? Containerd.ConfigToml;
        var paths = config.Folders;
        var chosen = paths.Contains(Containerd.CertsD) || paths.Count == 0 ? Containerd.CertsD : paths[0].TrimEnd('/');
        foreach (var other in paths.Where(folder => folder.TrimEnd('/') != chosen))
        {
            if (merge.Before.FoldersIn(other).FirstOrDefault(folder => IsOfOthers(merge, folder)) is { } held)
            {
                merge.Fault(path, word?.Line, $"config_path {(word is null ? "is not set, which means" : "names")} {string.Join(" and ", paths)}; with two folders containerd 2.1 and later looks into neither, so it is to be {chosen} alone, but {held} has settings too. Move it to {chosen}, then run this again.");
            }
            else if (word is not null)
            {
                merge.Notes.Add($"{path}:{word.Line}: config_path becomes {chosen} alone: with two folders containerd 2.1 and later looks into neither. {other} holds nothing that it needs.");
            }
        }

        if (!chosen.StartsWith('/'))
        {
            merge.Fault(path, word?.Line, "config_path must be an absolute path. Write one, then run this again.");
        }

        return chosen;
    }

    // Docker's own, in the folder that containerd 2.2 looks into as well, may be ours.
    private static bool IsOfOthers(Merge merge, string folder) => !merge.Ours.Has(Path.GetFileName(folder))
        && (merge.Before.FilesIn(folder, "").Any(path => Path.GetExtension(path) is ".crt" or ".cert" or ".key")
            || (merge.Before.Text($"{folder}/hosts.toml") is { } text && !(HostsTomlFile.ReadToEdit(folder, text, true, []) is { } hosts && hosts.Urls.Any(merge.Ours.Has))));

    private static void Notes(Merge merge, ContainerdConfig config)
    {
        foreach (var file in config.Files)
        {
            if (file.Root["disabled_plugins"] is { Strings: { } plugins } disabled && plugins.Any(plugin => plugin is "cri" or "io.containerd.grpc.v1.cri" or "io.containerd.cri.v1.images"))
            {
                merge.Notes.Add($"{file.Path}:{disabled.Line}: the CRI plug-in is turned off (disabled_plugins), so no kubelet pulls through this containerd. ctr and nerdctl do, with --hosts-dir.");
            }
        }
    }

    /// <summary>TLS of old, which must not stand beside config_path.</summary>
    private static void Configs(Merge merge, ContainerdConfig config)
    {
        foreach (var host in config.Registry?.Table("configs")?.Items ?? [])
        {
            if (host.Table?["tls"] is { } tls)
            {
                var words = tls.Table?.Items.Select(item => item.Key switch
                {
                    "insecure_skip_verify" => $"skip_verify = {item.Raw}",
                    "ca_file" => $"ca = {item.Raw}",
                    "cert_file" => $"client = [[{item.Raw}, {tls.Table["key_file"]?.Raw ?? "\"…\""}]]",
                    _ => null,
                }).OfType<string>() ?? [];
                merge.Fault(config.Effective!.Path, tls.Line, $"registry.configs of {host.Key} has tls, and with config_path beside it the CRI plug-in does not start. Take it out and write {string.Join(" and ", words)} below [host.\"https://{host.Key}\"] "
                    + $"in the hosts.toml of the registries that it is a mirror of, or of {host.Key} itself, then run this again.");
            }
        }
    }

    private static bool HasSecret(TomlTable? registry) =>
        (registry?.Table("configs")?.Items.Any(host => host.Table?["auth"] is not null) ?? false) || registry?["auths"] is not null || registry?["headers"] is not null;

    /// <summary>registry.mirrors of old, as tables of hosts.toml.</summary>
    private static Dictionary<string, string> Migrated(Merge merge, ContainerdConfig config)
    {
        var migrated = new Dictionary<string, string>();
        foreach (var mirror in config.Registry?.Table("mirrors")?.Items ?? [])
        {
            var registry = mirror.Key == "*" ? "_default" : mirror.Key;
            var hosts = new StringBuilder();
            foreach (var endpoint in (mirror.Table?["endpoint"]?.Strings ?? []).Where(endpoint => !merge.Ours.Has(endpoint)).Distinct())
            {
                if (!Uri.TryCreate(endpoint, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
                {
                    merge.Fault(config.Effective!.Path, mirror.Table!["endpoint"]!.Line, $"the endpoint {OurMirrors.Authority(endpoint)} of {mirror.Key} must be a URL of http or https. Mend it, then run this again.");
                    continue;
                }

                // Of old the path was taken as it is.
                var isBare = url.AbsolutePath == "/";
                hosts.Append($"\n[host.{Toml.Quote(isBare ? endpoint.TrimEnd('/') : endpoint)}]\n  capabilities = [\"pull\", \"resolve\"]\n{(isBare || url.AbsolutePath.TrimEnd('/').EndsWith("/v2", StringComparison.Ordinal) ? "" : "  override_path = true\n")}");
            }

            if (hosts.Length > 0)
            {
                migrated[registry] = hosts.ToString();
                merge.Notes.Add($"{config.Effective!.Path}:{mirror.Line}: registry.mirrors of {mirror.Key} moves to its hosts.toml, for beside config_path it keeps the CRI plug-in from starting.");
            }
        }

        return migrated;
    }

    /// <summary>The file with config_path set and registry.mirrors taken out; all else stays to the byte.</summary>
    private static string Edited(Merge merge, ContainerdConfig config, TomlFile file, string certsD)
    {
        var path = ContainerdConfig.RegistryPath(file);
        var edits = file.Headers.Where(header => header.IsUnder([.. path, "mirrors"])).Select(header => header.Removal(file.Text)).ToList();
        if (config.Registry?["mirrors"] is { Value: not null } inline)
        {
            edits.Add(new TextEdit(inline.Place.Start, inline.Place.End - inline.Place.Start, ""));
        }

        var line = $"config_path = {Toml.Quote(certsD)}";
        if (config.Registry?["config_path"] is { Value: not null } known)
        {
            edits.AddRange(known.String?.TrimEnd('/') == certsD ? [] : [new TextEdit(known.ValueStart, known.Raw.Length, Toml.Quote(certsD))]);
        }
        else if (config.Registry?.Header is { } header)
        {
            var start = header.Span.Start.Offset;
            edits.Insert(0, new TextEdit(TextEdit.NextLine(file.Text, start), 0, $"{(TextEdit.NextLine(file.Text, start) == file.Text.Length && !file.Text.EndsWith('\n') ? "\n" : "")}{TextEdit.Indent(file.Text, start)}  {line}\n"));
        }
        else if (Unopenable(file, path) is { } item)
        {
            merge.Fault(file.Path, item.Line, $"{item.Key} is written on one line or with dots, so config_path cannot be put into it. Write a table [{string.Join('.', path.Select((part, index) => index == 1 ? Toml.Quote(part) : part))}] with {line}, then run this again.");
        }
        else
        {
            var text = TextEdit.Apply(file.Text, edits);
            return $"{text.TrimEnd()}\n\n[{string.Join('.', path.Select((part, index) => index == 1 && part.Contains('.', StringComparison.Ordinal) ? Toml.Quote(part) : part))}]\n  {line}\n";
        }

        return TextEdit.Apply(file.Text, edits);
    }

    // A table that a statement made cannot be opened again by a header.
    private static TomlItem? Unopenable(TomlFile file, string[] path)
    {
        var table = file.Root;
        foreach (var key in path)
        {
            if (table[key] is not { } item)
            {
                return null;
            }

            if (item.Value is not null || item.Table is null || !file.Headers.Any(header => header.IsUnder(path[..(Array.IndexOf(path, key) + 1)])))
            {
                return item;
            }

            table = item.Table;
        }

        return null;
    }
}
