using Roadstead.Cli.NodeConfig;
using Roadstead.Cli.NodeFormats;
using Roadstead.Cli.NodeInstall;

namespace Roadstead.Cli.NodeMerge;

/// <summary>Docker's daemon.json: two lists of it are merged, all else stays.</summary>
internal static class DaemonJson
{
    private static readonly string[] Keys = [DaemonJsonFile.Insecure, DaemonJsonFile.Mirrors];

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

        if (JsonFile.ReadToEdit(Docker.DaemonJsonPath, text, merge.Faults, DaemonJsonFile.Consequence) is not { } json)
        {
            return;
        }

        if (!(json.Root.Member(DaemonJsonFile.Mirrors)?.Strings?.Any(mirror => !merge.Ours.Has(mirror)) ?? false))
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
        foreach (var key in Keys)
        {
            if (DaemonJsonFile.List(json, key, merge.Faults) is { } known)
            {
                json = Read(List(merge, json, key, known, wanted?.Root.Member(key)?.Strings ?? []));
            }
        }

        merge.Put(file, json.Text);
    }

    private static bool IsTouched(Merge merge, JsonFile json) => Keys.Any(key => json.Root.Member(key)?.Strings?.Any(merge.Ours.Has) ?? false);

    private static string List(Merge merge, JsonFile json, string key, IReadOnlyList<string> known, IReadOnlyList<string> ours)
    {
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
        var faults = new List<NodeFault>();
        return JsonFile.Read(Docker.DaemonJsonPath, text, faults, "") ?? throw new InvalidOperationException($"An edit broke {faults[0]}");
    }
}
