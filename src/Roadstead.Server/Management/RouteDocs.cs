using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;

namespace Roadstead.Server.Management;

/// <summary>What the API's document says of a route.</summary>
/// <remarks>Shapes are asked for when the document is made: they are built with all that they name, which is work for each start and memory that an idle server keeps.</remarks>
/// <param name="Summary">What it does, in a sentence.</param>
/// <param name="Body">The shape of the body that it takes; null: none.</param>
/// <param name="Answer">The shape of a successful answer's body; null: it has none, or one that is no JSON.</param>
/// <param name="Status">The status of a successful answer.</param>
/// <param name="Query">Names of the parameters that it takes in its query.</param>
internal sealed record RouteDoc(string Summary, Func<JsonTypeInfo>? Body, Func<JsonTypeInfo>? Answer, int Status, IReadOnlyList<string> Query)
{
    /// <summary>What was not there is made, and answered with 201.</summary>
    public bool MayCreate { get; init; }

    /// <summary>The media type of the answer's body, where it has one; that of the shape, if there is a shape.</summary>
    public string? AnswerMedia { get; init; }

    /// <summary>The media type of the body that it takes; null: it takes none.</summary>
    public string? BodyMedia { get; init; }
}

internal static class RouteDocs
{
    private const string Json = "application/json";

    /// <summary>States what a route of the API does, for its document; the server does not start with a route that does not.</summary>
    public static T Told<T>(this T routes, string summary, Func<JsonTypeInfo>? body = null, Func<JsonTypeInfo>? answer = null, int status = StatusCodes.Status200OK, params string[] query)
        where T : IEndpointConventionBuilder => routes.WithMetadata(new RouteDoc(summary, body, answer, status, query) { BodyMedia = body is null ? null : Json, AnswerMedia = answer is null ? null : Json });

    /// <summary>As <see cref="Told{T}"/>, of one that answers with lines of JSON while it works.</summary>
    public static T ToldInLines<T>(this T routes, string summary, Func<JsonTypeInfo> line, params string[] query)
        where T : IEndpointConventionBuilder => routes.WithMetadata(new RouteDoc(summary, null, line, StatusCodes.Status200OK, query) { AnswerMedia = JsonLines.MediaType });

    /// <summary>As <see cref="Told{T}"/>, of one that sends content as it is.</summary>
    public static T ToldToSend<T>(this T routes, string summary, string media, params string[] query)
        where T : IEndpointConventionBuilder => routes.WithMetadata(new RouteDoc(summary, null, null, StatusCodes.Status200OK, query) { AnswerMedia = media });

    /// <summary>As <see cref="Told{T}"/>, of one that takes content as it is.</summary>
    public static T ToldToTake<T>(this T routes, string summary, string media, params string[] query)
        where T : IEndpointConventionBuilder => routes.WithMetadata(new RouteDoc(summary, null, null, StatusCodes.Status204NoContent, query) { BodyMedia = media });

    /// <summary>As <see cref="Told{T}"/>, of a PUT that makes what is not there.</summary>
    public static T ToldToMake<T>(this T routes, string summary, Func<JsonTypeInfo> body, Func<JsonTypeInfo> answer)
        where T : IEndpointConventionBuilder => routes.WithMetadata(new RouteDoc(summary, body, answer, StatusCodes.Status200OK, []) { MayCreate = true, BodyMedia = Json, AnswerMedia = Json });
}
