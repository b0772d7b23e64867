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

    public static void Write(string path, SavedResults results)
    {
        File.WriteAllText(path + ".new", JsonSerializer.Serialize(results, Form) + "\n");
        File.Move(path + ".new", path, overwrite: true);
    }
}
