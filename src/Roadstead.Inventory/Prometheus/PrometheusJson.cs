using System.Text.Json;
using System.Text.Json.Serialization;

namespace Roadstead.Inventory.Prometheus;

/// <summary>An answer to a query.</summary>
/// <remarks>https://prometheus.io/docs/prometheus/latest/querying/api/#format-overview.</remarks>
internal sealed record QueryAnswer
{
    /// <summary><c>success</c> or <c>error</c>.</summary>
    public string? Status { get; init; }

    public QueryResult? Data { get; init; }

    public string? Error { get; init; }

    public IReadOnlyList<string>? Warnings { get; init; }
}

internal sealed record QueryResult
{
    public IReadOnlyList<Sample>? Result { get; init; }
}

internal sealed record Sample
{
    public IReadOnlyDictionary<string, string>? Metric { get; init; }

    /// <summary>A moment and a number in a string.</summary>
    public IReadOnlyList<JsonElement>? Value { get; init; }

    public string Label(string name) => Metric?.GetValueOrDefault(name) ?? "";
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(QueryAnswer))]
internal sealed partial class PrometheusJson : JsonSerializerContext;
