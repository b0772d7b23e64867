using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Roadstead.Cli.NodeConfig;

namespace Roadstead.Cli.Output;

/// <summary>The API's records for scripts: as the server sent them.</summary>
internal static class RecordText
{
    /// <param name="value">Becomes an object.</param>
    /// <param name="type">Its JSON.</param>
    /// <param name="format">json or yaml.</param>
    public static string Of<T>(T value, JsonTypeInfo<T> type, string format)
    {
        using var document = JsonSerializer.SerializeToDocument(value, type);
        return format == "yaml" ? YamlText.Of(document.RootElement) : JsonText.Write(json =>
        {
            foreach (var member in document.RootElement.EnumerateObject())
            {
                member.WriteTo(json);
            }
        });
    }
}
