using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Routing;
using Roadstead.Api;
using Roadstead.Server.Access;

namespace Roadstead.Server.Management;

/// <summary>The OpenAPI document of what is really served: made of the routes themselves, their guards and the types that they read and write.</summary>
/// <remarks>https://spec.openapis.org/oas/v3.1.1.html, whose schemas are JSON Schema 2020-12.</remarks>
internal static class ApiDocument
{
    private const string Below = "/api";

    private static readonly JsonSchemaExporterOptions SchemaOptions = new()
    {
        TreatNullObliviousAsNonNullable = true,
        TransformSchemaNode = (_, schema) => MayLackWhatIsNull(schema),
    };

    /// <summary>The routes of the API, in the order of their paths.</summary>
    /// <exception cref="InvalidOperationException">One does not say what it does.</exception>
    public static IReadOnlyList<ApiOperation> Operations(IEndpointRouteBuilder routes) =>
    [
        .. routes.DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
            .Where(endpoint => (endpoint.RoutePattern.RawText ?? "").StartsWith(Below, StringComparison.OrdinalIgnoreCase))
            .SelectMany(endpoint => endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? [], Operation)
            .OrderBy(operation => operation.Path, StringComparer.Ordinal),
    ];

    public static JsonObject Build(IReadOnlyList<ApiOperation> operations)
    {
        var schemas = new SortedDictionary<string, JsonNode?>(StringComparer.Ordinal);
        var paths = new JsonObject();
        foreach (var group in operations.GroupBy(operation => operation.Path, StringComparer.Ordinal))
        {
            paths[group.Key] = new JsonObject(group.Select(operation => KeyValuePair.Create<string, JsonNode?>(operation.Method.ToLowerInvariant(), Describe(operation, schemas))));
        }

        return new JsonObject
        {
            ["openapi"] = "3.1.0",
            ["info"] = new JsonObject
            {
                ["title"] = "Roadstead",
                ["version"] = ServerVersion.Text,
                ["description"] = "What this server's management API really serves. What lies outside of /api/v2.0/roadstead is as in Harbor's API.",
            },
            ["paths"] = paths,
            ["components"] = new JsonObject
            {
                ["schemas"] = new JsonObject(schemas),
                ["securitySchemes"] = new JsonObject
                {
                    ["admin"] = new JsonObject { ["type"] = "http", ["scheme"] = "basic" },
                    ["node"] = new JsonObject { ["type"] = "http", ["scheme"] = "bearer" },
                },
            },
        };
    }

    private static ApiOperation Operation(RouteEndpoint endpoint, string method) => new(
        method,
        endpoint.RoutePattern.RawText!,
        RouteGuards.Of(endpoint) ?? throw new InvalidOperationException($"The route {endpoint.DisplayName} does not say who may use it."),
        endpoint.Metadata.GetMetadata<RouteDoc>() ?? throw new InvalidOperationException($"The route {endpoint.DisplayName} does not say what it does."),
        [.. endpoint.RoutePattern.Parameters.Select(parameter => parameter.Name)]);

    private static JsonObject Describe(ApiOperation operation, SortedDictionary<string, JsonNode?> schemas)
    {
        var described = new JsonObject
        {
            ["summary"] = operation.Doc.Summary,
            ["security"] = Security(operation.Guard),
        };
        if (operation.Parameters.Count > 0 || operation.Doc.Query.Count > 0)
        {
            described["parameters"] = new JsonArray(
            [
                .. operation.Parameters.Select(name => Parameter(name, "path", isRequired: true)), .. operation.Doc.Query.Select(name => Parameter(name, "query", isRequired: false)),
            ]);
        }

        if (operation.Doc.BodyMedia is { } taken)
        {
            described["requestBody"] = new JsonObject { ["content"] = Content(taken, operation.Doc.Body, schemas) };
        }

        var success = new JsonObject { ["description"] = "Done." };
        if (operation.Doc.AnswerMedia is { } given)
        {
            success["content"] = Content(given, operation.Doc.Answer, schemas);
        }

        var responses = new JsonObject { [operation.Doc.Status.ToString(CultureInfo.InvariantCulture)] = success };
        if (operation.Doc.MayCreate)
        {
            responses["201"] = success.DeepClone();
        }

        responses["default"] = new JsonObject { ["description"] = "What is wrong, and what to do.", ["content"] = Content("application/json", () => ApiJson.Default.ApiErrors, schemas) };
        described["responses"] = responses;
        return described;
    }

    private static JsonArray Security(Guard guard) => guard switch
    {
        Guard.Open => [],
        Guard.Node => [Scheme("node")],
        Guard.Admin => [Scheme("admin")],
        _ => [Scheme("node"), Scheme("admin")],
    };

    private static JsonObject Scheme(string name) => new() { [name] = new JsonArray() };

    private static JsonObject Parameter(string name, string place, bool isRequired) =>
        new() { ["name"] = name, ["in"] = place, ["required"] = isRequired, ["schema"] = new JsonObject { ["type"] = "string" } };

    /// <summary>Content of no shape is bytes, of which the specification says nothing further.</summary>
    private static JsonObject Content(string media, Func<JsonTypeInfo>? type, SortedDictionary<string, JsonNode?> schemas) =>
        new() { [media] = type is null ? new JsonObject() : new JsonObject { ["schema"] = Schema(type(), schemas) } };

    /// <summary>What may be null is left out where it is, and need not be given.</summary>
    private static JsonNode MayLackWhatIsNull(JsonNode schema)
    {
        if (schema is JsonObject shape && shape["required"] is JsonArray required)
        {
            var needed = required.Select(name => (string)name!).Where(name => !MayBeNull(shape["properties"]?[name])).ToList();
            shape["required"] = new JsonArray([.. needed.Select(name => JsonValue.Create(name))]);
            if (needed.Count == 0)
            {
                shape.Remove("required");
            }
        }

        return schema;
    }

    private static bool MayBeNull(JsonNode? schema) => schema is JsonObject shape && (
        (shape["type"] is JsonArray types && types.Any(type => (string?)type == "null")) || (shape["enum"] is JsonArray values && values.Any(value => value is null)));

    /// <summary>A type of ours stands once among the document's schemas; lists and dictionaries stand where they are used.</summary>
    private static JsonNode Schema(JsonTypeInfo type, SortedDictionary<string, JsonNode?> schemas)
    {
        if (type.Kind != JsonTypeInfoKind.Object)
        {
            return type.GetJsonSchemaAsNode(SchemaOptions);
        }

        if (!schemas.ContainsKey(type.Type.Name))
        {
            schemas[type.Type.Name] = type.GetJsonSchemaAsNode(SchemaOptions);
        }

        return new JsonObject { ["$ref"] = $"#/components/schemas/{type.Type.Name}" };
    }
}

/// <summary>A route of the API and a method that it takes.</summary>
internal sealed record ApiOperation(string Method, string Path, Guard Guard, RouteDoc Doc, IReadOnlyList<string> Parameters);
