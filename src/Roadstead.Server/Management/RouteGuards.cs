using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Roadstead.Server.Access;

namespace Roadstead.Server.Management;

/// <summary>States who may use a route or a group of routes, in one word, and has that kept before anything of the request is read.</summary>
internal static class RouteGuards
{
    private const string Guarded = "/api";
    private const string Own = "/api/v2.0/roadstead";

    public static T Open<T>(this T routes) where T : IEndpointConventionBuilder => routes.With(Guard.Open);

    public static T Node<T>(this T routes) where T : IEndpointConventionBuilder => routes.With(Guard.Node);

    public static T Admin<T>(this T routes) where T : IEndpointConventionBuilder => routes.With(Guard.Admin);

    public static T NodeOrAdmin<T>(this T routes) where T : IEndpointConventionBuilder => routes.With(Guard.NodeOrAdmin);

    /// <summary>Holds each request against the guard of its route.</summary>
    public static void UseGuards(this IApplicationBuilder app, AccessCheck access) => app.Use(next => context => Pass(context, next, access));

    /// <summary>A route of the API whose guard nobody stated is a mistake that no server starts with.</summary>
    /// <exception cref="InvalidOperationException">There is one.</exception>
    public static void Check(IEndpointRouteBuilder routes)
    {
        foreach (var endpoint in routes.DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>())
        {
            if (IsGuarded(endpoint.RoutePattern.RawText ?? "") && endpoint.Metadata.GetMetadata<StatedGuard>() is null)
            {
                throw new InvalidOperationException($"The route {endpoint.DisplayName} does not say who may use it.");
            }
        }
    }

    /// <summary>Who may use a route; null where it does not say.</summary>
    public static Guard? Of(Microsoft.AspNetCore.Http.Endpoint route) => route.Metadata.GetMetadata<StatedGuard>()?.Guard;

    /// <summary>Routing answers in a status alone where there is no route.</summary>
    private static Task Explain(HttpContext context) => context.Response switch
    {
        { HasStarted: true } => Task.CompletedTask,
        { StatusCode: StatusCodes.Status404NotFound } when IsGuarded(context.Request.Path) =>
            ApiErrorResult.Write(context, StatusCodes.Status404NotFound, "There is nothing at this path; /api/v2.0/openapi.json tells what there is."),
        { StatusCode: StatusCodes.Status405MethodNotAllowed } when IsGuarded(context.Request.Path) =>
            ApiErrorResult.Write(context, StatusCodes.Status405MethodNotAllowed, $"This path takes {context.Response.Headers.Allow}."),
        _ => Task.CompletedTask,
    };

    private static async Task Pass(HttpContext context, RequestDelegate next, AccessCheck access)
    {
        // By the route and not by the path, so that no spelling of a path leads around it. What has no guard is not of the API.
        if (context.GetEndpoint()?.Metadata.GetMetadata<StatedGuard>() is not { Guard: var guard })
        {
            await next(context).ConfigureAwait(false);
            await Explain(context).ConfigureAwait(false);
            return;
        }

        switch (access.Check(guard, context.Request.Headers.Authorization.ToString(), context.Connection.RemoteIpAddress))
        {
            case AccessOutcome.Granted when guard != Guard.Open && IsOfAnotherSite(context.Request):
                await ApiErrorResult.Write(context, StatusCodes.Status403Forbidden, "A page of another site asked for this in the name of whoever is signed in here.").ConfigureAwait(false);
                break;
            case AccessOutcome.Granted when UnknownParameter(context) is { } unknown:
                await ApiErrorResult.Write(context, StatusCodes.Status400BadRequest, unknown).ConfigureAwait(false);
                break;
            case AccessOutcome.Granted:
                await next(context).ConfigureAwait(false);
                break;
            case AccessOutcome.Refused(var challenges):
                context.Response.Headers.WWWAuthenticate = challenges.ToArray();
                await ApiErrorResult.Write(context, StatusCodes.Status401Unauthorized, "This takes a credential, and none was shown or not the right one.").ConfigureAwait(false);
                break;
            case AccessOutcome.MustWait(var wait):
                await ApiErrorResult.Write(context, StatusCodes.Status429TooManyRequests, "Too many wrong credentials came from this address; the next is looked at after Retry-After.", wait).ConfigureAwait(false);
                break;
            default:
                throw new InvalidOperationException("Unknown outcome.");
        }
    }

    /// <summary>A misspelled dryRun would have the thing done. Harbor's clients send its routes what they like.</summary>
    private static string? UnknownParameter(HttpContext context)
    {
        if (context.Request.Query.Count == 0 || !context.Request.Path.StartsWithSegments(Own, StringComparison.OrdinalIgnoreCase) || context.GetEndpoint()?.Metadata.GetMetadata<RouteDoc>() is not { } doc)
        {
            return null;
        }

        return context.Request.Query.Keys.FirstOrDefault(key => !doc.Query.Contains(key, StringComparer.OrdinalIgnoreCase)) is { } unknown
            ? $"There is no parameter {unknown} here; {(doc.Query.Count == 0 ? "there is none" : $"there is {string.Join(", ", doc.Query)}")}."
            : null;
    }

    private static bool IsGuarded(string path) => path.StartsWith(Guarded, StringComparison.OrdinalIgnoreCase);

    // A browser sends a remembered password with whatever a page asks for, and says whose page it is: https://www.w3.org/TR/fetch-metadata/
    // Over plain HTTP only its Origin says so, and only of what is no GET: https://fetch.spec.whatwg.org/#origin-header
    private static bool IsOfAnotherSite(HttpRequest request) =>
        request.Headers["Sec-Fetch-Site"].ToString() is "cross-site" or "same-site"
        || (request.Headers.Origin.ToString() is { Length: > 0 } origin && !(Uri.TryCreate(origin, UriKind.Absolute, out var page) && page.Authority.Equals(WithoutUsualPort(request), StringComparison.OrdinalIgnoreCase)));

    // A proxy before the server may speak HTTPS where the server does not, so the scheme is no part of it.
    private static string WithoutUsualPort(HttpRequest request) => request.Host is { Port: 80 or 443 } host ? host.Host : request.Host.Value ?? "";

    private static T With<T>(this T routes, Guard guard) where T : IEndpointConventionBuilder => routes.WithMetadata(new StatedGuard(guard));

    private sealed record StatedGuard(Guard Guard);
}
