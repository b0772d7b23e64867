using System.Data.Common;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Roadstead.Server.Blobs;
using Roadstead.Server.Metadata;

namespace Roadstead.Server.Management;

/// <summary><c>/healthz/live</c>: the process answers. <c>/healthz/ready</c>: it can serve pulls; upstreams have no part in that.</summary>
internal static class HealthEndpoints
{
    private const string RetryAfterSeconds = "5";

    public static void MapHealth(this IEndpointRouteBuilder routes, ServerLifetime lifetime, Database database, DataFolder folder)
    {
        routes.MapGet("/healthz/live", context => TextAnswer.Write(context, "live\n"));
        routes.MapGet("/healthz/ready", context => Ready(context, lifetime, database, folder));
    }

    private static Task Ready(HttpContext context, ServerLifetime lifetime, Database database, DataFolder folder)
    {
        if (lifetime.IsDraining || !Directory.Exists(folder.Path))
        {
            context.Response.Headers.RetryAfter = RetryAfterSeconds;
            return TextAnswer.Write(context, lifetime.IsDraining ? "stopping\n" : "the data folder is gone\n", StatusCodes.Status503ServiceUnavailable);
        }

        return TextAnswer.Write(context, $"ready\n{DatabaseFault(database)}");
    }

    /// <summary>A fault of the database takes no server out of service: what it does not tell is asked of upstream, and the next server may have none of it.</summary>
    private static string DatabaseFault(Database database)
    {
        try
        {
            database.Check();
            return database.IsLost ? "the database was deleted while in use; pulls go on, restart the server\n" : "";
        }
        catch (DbException exception)
        {
            return $"the database cannot be read: {exception.Message} Pulls go on, from upstream where it would be asked\n";
        }
    }
}
