using System.Globalization;
using Roadstead.Cli.NodeConfig;
using Roadstead.Cli.NodeFormats;

namespace Roadstead.Cli.NodeMerge;

/// <summary>k3s and RKE2: registries.yaml, edited in place, and the word for mirror-only.</summary>
internal static class K3sMerge
{
    private const string MirrorOnlyKey = "disable-default-registry-endpoint";

    public static void Into(Merge merge, K3s runtime)
    {
        var settings = K3sSettings.Read(merge.Before, runtime, merge.Faults);
        if (merge.Faults.Count > 0)
        {
            return;
        }

        var registries = merge.Rendered(runtime.RegistriesYamlPath)!;
        Registries(merge, registries with { Path = settings.RegistriesYaml }, registries.Content);
        foreach (var file in merge.Configuration.Files.Where(file => file.Path.EndsWith(".crt", StringComparison.Ordinal)))
        {
            merge.Put(file);
        }

        MirrorOnly(merge, runtime, settings.Files);
    }

    private static void MirrorOnly(Merge merge, K3s runtime, IReadOnlyList<(string Path, YamlFile File)> settings)
    {
        if (merge.Rendered(runtime.DropIn) is not { } file)
        {
            return;
        }

        // Of several files the last has its word.
        bool IsOurs(string path) => settings.FirstOrDefault(setting => setting.Path == path).File?.Root?.Entries is [{ Key: MirrorOnlyKey }];
        var folder = Path.GetDirectoryName(file.Path)!;
        var others = settings.Where(setting => Path.GetDirectoryName(setting.Path) == folder && !IsOurs(setting.Path) && setting.File.Root?.Entry(MirrorOnlyKey) is not null).Select(setting => setting.Path);
        var name = DropInName.Choose(merge.Before, folder, Path.GetFileName(file.Path), IsOurs, others);
        merge.Put(file with { Path = name.Path });
        name.Old.ToList().ForEach(path => merge.Remove(path, file.Reload));
    }

    private static void Registries(Merge merge, ConfigFile file, string rendered)
    {
        if (merge.Before.Text(file.Path) is not { } text)
        {
            merge.Put(file, rendered);
            return;
        }

        if (YamlFile.ReadToEdit(file.Path, text, merge.Faults, K3sSettings.Consequence) is not { } now)
        {
            return;
        }

        Notes(merge, file, now);
        try
        {
            var wanted = YamlFile.Read(file.Path, rendered, merge.Faults, "")!;
            var edited = new RegistriesYaml(file.Path, now).Without(merge).With(merge, wanted);
            RegistriesYamlWish.Check(merge, file.Path, now, wanted, edited);
            merge.Put(file with { IsSecret = file.IsSecret || HasSecret(edited) }, edited.Text);
        }
        catch (FormatException fault)
        {
            merge.Fault(file.Path, int.Parse(fault.Message, CultureInfo.InvariantCulture), "is neither a map nor a list where one belongs, refers to another place by an alias, or is of a form that cannot be added to. Write it out in full, then run this again.");
        }
    }

    /// <summary>Passwords of others make the file one that no diff shows.</summary>
    private static bool HasSecret(YamlFile file) => file.Root?.Entry("configs")?.Value.Entries?.Any(entry => entry.Value.Entry("auth") is not null) ?? false;

    private static void Notes(Merge merge, ConfigFile file, YamlFile now)
    {
        foreach (var registry in merge.Plan.Registries)
        {
            if (now.Root?.Entry("mirrors")?.Value.Entry(registry.Registry)?.Value.Entry("rewrite") is { Value.Entries.Count: > 0 } rewrite)
            {
                merge.Notes.Add($"{file.Path}:{rewrite.Line}: the rewrite of {registry.Registry} changes names for every endpoint, this mirror too, which then has them under no such name. Images that it matches come from the other endpoints.");
            }
        }
    }
}
