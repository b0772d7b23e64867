using System.Text;
using System.Text.Json;
using Roadstead.Cli.NodeConfig;

namespace Roadstead.Cli.Output;

/// <summary>The same in YAML as in JSON, so that the two cannot say different things.</summary>
internal static class JsonYaml
{
    public static string Of(string json)
    {
        using var document = JsonDocument.Parse(json);
        var text = new StringBuilder();
        Members(document.RootElement, "", "", text);
        return text.ToString();
    }

    /// <param name="lead">Before the first member, which may stand behind a dash.</param>
    private static void Members(JsonElement element, string lead, string indent, StringBuilder text)
    {
        foreach (var member in element.EnumerateObject())
        {
            text.Append(lead).Append(Yaml.Scalar(member.Name)).Append(':');
            Value(member.Value, indent, text);
            lead = indent;
        }
    }

    private static void Value(JsonElement value, string indent, StringBuilder text)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                text.Append('\n');
                Members(value, indent + "  ", indent + "  ", text);
                break;
            case JsonValueKind.Array when value.GetArrayLength() == 0:
                text.Append(" []\n");
                break;
            case JsonValueKind.Array:
                text.Append('\n');
                foreach (var item in value.EnumerateArray())
                {
                    Item(item, indent, text);
                }

                break;
            case JsonValueKind.String:
                text.Append(' ').Append(Yaml.Scalar(value.GetString()!)).Append('\n');
                break;
            default:
                text.Append(' ').Append(value.GetRawText()).Append('\n');
                break;
        }
    }

    private static void Item(JsonElement item, string indent, StringBuilder text)
    {
        if (item.ValueKind == JsonValueKind.Object)
        {
            Members(item, $"{indent}  - ", indent + "    ", text);
        }
        else
        {
            text.Append(indent).Append("  - ").Append(item.ValueKind == JsonValueKind.String ? Yaml.Scalar(item.GetString()!) : item.GetRawText()).Append('\n');
        }
    }
}
