using System.Text.Json.Serialization;

namespace Roadstead.Api;

/// <summary>The JSON of the management API, without reflection.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    AllowDuplicateProperties = false,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = false)]
[JsonSerializable(typeof(MirrorList))]
[JsonSerializable(typeof(NodeReport))]
[JsonSerializable(typeof(NodeInstruction))]
[JsonSerializable(typeof(NodeList))]
[JsonSerializable(typeof(ImageList))]
[JsonSerializable(typeof(ImageFetchProgress))]
[JsonSerializable(typeof(FetchedImages))]
[JsonSerializable(typeof(ImageContent))]
[JsonSerializable(typeof(MovedImages))]
[JsonSerializable(typeof(StoreStatus))]
[JsonSerializable(typeof(CleanReport))]
[JsonSerializable(typeof(ClusterInventory))]
[JsonSerializable(typeof(ClusterReadiness))]
[JsonSerializable(typeof(ClusterList))]
[JsonSerializable(typeof(DrillProgress))]
[JsonSerializable(typeof(ClusterFetchProgress))]
[JsonSerializable(typeof(EvictionPreview))]
[JsonSerializable(typeof(RetentionReport))]
[JsonSerializable(typeof(EndpointList))]
[JsonSerializable(typeof(EndpointTest))]
[JsonSerializable(typeof(ProjectList))]
[JsonSerializable(typeof(CatalogSpec))]
[JsonSerializable(typeof(CatalogReport))]
[JsonSerializable(typeof(ApiErrors))]
public sealed partial class ApiJson : JsonSerializerContext;
