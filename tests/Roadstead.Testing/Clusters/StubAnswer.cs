using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;

namespace Roadstead.Testing.Clusters;

/// <summary>The answer of a <see cref="KubernetesStub"/> to one request.</summary>
internal sealed class StubAnswer(KubernetesStub stub, StubState state, HttpContext context)
{
    private static readonly byte[] LineFeed = "\n"u8.ToArray();

    public async Task Give()
    {
        var path = context.Request.Path.Value!.TrimEnd('/');
        stub.Requests.Add(context.Request.GetEncodedPathAndQuery());
        if (stub.Token is { } token && context.Request.Headers.Authorization != $"Bearer {token}")
        {
            await Refuse(401, "Unauthorized", "Unauthorized");
        }
        else if (stub.TakeBusy())
        {
            context.Response.Headers.RetryAfter = "1";
            await Refuse(429, "TooManyRequests", "Too many requests, please try again later.");
        }
        else if (StubDiscovery.At(path, stub.Absent) is { } document)
        {
            await Write(document);
        }
        else if (Place(path) is var (kind, space, name))
        {
            await Objects(kind, space, name);
        }
        else
        {
            context.Response.StatusCode = 404;
            context.Response.ContentType = "text/plain";
            await context.Response.WriteAsync("404 page not found\n");
        }
    }

    private (StubKind Kind, string? Space, string? Name)? Place(string path)
    {
        foreach (var kind in StubKind.All.Where(kind => !stub.Absent.Contains(kind.Resource)))
        {
            var root = kind.Group.Length == 0 ? "/api/v1" : $"/apis/{kind.Group}/v1";
            if (!path.StartsWith(root + "/", StringComparison.Ordinal))
            {
                continue;
            }

            switch (path[(root.Length + 1)..].Split('/'))
            {
                case [var resource] when resource == kind.Resource:
                    return (kind, null, null);
                case [var resource, var name] when resource == kind.Resource && !kind.IsNamespaced:
                    return (kind, null, name);
                case ["namespaces", var space, var resource] when resource == kind.Resource:
                    return (kind, space, null);
                case ["namespaces", var space, var resource, var name] when resource == kind.Resource:
                    return (kind, space, name);
                default:
                    continue;
            }
        }

        return null;
    }

    private Task Objects(StubKind kind, string? space, string? name)
    {
        var isWatch = context.Request.Query["watch"].ToString() is "1" or "true";
        if (stub.Forbidden.Contains(kind.Resource))
        {
            var verb = isWatch ? "watch" : name is null ? "list" : "get";
            return Refuse(403, "Forbidden", $"{kind.Qualified} is forbidden: User \"{KubernetesStub.User}\" cannot {verb} resource \"{kind.Resource}\" in API group \"{kind.Group}\" at the cluster scope");
        }

        return name is null ? isWatch ? Watch(kind, space) : List(kind, space)
            : state.Find(kind.Kind, space, name) is { } found ? Write(found)
            : Refuse(404, "NotFound", $"{kind.Qualified} \"{name}\" not found");
    }

    private async Task List(StubKind kind, string? space)
    {
        var (version, start) = ((long?)null, (string?)null);
        if (context.Request.Query["continue"].ToString() is { Length: > 0 } next)
        {
            stub.BeforeNextPage?.Invoke();
            var token = JsonNode.Parse(Convert.FromBase64String(next))!;
            (version, start) = ((long)token["rv"]!, stub.RepeatsPages ? null : (string)token["start"]!);
        }

        _ = int.TryParse(context.Request.Query["limit"], NumberStyles.None, CultureInfo.InvariantCulture, out var limit);
        if (state.Page(kind.Kind, space, limit, version, start) is not { } page)
        {
            await Refuse(410, "Expired", "The provided continue parameter is too old to display a consistent list result. You must start a new list without the continue parameter.");
            return;
        }

        context.Response.ContentType = "application/json";
        var more = page.Next is null ? "" : $",\"continue\":\"{Convert.ToBase64String(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(new Dictionary<string, object> { ["v"] = "meta.k8s.io/v1", ["rv"] = page.Version, ["start"] = page.Next })))}\",\"remainingItemCount\":{page.Left}";
        await context.Response.WriteAsync($"{{\"kind\":\"{kind.Kind}List\",\"apiVersion\":\"{kind.ApiVersion}\",\"metadata\":{{\"resourceVersion\":\"{page.Version}\"{more}}},\"items\":[");
        foreach (var (at, item) in page.Items.Index())
        {
            if (at > 0)
            {
                await context.Response.WriteAsync(",");
            }

            await context.Response.BodyWriter.WriteAsync(item);
        }

        await context.Response.WriteAsync("]}\n");
    }

    private async Task Watch(StubKind kind, string? space)
    {
        var query = context.Request.Query;
        var version = long.TryParse(query["resourceVersion"], NumberStyles.None, CultureInfo.InvariantCulture, out var given) ? given : state.Version;
        var marks = query["allowWatchBookmarks"].ToString() is "1" or "true";
        var isOld = state.Since(kind.Kind, version) is null;
        if (isOld && stub.RefusesOldWatches)
        {
            await Refuse(410, "Expired", $"too old resource version: {version} ({state.Version})");
            return;
        }

        using var ends = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        if (int.TryParse(query["timeoutSeconds"], NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds > 0)
        {
            ends.CancelAfter(TimeSpan.FromSeconds(seconds));
        }

        var breaks = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        void Break() => breaks.TrySetResult();
        stub.WatchesBreak += Break;
        try
        {
            context.Response.ContentType = "application/json";
            await context.Response.StartAsync(ends.Token);
            await context.Response.Body.FlushAsync(ends.Token);
            stub.Watches.Add(kind.Resource);
            while (state.Since(kind.Kind, version) is var (events, more))
            {
                foreach (var happened in events.Where(happened => (marks || happened.Type != "BOOKMARK") && IsOf(happened, space)))
                {
                    await Line(happened.Type, happened.Object, ends.Token);
                }

                version = events.Count > 0 ? events[^1].Version : version;
                if (await Task.WhenAny(more, breaks.Task).WaitAsync(ends.Token) == breaks.Task)
                {
                    await context.Response.WriteAsync("{\"type\":\"ADDED\",\"object\":{\"kind\":", ends.Token);
                    await context.Response.Body.FlushAsync(ends.Token);
                    context.Abort();
                    return;
                }
            }

            await Line("ERROR", Encoding.UTF8.GetBytes(Status(410, "Expired", $"too old resource version: {version} ({state.Version})")), ends.Token);
        }
        catch (OperationCanceledException)
        {
            // Its time is over, or the asker left.
        }
        finally
        {
            stub.WatchesBreak -= Break;
        }
    }

    private static bool IsOf(StubEvent happened, string? space) => space is null || (string?)JsonNode.Parse(happened.Object)!["metadata"]?["namespace"] == space;

    private async Task Line(string type, byte[] item, CancellationToken cancellation)
    {
        await context.Response.WriteAsync($"{{\"type\":\"{type}\",\"object\":", cancellation);
        await context.Response.Body.WriteAsync(item, cancellation);
        await context.Response.WriteAsync("}", cancellation);
        await context.Response.Body.WriteAsync(LineFeed, cancellation);
        await context.Response.Body.FlushAsync(cancellation);
    }

    private Task Refuse(int code, string reason, string message)
    {
        context.Response.StatusCode = code;
        return Write(Encoding.UTF8.GetBytes(Status(code, reason, message)));
    }

    private static string Status(int code, string reason, string message) => new JsonObject
    {
        ["kind"] = "Status",
        ["apiVersion"] = "v1",
        ["metadata"] = new JsonObject(),
        ["status"] = "Failure",
        ["message"] = message,
        ["reason"] = reason,
        ["code"] = code,
    }.ToJsonString();

    private async Task Write(byte[] json)
    {
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = json.Length;
        await context.Response.Body.WriteAsync(json, context.RequestAborted);
    }
}
