using System.Globalization;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.AspNetCore.Routing;

namespace Roadstead.Server.Management.Harbor;

/// <summary>Answers in the form that Harbor's clients expect.</summary>
internal static class HarborAnswers
{
    /// <summary>Where Harbor's API is.</summary>
    public const string Root = "/api/v2.0";

    /// <summary>Answers with one page of a list, and says how many items and which other pages there are.</summary>
    /// <param name="context">The request.</param>
    /// <param name="all">All items.</param>
    /// <param name="toShape">Makes an item what is told of it; only of those on the page.</param>
    /// <param name="type">The JSON of the list.</param>
    /// <param name="fields">What it may be searched and sorted by.</param>
    public static Task List<T, TShape>(HttpContext context, IEnumerable<T> all, Func<T, TShape> toShape, JsonTypeInfo<IReadOnlyList<TShape>> type, params HarborField<T>[] fields)
    {
        var (page, fault) = HarborQuery.Apply(context.Request.Query, all, fields);
        if (page is null)
        {
            return ApiErrorResult.Write(context, StatusCodes.Status400BadRequest, fault!);
        }

        context.Response.Headers["X-Total-Count"] = page.Total.ToString(CultureInfo.InvariantCulture);
        var links = new List<string>();
        if (page.Number > 1)
        {
            links.Add($"<{Other(context.Request, page, page.Number - 1)}>; rel=\"prev\"");
        }

        if ((long)page.Number * page.Size < page.Total)
        {
            links.Add($"<{Other(context.Request, page, page.Number + 1)}>; rel=\"next\"");
        }

        if (links.Count > 0)
        {
            context.Response.Headers.Link = string.Join(" , ", links);
        }

        return ApiResult.Write(context, [.. page.Items.Select(toShape)], type);
    }

    /// <summary>Answers that something was made, with where it is.</summary>
    public static void Created(HttpContext context, string list, long id)
    {
        context.Response.StatusCode = StatusCodes.Status201Created;
        context.Response.Headers.Location = string.Create(CultureInfo.InvariantCulture, $"{Root}/{list}/{id}");
    }

    public static Task NoSuch(HttpContext context, string what) => ApiErrorResult.Write(context, StatusCodes.Status404NotFound, $"There is no such {what}.");

    /// <summary>The number in the path; 0, which nothing has, where it is none.</summary>
    public static long IdOf(HttpContext context) =>
        long.TryParse((string?)context.GetRouteValue("id"), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : 0;

    /// <summary>A part of the path. Harbor's clients encode slashes twice; the framework takes one of the two away.</summary>
    public static string PartOf(HttpContext context, string name) => Uri.UnescapeDataString((string)context.GetRouteValue(name)!);

    private static string Other<T>(HttpRequest request, HarborPage<T> page, int number)
    {
        var query = new QueryBuilder(request.Query.Where(pair => pair.Key is not ("page" or "page_size")).Select(pair => KeyValuePair.Create(pair.Key, pair.Value.ToString())))
        {
            { "page", number.ToString(CultureInfo.InvariantCulture) },
            { "page_size", page.Size.ToString(CultureInfo.InvariantCulture) },
        };
        return request.Path.ToUriComponent() + query;
    }
}
