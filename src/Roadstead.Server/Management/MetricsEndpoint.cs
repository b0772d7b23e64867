using Microsoft.AspNetCore.Routing;
using Prometheus;
using Roadstead.Server.Telemetry;

namespace Roadstead.Server.Management;

/// <summary><c>/metrics</c> in Prometheus' text form.</summary>
internal static class MetricsEndpoint
{
    public static void MapServerMetrics(this IEndpointRouteBuilder routes, ServerMetrics metrics) => routes.MapGet("/metrics", async context =>
    {
        context.Response.ContentType = PrometheusConstants.TextContentTypeWithVersionAndEncoding;
        await metrics.Registry.CollectAndExportAsTextAsync(context.Response.Body, context.RequestAborted).ConfigureAwait(false);
    });
}
