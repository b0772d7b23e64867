using System.Text;
using System.Text.Json;
using Roadstead.Cli.NodeConfig;

namespace Roadstead.Cli.Output;

/// <summary>JSON as people who prefer YAML read it.</summary>
internal static class YamlText
{
    /// <param name="json">An object.</param>
    public static string OfJson(string json)
    {
        using var document = JsonDocument.Parse(json);
        return Of(document.RootElement);
    }

    /// <param name="value">An object.</param>
    public static string Of(JsonElement value)
    {
        var text = new StringBuilder();
        Members(text, value, 0, "");
        return text.ToString();
    }

    /// <param name="lead">What stands before the first member, instead of the indent.</param>
    private static void Members(StringBuilder text, JsonElement value, int indent, string lead)
    {
        foreach (var member in value.EnumerateObject())
        {
            text.Append(lead.Length > 0 ? lead : new string(' ', indent)).Append(Yaml.Scalar(member.Name)).Append(':');
            lead = "";
            Value(text, member.Value, indent);
        }
    }

    private static void Value(StringBuilder text, JsonElement value, int indent)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Array when value.GetArrayLength() > 0:
                text.Append('\n');
                foreach (var item in value.EnumerateArray())
                {
                    Item(text, item, indent + 2);
                }

                break;
            case JsonValueKind.Object when value.EnumerateObject().Any():
                text.Append('\n');
                Members(text, value, indent + 2, "");
                break;
            default:
                text.Append(' ').Append(Scalar(value, indent + 2)).Append('\n');
                break;
        }
    }

    private static void Item(StringBuilder text, JsonElement item, int indent)
    {
        var dash = new string(' ', indent) + "- ";
        if (item.ValueKind == JsonValueKind.Object && item.EnumerateObject().Any())
        {
            Members(text, item, indent + 2, dash);
            return;
        }

        text.Append(dash).Append(Scalar(item, indent + 2)).Append('\n');
    }

    // Numbers, true, false, null and what is empty are as JSON has them.
    private static string Scalar(JsonElement value, int indent) => value.ValueKind != JsonValueKind.String ? value.GetRawText()
        : value.GetString()!.Contains('\n', StringComparison.Ordinal) ? Yaml.Block(value.GetString()!, indent)
        : Yaml.Scalar(value.GetString()!);
}
