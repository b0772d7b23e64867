using System.Data.Common;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Roadstead.Oci;
using Roadstead.Server.Metadata;
using Roadstead.Server.Projects;
using Roadstead.Server.Retention;

namespace Roadstead.Server.Management.Harbor;

/// <summary>Repositories and artifacts of Harbor's API: what is held of a project.</summary>
internal sealed class HarborRepositories(ProjectCatalog catalog, Database database, ImageCatalog images, TimeProvider clock)
{
    private const string All = HarborAnswers.Root + "/projects/{project}/repositories";
    private const string One = All + "/{repository}";
    private const string Artifacts = One + "/artifacts";
    private const string What = "repository";
    private const string Stays = "what is pinned is not deleted, and what is being pulled is not yet. Try again some seconds after its last pull.";

    private static readonly HarborField<RepositoryRow>[] Fields = [HarborField<RepositoryRow>.Of("id", row => row.Id), HarborField<RepositoryRow>.Of("name", row => row.Name)];

    private static readonly HarborField<HarborArtifact>[] ArtifactFields =
    [
        HarborField<HarborArtifact>.Of("digest", artifact => artifact.Digest), HarborField<HarborArtifact>.Of("type", artifact => artifact.Type),
        HarborField<HarborArtifact>.Of("media_type", artifact => artifact.MediaType), HarborField<HarborArtifact>.Of("size", artifact => artifact.Size),
        HarborField<HarborArtifact>.Of("push_time", artifact => artifact.PushTime),
        HarborField<HarborArtifact>.Of("pull_time", artifact => artifact.PullTime),
        HarborField<HarborArtifact>.Of("tags", artifact => string.Join(' ', (artifact.Tags ?? []).Select(tag => tag.Name))),
    ];

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(All, Survive(List)).Admin().Told("A project's repositories that hold something.", answer: () => HarborJson.Default.IReadOnlyListHarborRepository, query: ["q", "sort", "page", "page_size"]);
        routes.MapGet(One, Survive(Get)).Admin().Told("One repository; slashes in its name are encoded, once or twice.", answer: () => HarborJson.Default.HarborRepository);
        routes.MapGet(Artifacts, Survive(ListArtifacts)).Admin().Told("What a repository holds.", answer: () => HarborJson.Default.IReadOnlyListHarborArtifact, query: ["q", "sort", "page", "page_size"]);
        routes.MapGet(Artifacts + "/{reference}", Survive(GetArtifact)).Admin().Told("One manifest of a repository, by tag or digest.", answer: () => HarborJson.Default.HarborArtifact);
        routes.MapDelete(One, context => DatabasePatience.Survive(context, "The repository is not deleted", _ => Remove(context), clock)).Admin().Told("Takes all that a repository holds out of the store.");
        routes.MapDelete(Artifacts + "/{reference}", context => DatabasePatience.Survive(context, "The artifact is not deleted", _ => RemoveArtifact(context), clock))
            .Admin().Told("Takes an image out of the store, by tag or digest.");
    }

    private RequestDelegate Survive(Func<HttpContext, Task> answer) => context => DatabasePatience.Survive(context, "What is held is not known", _ => answer(context), clock);

    private Task List(HttpContext context)
    {
        var entries = catalog.Entries;
        if (HarborProjects.Find(context, entries) is not { } project)
        {
            return HarborAnswers.NoSuch(context, "project");
        }

        List<RepositoryRow> rows = RegistryOf(entries, project) is { } registry ? database.Read(connection => ArtifactTable.Repositories(connection, project.Name, registry)) : [];
        return HarborAnswers.List(context, rows, row => ShapeOf(project, row), HarborJson.Default.IReadOnlyListHarborRepository, Fields);
    }

    private Task Get(HttpContext context) => Find(context) is var (project, row)
        ? ApiResult.Write(context, ShapeOf(project, row), HarborJson.Default.HarborRepository)
        : HarborAnswers.NoSuch(context, What);

    private Task ListArtifacts(HttpContext context)
    {
        if (Find(context) is not var (project, row))
        {
            return HarborAnswers.NoSuch(context, What);
        }

        var artifacts = database.Read(connection => ArtifactTable.All(connection, row.Id).ConvertAll(artifact => ShapeOf(connection, project, row, artifact)));
        return HarborAnswers.List(context, artifacts, artifact => artifact, HarborJson.Default.IReadOnlyListHarborArtifact, ArtifactFields);
    }

    private Task GetArtifact(HttpContext context)
    {
        if (Find(context) is not var (project, row) || !Reference.TryParse(HarborAnswers.PartOf(context, "reference"), out var reference))
        {
            return HarborAnswers.NoSuch(context, "artifact");
        }

        var shape = database.Read(connection =>
            (reference.Digest ?? TagTable.Find(connection, row.Id, reference.ToString())?.Digest) is { } digest && ArtifactTable.Find(connection, row.Id, digest) is { } artifact
                ? ShapeOf(connection, project, row, artifact)
                : null);
        return shape is null ? HarborAnswers.NoSuch(context, "artifact") : ApiResult.Write(context, shape, HarborJson.Default.HarborArtifact);
    }

    private async Task Remove(HttpContext context)
    {
        if (Find(context) is not var (project, row))
        {
            await HarborAnswers.NoSuch(context, What).ConfigureAwait(false);
            return;
        }

        foreach (var artifact in database.Read(connection => ArtifactTable.All(connection, row.Id)))
        {
            await images.Delete(project.Name, row.Name, artifact.Digest.ToString()).ConfigureAwait(false);
        }

        if (database.Read(connection => ArtifactTable.Count(connection, row.Id)) is > 0 and var stayed)
        {
            await ApiErrorResult.Write(context, StatusCodes.Status412PreconditionFailed, $"{stayed} images of {row.Name} stayed: {Stays}").ConfigureAwait(false);
        }
    }

    private async Task RemoveArtifact(HttpContext context)
    {
        if (Find(context) is not var (project, row) || await images.Delete(project.Name, row.Name, HarborAnswers.PartOf(context, "reference")).ConfigureAwait(false) is not { } gone)
        {
            await HarborAnswers.NoSuch(context, "artifact").ConfigureAwait(false);
        }
        else if (gone == 0)
        {
            await ApiErrorResult.Write(context, StatusCodes.Status412PreconditionFailed, $"The image stayed: {Stays}").ConfigureAwait(false);
        }
    }

    private (ProjectEntry Project, RepositoryRow Row)? Find(HttpContext context)
    {
        var entries = catalog.Entries;
        if (HarborProjects.Find(context, entries) is not { } project || RegistryOf(entries, project) is not { } registry
            || !RepositoryName.TryParse(HarborAnswers.PartOf(context, What), out var name)
            || database.Read(connection => RepositoryTable.Find(connection, project.Name, RegistryName.Parse(registry), name)) is not { } id)
        {
            return null;
        }

        return (project, new RepositoryRow(id, name.ToString()));
    }

    private static string? RegistryOf(CatalogEntries entries, ProjectEntry project) => entries.Endpoint(project.Options.Endpoint)?.Options.Registry;

    private HarborRepository ShapeOf(ProjectEntry project, RepositoryRow row) =>
        new(row.Id, project.Id, $"{project.Name}/{row.Name}", database.Read(connection => ArtifactTable.Count(connection, row.Id)), 0);

    private static HarborArtifact ShapeOf(DbConnection connection, ProjectEntry project, RepositoryRow repository, ArtifactRow artifact)
    {
        var children = ManifestTable.Children(connection, artifact.Digest);
        var isIndex = children.Exists(child => child.Role == ChildRole.Manifest);

        // The first blob that an image's manifest names is its configuration.
        var kind = isIndex ? artifact.MediaType : children.Find(child => child.Role == ChildRole.Blob)?.Descriptor.MediaType ?? artifact.MediaType;
        var tags = ArtifactTable.Tags(connection, repository.Id, artifact.Digest);
        return new HarborArtifact(
            artifact.Digest.ToString(),
            isIndex || kind.EndsWith("image.config.v1+json", StringComparison.Ordinal) || kind.EndsWith("container.image.v1+json", StringComparison.Ordinal) ? "IMAGE" : kind.Contains("helm", StringComparison.Ordinal) ? "CHART" : "UNKNOWN",
            kind,
            artifact.MediaType,
            kind,
            project.Id,
            repository.Id,
            $"{project.Name}/{repository.Name}",
            artifact.Length + children.Sum(child => child.Descriptor.Size + (isIndex ? ManifestTable.Children(connection, child.Descriptor.Digest).Sum(layer => layer.Descriptor.Size) : 0)),
            artifact.StoredAt,
            artifact.PulledAt,
            [.. tags.Select(tag => new HarborTag(tag.Name, repository.Id, tag.CheckedAt, artifact.PulledAt, false))],
            [.. children.Where(child => child.Role == ChildRole.Manifest).Select(child => new HarborReference(
                child.Descriptor.Digest.ToString(), child.Descriptor.Platform is { } platform ? new HarborPlatform(platform.Os, platform.Architecture, platform.Variant) : null))]);
    }
}
