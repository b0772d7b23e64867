using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Roadstead.Api;
using Roadstead.Server.Clusters;
using Roadstead.Server.Projects;

namespace Roadstead.Server.Management;

/// <summary><c>/api/v2.0/roadstead/clusters</c> and <c>…/readiness</c>: what clusters run, and how much of that could be pulled with every upstream cut off.</summary>
internal sealed class ClusterEndpoints(ProjectCatalog catalog, ClusterRegistry clusters, ClusterWatchers watchers, NodesCluster ofNodes, ReadinessSurvey survey, TimeProvider clock)
{
    private const string One = ClusterInventory.Path + "/{name}";

    // Some hundred thousand images, with where each is used.
    private const int MaxInventory = 64 * 1024 * 1024;

    // All that is held of thousands of images is looked at.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(ClusterInventory.Path, context => DatabasePatience.Survive(context, "The clusters are not known", _ => List(context), clock, Patience))
            .Admin().Told("The clusters whose images are kept.", answer: () => ApiJson.Default.ClusterList);
        routes.MapGet(One, context => DatabasePatience.Survive(context, "How ready the cluster is is not known", _ => Show(context), clock, Patience))
            .Admin().Told("How many of a cluster's images could be pulled with every upstream cut off, and which could not.", answer: () => ApiJson.Default.ClusterReadiness);
        routes.MapPut(One, context => DatabasePatience.Survive(context, "The inventory is not kept", stops => Put(context, stops), clock, Patience))
            .Admin().Told("Takes what a cluster runs. It is kept from then on: fetched, followed, and never evicted.", () => ApiJson.Default.ClusterInventory, () => ApiJson.Default.ClusterReadiness);
        routes.MapDelete(One, context => DatabasePatience.Survive(context, "The cluster is not forgotten", stops => Remove(context, stops), clock))
            .Admin().Told("Forgets a cluster, and keeps its images no more.", status: StatusCodes.Status204NoContent);
        routes.MapPost(ClusterReadiness.Path, context => DatabasePatience.Survive(context, "How ready the server is is not known", _ => Judge(context), clock, Patience))
            .Admin().Told("Says of an inventory what a cluster's readiness says, and keeps nothing of it.", () => ApiJson.Default.ClusterInventory, () => ApiJson.Default.ClusterReadiness);
    }

    /// <summary>The cluster that a request's path names.</summary>
    /// <returns>Null where there is none, and the request is answered.</returns>
    public static async Task<KnownCluster?> Named(HttpContext context, ClusterRegistry clusters, ClusterWatchers watchers)
    {
        if (clusters.Find(NameOf(context)) is { } cluster)
        {
            return cluster;
        }

        if (watchers.SourceOf(NameOf(context)) is not null)
        {
            // It is there; whoever takes it for unknown would tell of another one in its place.
            await ApiErrorResult.Write(context, StatusCodes.Status409Conflict, $"Nothing has been heard of the cluster {NameOf(context)} yet: {watchers.FaultOf(NameOf(context)) ?? "it is being looked at."}").ConfigureAwait(false);
            return null;
        }

        await ApiErrorResult.Write(context, StatusCodes.Status404NotFound, $"No cluster {Shown(NameOf(context))} is known: roadstead inventory --cluster tells of one, and roadstead cluster list shows those that are.").ConfigureAwait(false);
        return null;
    }

    private Task List(HttpContext context)
    {
        var snapshot = catalog.Snapshot;
        var known = clusters.All();
        var list = known.Select(cluster => new ClusterStatus(
            cluster.Name, cluster.Inventory.Source, cluster.Inventory.TakenAt, cluster.HeardAt, cluster.Inventory.Images.Count, survey.Run(snapshot, cluster.Inventory, cluster).Ready, watchers.SourceOf(cluster.Name) is not null)
        {
            Fault = watchers.FaultOf(cluster.Name),
            Drill = cluster.Drill,
        });
        var unheard = watchers.Names.Except(known.Select(cluster => cluster.Name)).Select(name => new ClusterStatus(name, watchers.SourceOf(name)!, null, null, 0, 0, Watched: true) { Fault = watchers.FaultOf(name) });
        return ApiResult.Write(context, new ClusterList([.. list.Concat(unheard).OrderBy(cluster => cluster.Name, StringComparer.Ordinal)]), ApiJson.Default.ClusterList);
    }

    private async Task Show(HttpContext context)
    {
        if (await Named(context, clusters, watchers).ConfigureAwait(false) is { } cluster)
        {
            await Write(context, cluster.Inventory, cluster).ConfigureAwait(false);
        }
    }

    private async Task Put(HttpContext context, CancellationToken stops)
    {
        var name = NameOf(context);
        if (!SubdomainName.IsValid(name))
        {
            await ApiErrorResult.Write(context, StatusCodes.Status400BadRequest, "A cluster's name is a DNS subdomain: at most 253 small letters, digits, dots and hyphens.").ConfigureAwait(false);
            return;
        }

        if (watchers.SourceOf(name) is not null)
        {
            await ApiErrorResult.Write(context, StatusCodes.Status409Conflict, $"The server looks at the cluster {name} itself, since its configuration file says so: nobody else can tell what it uses.").ConfigureAwait(false);
            return;
        }

        if (name == NodesCluster.Name && ofNodes.IsWanted)
        {
            await ApiErrorResult.Write(context, StatusCodes.Status409Conflict, $"The cluster {name} is made of what nodes report. Give yours another name, or set inUse.nodes to false in the configuration file.").ConfigureAwait(false);
            return;
        }

        if (await Read(context).ConfigureAwait(false) is not { } inventory)
        {
            return;
        }

        await (await clusters.Put(name, inventory, stops).ConfigureAwait(false) is { } cluster
            ? Write(context, cluster.Inventory, cluster)
            : ApiErrorResult.Write(context, StatusCodes.Status507InsufficientStorage, $"This server keeps {ClusterRegistry.MaxClusters} clusters, and has as many; roadstead cluster forget makes room.")).ConfigureAwait(false);
    }

    private async Task Judge(HttpContext context)
    {
        if (await Read(context).ConfigureAwait(false) is { } inventory)
        {
            await Write(context, inventory, null).ConfigureAwait(false);
        }
    }

    private async Task Remove(HttpContext context, CancellationToken stops)
    {
        if (watchers.SourceOf(NameOf(context)) is not null)
        {
            await ApiErrorResult.Write(context, StatusCodes.Status409Conflict, $"The server's configuration file names the cluster {NameOf(context)}: take it out of clusters there, restart, and forget it then.").ConfigureAwait(false);
        }
        else if (NameOf(context) == NodesCluster.Name && ofNodes.IsMade())
        {
            await ApiErrorResult.Write(context, StatusCodes.Status409Conflict, $"The cluster {NodesCluster.Name} is made of what nodes report, and would be there again with the next report. Set inUse.nodes to false in the configuration file, or forget the nodes (roadstead node forget).").ConfigureAwait(false);
        }
        else if (await Named(context, clusters, watchers).ConfigureAwait(false) is { } cluster)
        {
            await clusters.Remove(cluster.Name, stops).ConfigureAwait(false);
            context.Response.StatusCode = StatusCodes.Status204NoContent;
        }
    }

    /// <returns>The inventory that the body has; null where it has none, and the request is answered.</returns>
    private static async Task<ClusterInventory?> Read(HttpContext context)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = MaxInventory;
        }

        if (await BoundedJson.Read(context, MaxInventory, ApiJson.Default.ClusterInventory).ConfigureAwait(false) is not { } sent)
        {
            return null;
        }

        var (inventory, fault) = InventoryCheck.Check(sent);
        if (inventory is null)
        {
            await ApiErrorResult.Write(context, StatusCodes.Status400BadRequest, $"The inventory cannot be taken: {fault}.").ConfigureAwait(false);
        }

        return inventory;
    }

    private Task Write(HttpContext context, ClusterInventory inventory, KnownCluster? cluster) =>
        ApiResult.Write(context, survey.Run(catalog.Snapshot, inventory, cluster) with { Fault = cluster is null ? null : watchers.FaultOf(cluster.Name) }, ApiJson.Default.ClusterReadiness);

    private static string NameOf(HttpContext context) => (string)context.GetRouteValue("name")!;

    private static string Shown(string name) => SubdomainName.IsValid(name) ? name : "of that name";
}
