using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Roadstead.Server.Configuration;

/// <summary>Which options differ, by the configuration's keys. What is new among the options is seen by itself.</summary>
internal static class OptionDifference
{
    // What is kept of a key beside its value.
    private const string PublicSaid = nameof(ProjectOptions.IsPublicSaid);

    // One URL can be written in several ways.
    private static readonly JsonSerializerOptions Plain = new() { Converters = { new AbsoluteUrl() } };

    private static readonly PropertyInfo[] Secrets =
        [.. typeof(EndpointOptions).GetProperties().Where(property => property.PropertyType == typeof(string) && property.IsDefined(typeof(JsonIgnoreAttribute)))];

    public static IReadOnlyList<string> Keys(EndpointOptions one, EndpointOptions other) =>
    [
        .. Members(JsonSerializer.SerializeToElement(one, Plain), JsonSerializer.SerializeToElement(other, Plain)),
        .. Secrets.Where(property => !Equals(property.GetValue(one), property.GetValue(other))).Select(property => Key(property.Name)),
    ];

    public static IReadOnlyList<string> Keys(ProjectOptions one, ProjectOptions other) => [.. Members(JsonSerializer.SerializeToElement(one, Plain), JsonSerializer.SerializeToElement(other, Plain))];

    /// <summary>The secrets that one has and the other has not.</summary>
    public static IReadOnlyList<string> Gone(EndpointOptions one, EndpointOptions other) =>
        [.. Secrets.Where(property => property.GetValue(one) is not null && property.GetValue(other) is null).Select(property => Key(property.Name))];

    private static IEnumerable<string> Members(JsonElement one, JsonElement other) => one.EnumerateObject().Zip(other.EnumerateObject())
        .Where(pair => !JsonElement.DeepEquals(pair.First.Value, pair.Second.Value)).Select(pair => Key(pair.First.Name)).Distinct();

    private static string Key(string property) => JsonNamingPolicy.CamelCase.ConvertName(property == PublicSaid ? nameof(ProjectOptions.Public) : property);

    private sealed class AbsoluteUrl : JsonConverter<Uri>
    {
        public override Uri Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException();

        public override void Write(Utf8JsonWriter writer, Uri value, JsonSerializerOptions options) => writer.WriteStringValue(value.AbsoluteUri);
    }
}
