using System.Text.Json.Serialization;

namespace Roadstead.Server.Management.Harbor;

/// <summary>The JSON of Harbor's API.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, AllowDuplicateProperties = false, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(IReadOnlyList<HarborRegistry>))]
[JsonSerializable(typeof(HarborRegistryInput))]
[JsonSerializable(typeof(HarborRegistryInfo))]
[JsonSerializable(typeof(IReadOnlyDictionary<string, HarborAdapter>))]
[JsonSerializable(typeof(IReadOnlyList<HarborProject>))]
[JsonSerializable(typeof(HarborProjectInput))]
[JsonSerializable(typeof(HarborSummary))]
[JsonSerializable(typeof(IReadOnlyList<HarborQuota>))]
[JsonSerializable(typeof(HarborQuotaInput))]
[JsonSerializable(typeof(IReadOnlyList<HarborRepository>))]
[JsonSerializable(typeof(IReadOnlyList<HarborArtifact>))]
[JsonSerializable(typeof(HarborRetention))]
[JsonSerializable(typeof(HarborStatistics))]
[JsonSerializable(typeof(HarborHealth))]
[JsonSerializable(typeof(HarborSystemInfo))]
[JsonSerializable(typeof(HarborUser))]
[JsonSerializable(typeof(HarborConfigurations))]
[JsonSerializable(typeof(IReadOnlyDictionary<string, string>))]
[JsonSerializable(typeof(Dictionary<string, string?>))]
[JsonSerializable(typeof(IReadOnlyList<string>))]
[JsonSerializable(typeof(Dictionary<string, bool>))]
internal sealed partial class HarborJson : JsonSerializerContext;
