using Roadstead.Cli.NodeConfig;

namespace Roadstead.Cli.NodeMerge;

/// <summary>Docker's daemon.json: two lists of it are merged, all else stays.</summary>
internal static class DaemonJson
{
    public const string Mirrors = "registry-mirrors";
    public const string Insecure = "insecure-registries";
    private const string Consequence = "dockerd does not start with it (\"unable to configure the Docker daemon with file\"). Mend it, then run this again.";

    /// <summary>Puts our part in, or takes what is left of it out where the plan needs none.</summary>
    /// <param name="rendered">Our part; null: the plan needs none.</param>
    public static void Into(Merge merge, ConfigFile? rendered)
    {
        if (merge.Before.Text(Docker.DaemonJsonPath) is not { } text)
        {
            merge.Notes.Remove(Docker.MirrorsOfDaemonJson);
            if (rendered is not null)
            {
                merge.Put(rendered);
            }

            return;
        }

        if (JsonFile.Read(Docker.DaemonJsonPath, text, merge.Faults, Consequence) is not { } json)
        {
            return;
        }

        if (!(json.Root.Member(Mirrors)?.Strings?.Any(mirror => !merge.Ours.Has(mirror)) ?? false))
        {
            merge.Notes.Remove(Docker.MirrorsOfDaemonJson);
        }

        if (rendered is null && !IsTouched(merge, json))
        {
            return;
        }

        // Of an empty file nothing is to be kept.
        if (rendered is not null && json.Root.Members!.Count == 0)
        {
            merge.Put(rendered);
            return;
        }

        var wanted = rendered is null ? null : JsonFile.Read(rendered.Path, rendered.Content, merge.Faults, "");
        var file = rendered ?? new ConfigFile(Docker.DaemonJsonPath, text, Reload.Signal, Placement.Shared);
        foreach (var key in new[] { Insecure, Mirrors })
        {
            if (json.Root.Member(key) is { Strings: null } wrong)
            {
                merge.Fault(file.Path, json.Line(wrong), $"{key} must be a list of strings. {Consequence}");
                continue;
            }

            json = Read(List(merge, json, key, wanted?.Root.Member(key)?.Strings ?? []));
        }

        merge.Put(file, json.Text);
    }

    private static bool IsTouched(Merge merge, JsonFile json) => new[] { Insecure, Mirrors }.Any(key => json.Root.Member(key)?.Strings?.Any(merge.Ours.Has) ?? false);

    private static string List(Merge merge, JsonFile json, string key, IReadOnlyList<string> ours)
    {
        var known = json.Root.Member(key)?.Strings ?? [];
        string[] united = [.. ours, .. known.Where(entry => !merge.Ours.Has(entry))];

        // Docker puts a slash behind a mirror itself.
        return known.Select(entry => entry.TrimEnd('/')).SequenceEqual(united.Select(entry => entry.TrimEnd('/'))) ? json.Text : json.Set([key], Text(json, json.Root.Member(key), united));
    }

    private static string Text(JsonFile json, JsonSpan? known, string[] entries)
    {
        var isLong = entries.Length > 0 && (known is null ? json.Text[json.Root.Start..json.Root.End].Contains('\n', StringComparison.Ordinal) : json.Text[known.Start..known.End].Contains('\n', StringComparison.Ordinal));
        return isLong ? $"[\n{string.Join(",\n", entries.Select(entry => json.Unit + JsonFile.Quote(entry)))}\n]" : $"[{string.Join(", ", entries.Select(JsonFile.Quote))}]";
    }

    private static JsonFile Read(string text)
    {
        var faults = new List<NodeInstall.NodeFault>();
        return JsonFile.Read(Docker.DaemonJsonPath, text, faults, "") ?? throw new InvalidOperationException($"An edit broke {faults[0]}");
    }
}
