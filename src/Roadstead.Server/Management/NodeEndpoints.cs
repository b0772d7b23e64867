using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Roadstead.Api;
using Roadstead.Server.Nodes;

namespace Roadstead.Server.Management;

/// <summary><c>/api/v2.0/roadstead/nodes</c>: what nodes report, whether they may change, and what the operator sees of it.</summary>
internal static class NodeEndpoints
{
    private const string One = NodeList.Path + "/{name}";

    // As many images as there may be, with long names and some digests, and dozens of runtimes with the longest messages.
    private const int MaxReport = 1024 * 1024;

    public static void MapNodes(this IEndpointRouteBuilder routes, NodeRegistry nodes, TimeProvider clock)
    {
        routes.MapPut(One, context => DatabasePatience.Survive(context, "The report is not kept", stops => Report(context, nodes, stops), clock))
            .Node().Told("Takes a node's report, and says whether it may put its target in force.", () => ApiJson.Default.NodeReport, () => ApiJson.Default.NodeInstruction);
        routes.MapGet(NodeList.Path, context => DatabasePatience.Survive(context, "The nodes are not known", _ => List(context, nodes), clock))
            .NodeOrAdmin().Told("All nodes, and how the newest target spreads; with images=true also what their containers use.", answer: () => ApiJson.Default.NodeList, query: "images");
        routes.MapDelete(One, context => DatabasePatience.Survive(context, "The node is not forgotten", stops => Forget(context, nodes, stops), clock))
            .Admin().Told("Forgets a node.", status: StatusCodes.Status204NoContent);
        routes.MapPost(NodeList.ResumePath, context => DatabasePatience.Survive(context, "The roll-out does not go on", async stops =>
        {
            await nodes.Resume(stops).ConfigureAwait(false);
            context.Response.StatusCode = StatusCodes.Status204NoContent;
        }, clock)).Admin().Told("Has a stopped roll-out go on.", status: StatusCodes.Status204NoContent);
    }

    private static async Task Report(HttpContext context, NodeRegistry nodes, CancellationToken stops)
    {
        var name = NameOf(context);
        if (!SubdomainName.IsValid(name))
        {
            await ApiErrorResult.Write(context, StatusCodes.Status400BadRequest, "A node's name is a DNS subdomain: at most 253 small letters, digits, dots and hyphens.").ConfigureAwait(false);
            return;
        }

        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = MaxReport;
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

    private static Task List(HttpContext context, NodeRegistry nodes) => bool.TryParse(context.Request.Query["images"].FirstOrDefault("false"), out var withImages)
        ? ApiResult.Write(context, nodes.List(withImages), ApiJson.Default.NodeList)
        : ApiErrorResult.Write(context, StatusCodes.Status400BadRequest, "images is true or false.");

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
}
