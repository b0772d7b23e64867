using Roadstead.Oci;
using Roadstead.Server.Metadata;
using Roadstead.Server.Projects;

namespace Roadstead.Server.Mirroring;

/// <summary>The repositories of which something is held.</summary>
internal sealed class RepositoryLists(Database database)
{
    /// <summary>Those of one project, by the names that they have within it.</summary>
    public ListedPage OfProject(Project project, ListPage page)
    {
        var (entries, next) = page.Cut(Names(project, page.Last ?? "", MostOf(page) + 1));
        return new ListedPage(entries, next);
    }

    /// <summary>Those of all public projects, as <c>project/repository</c>.</summary>
    public ListedPage OfAll(ProjectSnapshot snapshot, ListPage page)
    {
        var names = new List<string>();
        foreach (var project in snapshot.Projects.OrderBy(project => project.Name + "/", StringComparer.Ordinal))
        {
            var prefix = project.Name + "/";
            var after = page.Last?.StartsWith(prefix, StringComparison.Ordinal) == true ? page.Last[prefix.Length..]
                : string.CompareOrdinal(prefix, page.Last) > 0 ? ""
                : null;
            if (after is not null && names.Count <= MostOf(page))
            {
                names.AddRange(Names(project, after, MostOf(page) + 1 - names.Count).Select(name => prefix + name));
            }
        }

        var (entries, next) = page.Cut(names);
        return new ListedPage(entries, next);
    }

    /// <summary>Those that the project's patterns let through, as for every other answer.</summary>
    private List<string> Names(Project project, string after, int count)
    {
        var names = new List<string>();
        while (project is { Endpoint: { } endpoint, Options.Public: true } && names.Count < count)
        {
            var held = database.Read(connection => RepositoryTable.Names(connection, project.Name, endpoint.Registry, after, count));
            names.AddRange(held.Where(name => RepositoryName.TryParse(name, out var repository) && project.Admits(repository)).Take(count - names.Count));
            if (held.Count < count)
            {
                break;
            }

            after = held[^1];
        }

        return names;
    }

    private static int MostOf(ListPage page) => page.Count ?? ListPage.MaxCount;
}
