using Roadstead.Cli.NodeFormats;
using Roadstead.Cli.NodeInstall;

namespace Roadstead.Cli.NodeMerge;

/// <summary>registries.yaml of k3s and RKE2 as it is, and as it becomes.</summary>
internal sealed class RegistriesYaml(string path, YamlFile file)
{
    public const string SkipVerify = "insecure_skip_verify";

    /// <summary>Without what names this mirror where it no longer belongs: registries that it is no mirror of, hosts that it had.</summary>
    public RegistriesYaml Without(Merge merge)
    {
        var now = file;
        foreach (var entry in file.Root?.Entry("mirrors")?.Value.Entries ?? [])
        {
            if (merge.Plan.Registries.Any(registry => registry.Registry == entry.Key) || entry.Value.Entry("endpoint")?.Value.Items is not { } items || !items.Any(item => merge.Ours.Has(item.Text ?? "")))
            {
                continue;
            }

            var isAlone = items.All(item => merge.Ours.Has(item.Text ?? ""));
            now = Read(isAlone ? YamlEdits.Remove(now, ["mirrors", entry.Key]) : YamlEdits.Lead(now, now.Root!.Entry("mirrors")!.Value.Entry(entry.Key)!.Value.Entry("endpoint")!.Value, null, text => !merge.Ours.Has(text)));
        }

        foreach (var host in file.Root?.Entry("configs")?.Value.Entries?.Select(entry => entry.Key).Where(host => host != merge.Plan.Mirror.Authority && merge.Ours.Has(host)) ?? [])
        {
            now = Read(YamlEdits.Remove(now, ["configs", host]));
        }

        return new RegistriesYaml(path, now);
    }

    /// <summary>With our endpoint before those that are there, and with what the mirror's host needs.</summary>
    /// <exception cref="FormatException">Something is of another form than it must be; the message is its line.</exception>
    public YamlFile With(Merge merge, YamlFile wanted)
    {
        var now = file;
        foreach (var entry in wanted.Root!.Entry("mirrors")!.Value.Entries!)
        {
            var endpoint = entry.Value.Entry("endpoint")!.Value;
            now = now.Root?.Entry("mirrors")?.Value.Entry(entry.Key)?.Value.Entry("endpoint")?.Value is { IsNull: false } list && list.Items is null or { Count: > 0 }
                ? Read(YamlEdits.Lead(now, list.Items is null ? throw new FormatException($"{list.Line}") : list, Raw(wanted, endpoint.Items![0]), text => !merge.Ours.Has(text)))
                : Read(Endpoint(now, entry.Key, YamlPiece.Of(endpoint, wanted.Text)));
        }

        foreach (var host in wanted.Root.Entry("configs")?.Value.Entries ?? [])
        {
            foreach (var (group, word) in host.Value.Entries!.SelectMany(group => group.Value.Entries!.Select(word => (group, word))))
            {
                string[] place = ["configs", host.Key, group.Key, word.Key];
                var known = place.Aggregate(now.Root, (node, key) => node?.Entry(key)?.Value);
                if (known?.Text != word.Value.Text)
                {
                    now = Read(YamlEdits.Put(now, place, YamlPiece.Of(word.Value, wanted.Text)));
                }
            }
        }

        // A certificate that is to be checked again.
        return !merge.Plan.Insecure && now.Root?.Entry("configs")?.Value.Entry(merge.Plan.Mirror.Authority)?.Value.Entry("tls")?.Value.Entry(SkipVerify) is not null
            ? Read(YamlEdits.Remove(now, ["configs", merge.Plan.Mirror.Authority, "tls", SkipVerify])) : now;
    }

    private static string Endpoint(YamlFile now, string registry, YamlPiece piece)
    {
        // An empty list is no list to put something before.
        var list = now.Root?.Entry("mirrors")?.Value.Entry(registry)?.Value.Entry("endpoint")?.Value;
        return list is { Items.Count: 0 } ? TextEdit.Apply(now.Text, [new TextEdit(list.Start, list.End - list.Start, piece.Flow())]) : YamlEdits.Put(now, ["mirrors", registry, "endpoint"], piece);
    }

    private static string Raw(YamlFile of, YamlNode node) => of.Text[node.Start..node.End];

    private YamlFile Read(string text)
    {
        var faults = new List<NodeFault>();
        return YamlFile.Read(path, text, faults, "") ?? throw new FormatException($"{faults[0].Line}");
    }
}
