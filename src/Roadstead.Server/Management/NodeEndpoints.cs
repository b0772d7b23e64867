using System.Data.Common;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Roadstead.Api;
using Roadstead.Server.Nodes;

namespace Roadstead.Server.Management;

/// <summary><c>/api/v2.0/roadstead/nodes</c>: what nodes report, whether they may change, and what the operator sees of it.</summary>
internal static class NodeEndpoints
{
    private const string One = NodeList.Path + "/{name}";

    // Dozens of runtimes with the longest messages.
    private const int MaxReport = 64 * 1024;

    // A disk that hangs must not hold requests without end; the agent asks again.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public static void MapNodes(this IEndpointRouteBuilder routes, NodeRegistry nodes, TimeProvider clock)
    {
        routes.MapPut(One, context => Survive(context, "The report is not kept", stops => Report(context, nodes, stops), clock)).Node();
        routes.MapGet(NodeList.Path, context => Survive(context, "The nodes are not known", _ => ApiResult.Write(context, nodes.List(), ApiJson.Default.NodeList), clock)).NodeOrAdmin();
        routes.MapDelete(One, context => Survive(context, "The node is not forgotten", stops => Forget(context, nodes, stops), clock)).Admin();
        routes.MapPost(NodeList.ResumePath, context => Survive(context, "The roll-out does not go on", async stops =>
        {
            await nodes.Resume(stops).ConfigureAwait(false);
            context.Response.StatusCode = StatusCodes.Status204NoContent;
        }, clock)).Admin();
    }

    private static async Task Report(HttpContext context, NodeRegistry nodes, CancellationToken stops)
    {
        var name = NameOf(context);
        if (!NodeName.IsValid(name))
        {
            await ApiErrorResult.Write(context, StatusCodes.Status400BadRequest, "A node's name is a DNS subdomain: at most 253 small letters, digits, dots and hyphens.").ConfigureAwait(false);
            return;
        }

        if (await BoundedJson.Read(context, MaxReport, ApiJson.Default.NodeReport).ConfigureAwait(false) is not { } sent)
        {
            return;
        }

        var (report, fault) = NodeReportCheck.Check(sent);
        if (fault is not null)
        {
            await ApiErrorResult.Write(context, StatusCodes.Status400BadRequest, $"The report cannot be kept: {fault}.").ConfigureAwait(false);
            return;
        }

        await (await nodes.Report(name, report!, stops).ConfigureAwait(false) is { } instruction
            ? ApiResult.Write(context, instruction, ApiJson.Default.NodeInstruction)
            : ApiErrorResult.Write(context, StatusCodes.Status507InsufficientStorage, $"This server keeps {NodeRegistry.MaxNodes} nodes, and has as many; roadstead node forget makes room.")).ConfigureAwait(false);
    }

    private static async Task Forget(HttpContext context, NodeRegistry nodes, CancellationToken stops)
    {
        if (await nodes.Forget(NameOf(context), stops).ConfigureAwait(false))
        {
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            return;
        }

        await ApiErrorResult.Write(context, StatusCodes.Status404NotFound, "No node of that name has reported.").ConfigureAwait(false);
    }

    private static string NameOf(HttpContext context) => (string)context.GetRouteValue("name")!;

    /// <summary>What the database will not do is told as what it is, and the node or the operator tries again.</summary>
    private static async Task Survive(HttpContext context, string what, Func<CancellationToken, Task> answer, TimeProvider clock)
    {
        using var late = new CancellationTokenSource(Patience, clock);
        using var stops = CancellationTokenSource.CreateLinkedTokenSource(late.Token, context.RequestAborted);
        try
        {
            await answer(stops.Token).ConfigureAwait(false);
        }
        catch (DbException exception)
        {
            await ApiErrorResult.Write(context, StatusCodes.Status503ServiceUnavailable, $"{what}: the server's database failed: {exception.Message}").ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested && !context.RequestAborted.IsCancellationRequested)
        {
            await ApiErrorResult.Write(context, StatusCodes.Status503ServiceUnavailable, $"{what}: the server's database takes longer than {Patience.TotalSeconds:0} s.").ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Whoever asked is gone.
        }
    }
}
