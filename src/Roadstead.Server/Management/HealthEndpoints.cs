using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Http;
using System.Data.Common;
using Roadstead.Server.Blobs;
using Roadstead.Server.Metadata;

namespace Roadstead.Server.Management;

/// <summary><c>/healthz/live</c>: the process answers. <c>/healthz/ready</c>: it can serve what it holds; upstreams have no part in that.</summary>
internal static class HealthEndpoints
{
    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/healthz/live", () => "live\n");
        routes.MapGet("/healthz/ready", Ready);
    }

    private static IResult Ready(ServerLifetime lifetime, Database database, DataFolder folder)
    {
        if (lifetime.IsDraining)
        {
            return Unready("stopping");
        }

        try
        {
            database.Check();
        }
        catch (DbException exception)
        {
            return Unready($"the database cannot be read: {exception.Message}");
        }

        return Directory.Exists(folder.Path) ? Results.Text("ready\n") : Unready("the data folder is gone");
    }

    private static IResult Unready(string why) => Results.Text(why + "\n", statusCode: StatusCodes.Status503ServiceUnavailable);
}
