using System.Text.Json;
using System.Text.Json.Serialization;
using Roadstead.Bench.Machine;

namespace Roadstead.Bench.Results;

/// <summary>results.json, beside RESULTS.md: so that one row can be measured again.</summary>
internal static class ResultsFile
{
    private static readonly JsonSerializerOptions Form = new()
    {
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter() },
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        IgnoreReadOnlyProperties = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>What the file holds of this machine; figures of another one are left out, for they cannot stand beside these.</summary>
    public static SavedResults Read(string path, MachineFacts machine) =>
        File.Exists(path) && JsonSerializer.Deserialize<SavedResults>(File.ReadAllText(path), Form) is { } saved && saved.Machine == machine
            ? saved
            : new SavedResults(machine, new Dictionary<string, SavedRow>());

    /// <summary>Says what keeps a run's figures from being written; null if they are.</summary>
    public static string? WhyNotKept(BenchOptions options, string path, MachineFacts machine) =>
        options.IsProfile ? "A profile's figures are not written: whoever is watched is slower."
        : options.IsQuick ? "Quick figures are not written."
        : options.Rounds < BenchOptions.QuotedRounds ? $"These figures are not written: a ratio that is quoted has {BenchOptions.QuotedRounds} rounds."
        : options.Name.Length > 0 && File.Exists(path) && Read(path, machine).Rows.Count == 0 ? $"These figures are not written: {Path.GetFileName(path)} holds another machine's, which only a run of all rows replaces."
        : null;

    public static void Write(string path, SavedResults results)
    {
        File.WriteAllText(path + ".new", JsonSerializer.Serialize(results, Form) + "\n");
        File.Move(path + ".new", path, overwrite: true);
    }
}
