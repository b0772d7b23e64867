using System.Text;
using System.Text.Json;
using Roadstead.Cli.NodeConfig;

namespace Roadstead.Cli.Output;

/// <summary>JSON as YAML.</summary>
internal static class YamlText
{
    /// <param name="value">An object.</param>
    public static string Of(JsonElement value)
    {
        var text = new StringBuilder();
        Members(text, value, 0, "");
        return text.ToString();
    }

    /// <param name="text">Where to write.</param>
    /// <param name="value">An object.</param>
    /// <param name="indent">Of its members.</param>
    /// <param name="lead">Stands in place of the first one's indentation.</param>
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
            case JsonValueKind.Object when value.EnumerateObject().Any():
                text.Append('\n');
                Members(text, value, indent + 2, "");
                break;
            case JsonValueKind.Array when value.GetArrayLength() > 0:
                text.Append('\n');
                foreach (var item in value.EnumerateArray())
                {
                    Item(text, item, indent + 2);
                }

                break;
            default:
                text.Append(' ').Append(Scalar(value)).Append('\n');
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

        text.Append(dash).Append(Scalar(item)).Append('\n');
    }

    // Numbers, true, false, null and what is empty are as JSON has them.
    private static string Scalar(JsonElement value) => value.ValueKind == JsonValueKind.String ? Yaml.Scalar(value.GetString()!) : value.GetRawText();
}
