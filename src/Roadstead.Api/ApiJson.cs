using System.Text.Json.Serialization;

namespace Roadstead.Api;

/// <summary>The JSON of the management API, without reflection.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = false)]
[JsonSerializable(typeof(MirrorList))]
public sealed partial class ApiJson : JsonSerializerContext;
