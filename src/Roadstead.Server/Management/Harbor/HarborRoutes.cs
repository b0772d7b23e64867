using Microsoft.AspNetCore.Routing;
using Roadstead.Server.Configuration;
using Roadstead.Server.Metadata;
using Roadstead.Server.Projects;
using Roadstead.Server.Retention;

namespace Roadstead.Server.Management.Harbor;

/// <summary>The part of Harbor's API that its Terraform provider and command line use.</summary>
internal static class HarborRoutes
{
    public static void MapHarbor(this IEndpointRouteBuilder routes, ProjectCatalog catalog, Database database, ProjectUsage usage, ImageCatalog images, RoadsteadOptions options, TimeProvider clock)
    {
        var registries = new HarborRegistries(catalog, options, clock);
        registries.Map(routes);
        new HarborProjects(catalog, registries, database, usage, options, clock).Map(routes);
        new HarborQuotas(catalog, usage, clock).Map(routes);
        new HarborRepositories(catalog, database, images, clock).Map(routes);
        new HarborRetentions(catalog, database, clock).Map(routes);
        new HarborSystem(catalog, database, options, clock).Map(routes);
    }
}
