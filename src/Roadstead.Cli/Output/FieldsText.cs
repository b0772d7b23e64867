using System.Text.Json;

namespace Roadstead.Cli.Output;

/// <summary>One thing, a line for each of what it has.</summary>
internal static class FieldsText
{
    public static string Of(IEnumerable<(string Name, string Value)> fields) =>
        string.Concat(TextTable.Lines([.. fields.Select(field => new[] { field.Name, Printable.Line(field.Value) })], [], null).Select(line => line + "\n"));

    /// <summary>The members of an object of the API that have a value, as far as one line can say it.</summary>
    public static IEnumerable<(string Name, string Value)> Members(JsonElement json, params string[] without) => json.EnumerateObject()
        .Where(member => !without.Contains(member.Name))
        .Select(member => (member.Name, Value(member.Value)))
        .Where(member => member.Item2.Length > 0);

    private static string Value(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array => string.Join(", ", value.EnumerateArray().Select(Value)),

        // Certificates.
        JsonValueKind.String when value.GetString()!.Contains("-----BEGIN", StringComparison.Ordinal) => "(PEM; --output json shows it)",
        JsonValueKind.String => value.GetString()!,
        _ => value.GetRawText(),
    };
}
