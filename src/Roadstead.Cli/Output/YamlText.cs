using System.Text;
using System.Text.Json;
using Roadstead.Cli.NodeConfig;

namespace Roadstead.Cli.Output;

/// <summary>JSON as people who prefer YAML read it.</summary>
internal static class YamlText
{
    public static string OfJson(string json)
    {
        using var document = JsonDocument.Parse(json);
        var text = new StringBuilder();
        Members(text, document.RootElement, 0, "");
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
            case JsonValueKind.Array when value.GetArrayLength() == 0:
                text.Append(" []\n");
                break;
            case JsonValueKind.Array:
                text.Append('\n');
                Items(text, value, indent + 2);
                break;
            case JsonValueKind.Object:
                text.Append('\n');
                Members(text, value, indent + 2, "");
                break;
            case JsonValueKind.String:
                text.Append(' ').Append(Scalar(value.GetString()!, indent + 2)).Append('\n');
                break;
            default:
                text.Append(' ').Append(value.GetRawText()).Append('\n');
                break;
        }
    }

    private static void Items(StringBuilder text, JsonElement array, int indent)
    {
        var lead = new string(' ', indent) + "- ";
        foreach (var item in array.EnumerateArray())
        {
            if (item.ValueKind == JsonValueKind.Object)
            {
                Members(text, item, indent + 2, lead);
            }
            else
            {
                text.Append(lead).Append(Scalar(item.GetString()!, indent + 2)).Append('\n');
            }
        }
    }

    private static string Scalar(string value, int indent) => value.Contains('\n', StringComparison.Ordinal) ? Yaml.Block(value, indent) : Yaml.Scalar(value);
}
