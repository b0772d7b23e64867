using Roadstead.Cli.NodeFormats;

namespace Roadstead.Cli.NodeMerge;

/// <summary>What registries.yaml is to say once the mirror is in it, by what it says now and not by how that is written.</summary>
internal static class RegistriesYamlWish
{
    /// <summary>Tells what would not become so. Edits are of the text, in which an anchor makes one place say something at another.</summary>
    /// <exception cref="FormatException">An alias refers to nothing or to too much; the message is its line.</exception>
    public static void Check(Merge merge, string path, YamlFile before, YamlFile wanted, YamlFile after)
    {
        if (FileData.Difference(Of(merge, YamlData.Of(before), YamlData.Of(wanted)), YamlData.Of(after)) is { } place)
        {
            var name = place is ["mirrors" or "configs", var inner, ..] ? inner : place.Count > 0 ? place[0] : "the file";
            merge.Fault(path, YamlData.Line(before, place), $"{name} would not become what it is to be: an anchor (&), an alias (*), a merge key (<<) or a key with a question mark stands in the way. Write out in full what each registry has, then run this again.");
        }
    }

    private static FileData Of(Merge merge, FileData before, FileData wanted)
    {
        var data = before;
        foreach (var (registry, _) in Entries(before, "mirrors").Where(entry => wanted.At("mirrors", entry.Key) is null))
        {
            if (Endpoints(before, registry) is { } known && known.Any(item => IsOurs(merge, item)))
            {
                List<FileData> left = [.. known.Where(item => !IsOurs(merge, item))];
                data = left.Count > 0 ? data.With(["mirrors", registry, "endpoint"], new FileData.List(left)) : data.Without("mirrors", registry);
            }
        }

        foreach (var (host, _) in Entries(before, "configs").Where(entry => entry.Key != merge.Plan.Mirror.Authority && merge.Ours.Has(entry.Key)))
        {
            data = data.Without("configs", host);
        }

        foreach (var (registry, _) in Entries(wanted, "mirrors"))
        {
            data = data.With(["mirrors", registry, "endpoint"], new FileData.List([.. Endpoints(wanted, registry)!, .. (Endpoints(before, registry) ?? []).Where(item => !IsOurs(merge, item))]));
        }

        foreach (var (host, groups) in Entries(wanted, "configs"))
        {
            foreach (var (group, words) in ((FileData.Map)groups).Entries)
            {
                data = ((FileData.Map)words).Entries.Aggregate(data, (now, word) => now.With(["configs", host, group, word.Key], word.Value));
            }
        }

        return merge.Plan.Insecure ? data : data.Without("configs", merge.Plan.Mirror.Authority, "tls", RegistriesYaml.SkipVerify);
    }

    private static IReadOnlyDictionary<string, FileData> Entries(FileData data, string key) => (data.At(key) as FileData.Map ?? FileData.Map.Empty).Entries;

    private static IReadOnlyList<FileData>? Endpoints(FileData data, string registry) => (data.At("mirrors", registry, "endpoint") as FileData.List)?.Items;

    private static bool IsOurs(Merge merge, FileData item) => item is FileData.Word { Text: { } text } && merge.Ours.Has(text);
}
