using System.Data.Common;
using System.Globalization;
using Roadstead.Oci;

namespace Roadstead.Server.Metadata;

/// <summary>Who holds a blob, and how large it is.</summary>
/// <param name="Size">Its bytes; 0 where it is not held.</param>
/// <param name="Projects">The projects with a repository that has it; none where it is not held.</param>
internal sealed record BlobUsage(long Size, IReadOnlyList<string> Projects)
{
    public static readonly BlobUsage None = new(0, []);
}

/// <summary>A project that has something in a repository of a registry.</summary>
/// <param name="Project">The project's name.</param>
/// <param name="Registry">The registry that it mirrored then.</param>
internal sealed record Holder(string Project, string Registry)
{
    public static Holder Of(string project, RegistryName registry) => new(project, registry.ToString());
}

/// <summary>How many bytes of blobs are held: each counts once for the store, and once for each project that has it.</summary>
internal static class UsageTable
{
    public static BlobUsage Of(DbConnection connection, Digest blob) => BlobTable.Size(connection, blob) is { } size ? new BlobUsage(size, Projects(connection, blob)) : BlobUsage.None;

    /// <summary>The bytes of each project that has any.</summary>
    public static Dictionary<string, long> ByProject(DbConnection connection) => connection.Query(
        """
        SELECT held.project, SUM(blob.size) FROM (
            SELECT DISTINCT repository.project AS project, link.digest AS digest FROM repository_blob link JOIN repository ON repository.id = link.repository) held
        JOIN blob ON blob.digest = held.digest GROUP BY held.project
        """,
        row => (Project: row.GetString(0), Bytes: Convert.ToInt64(row.GetValue(1), CultureInfo.InvariantCulture))).ToDictionary(entry => entry.Project, entry => entry.Bytes, StringComparer.Ordinal);

    /// <summary>The projects with a repository that has a blob, held or still to come.</summary>
    public static List<string> Projects(DbConnection connection, Digest blob) => connection.Query(
        "SELECT DISTINCT repository.project FROM repository_blob link JOIN repository ON repository.id = link.repository WHERE link.digest = @digest",
        row => row.GetString(0),
        ("@digest", blob.ToString()));

    /// <summary>As <see cref="Projects"/>, with the registries that they mirrored then.</summary>
    public static List<Holder> Holders(DbConnection connection, Digest blob) => connection.Query(
        "SELECT DISTINCT repository.project, repository.registry FROM repository_blob link JOIN repository ON repository.id = link.repository WHERE link.digest = @digest",
        ReadHolder,
        ("@digest", blob.ToString()));

    /// <summary>The projects with a repository that has a manifest.</summary>
    public static List<Holder> HoldersOfManifest(DbConnection connection, Digest manifest) => connection.Query(
        "SELECT DISTINCT repository.project, repository.registry FROM repository_manifest link JOIN repository ON repository.id = link.repository WHERE link.digest = @digest",
        ReadHolder,
        ("@digest", manifest.ToString()));

    /// <summary>Bytes of the blobs that the project's repositories hold, shared ones once.</summary>
    public static long Used(DbConnection connection, string project) => Number(connection.Scalar(
        """
        SELECT COALESCE(SUM(size), 0) FROM blob WHERE digest IN (
            SELECT link.digest FROM repository_blob link JOIN repository ON repository.id = link.repository WHERE repository.project = @project)
        """,
        ("@project", project)));

    /// <summary>How many of a project's repositories of one registry hold a manifest.</summary>
    /// <param name="connection">The database.</param>
    /// <param name="project">The project.</param>
    /// <param name="registry">The registry; null: of all that it ever mirrored.</param>
    public static long Repositories(DbConnection connection, string project, string? registry) => Number(connection.Scalar(
        """
        SELECT COUNT(*) FROM repository WHERE project = @project AND (@registry IS NULL OR registry = @registry)
        AND EXISTS (SELECT 1 FROM repository_manifest WHERE repository = repository.id)
        """,
        ("@project", project), ("@registry", registry)));

    private static Holder ReadHolder(DbDataReader row) => new(row.GetString(0), row.GetString(1));

    private static long Number(object? value) => Convert.ToInt64(value, CultureInfo.InvariantCulture);
}
