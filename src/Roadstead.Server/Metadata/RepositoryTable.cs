using System.Data.Common;
using System.Globalization;
using Roadstead.Oci;

namespace Roadstead.Server.Metadata;

/// <summary>Repositories, and what their own upstreams confirmed that they have.</summary>
internal static class RepositoryTable
{
    public static long? Find(DbConnection connection, string project, RegistryName registry, RepositoryName name) =>
        connection.Scalar(
            "SELECT id FROM repository WHERE project = @project AND registry = @registry AND name = @name",
            ("@project", project), ("@registry", registry.ToString()), ("@name", name.ToString())) is { } id
            ? Convert.ToInt64(id, CultureInfo.InvariantCulture)
            : null;

    /// <summary>At most <paramref name="count"/> of a project's repositories that hold a manifest, in ordinal order.</summary>
    /// <param name="connection">The database.</param>
    /// <param name="project">The project's name.</param>
    /// <param name="registry">The registry that it mirrors.</param>
    /// <param name="after">Only names after this one; empty for the first.</param>
    /// <param name="count">How many.</param>
    public static List<string> Names(DbConnection connection, string project, RegistryName registry, string after, int count) => connection.Query(
        """
        SELECT name FROM repository WHERE project = @project AND registry = @registry AND name > @after
        AND EXISTS (SELECT 1 FROM repository_manifest WHERE repository = repository.id)
        ORDER BY name LIMIT @count
        """,
        row => row.GetString(0),
        ("@project", project), ("@registry", registry.ToString()), ("@after", after), ("@count", count));

    /// <summary>The project, the registry and the name of a repository's row.</summary>
    public static (string Project, string Registry, string Repository) Name(DbConnection connection, long id) => connection.Query(
        "SELECT project, registry, name FROM repository WHERE id = @id", row => (row.GetString(0), row.GetString(1), row.GetString(2)), ("@id", id)).FirstOrDefault(("", "", ""));

    /// <summary>The rows of a project's repository of that name, one for each registry that the project ever mirrored.</summary>
    public static List<long> Called(DbConnection connection, string project, string name) => connection.Query(
        "SELECT id FROM repository WHERE project = @project AND name = @name", row => row.GetInt64(0), ("@project", project), ("@name", name));

    public static long FindOrAdd(DbConnection connection, string project, RegistryName registry, RepositoryName name)
    {
        if (Find(connection, project, registry, name) is { } known)
        {
            return known;
        }

        connection.Execute(
            "INSERT INTO repository (project, registry, name) VALUES (@project, @registry, @name)",
            ("@project", project), ("@registry", registry.ToString()), ("@name", name.ToString()));
        return Find(connection, project, registry, name)!.Value;
    }

    public static bool HasBlob(DbConnection connection, long repository, Digest digest) => connection.Exists(
        "SELECT 1 FROM repository_blob WHERE repository = @repository AND digest = @digest", ("@repository", repository), ("@digest", digest.ToString()));

    /// <summary>True if any repository has the blob.</summary>
    public static bool IsLinked(DbConnection connection, Digest digest) => connection.Exists("SELECT 1 FROM repository_blob WHERE digest = @digest", ("@digest", digest.ToString()));

    public static void UnlinkBlob(DbConnection connection, long repository, Digest digest) => connection.Execute(
        "DELETE FROM repository_blob WHERE repository = @repository AND digest = @digest", ("@repository", repository), ("@digest", digest.ToString()));

    /// <summary>Takes a blob from all repositories that a project has of a registry.</summary>
    public static void UnlinkBlob(DbConnection connection, Holder holder, Digest digest) => connection.Execute(
        "DELETE FROM repository_blob WHERE digest = @digest AND repository IN (SELECT id FROM repository WHERE project = @project AND registry = @registry)",
        ("@digest", digest.ToString()), ("@project", holder.Project), ("@registry", holder.Registry));

    public static bool HasManifest(DbConnection connection, long repository, Digest digest) => connection.Exists(
        "SELECT 1 FROM repository_manifest WHERE repository = @repository AND digest = @digest", ("@repository", repository), ("@digest", digest.ToString()));

    public static void LinkBlob(DbConnection connection, long repository, Digest digest) => connection.Execute(
        "INSERT INTO repository_blob (repository, digest) VALUES (@repository, @digest) ON CONFLICT DO NOTHING",
        ("@repository", repository), ("@digest", digest.ToString()));

    /// <summary>Notes that the repository has a manifest; one that is new there counts as pulled at <paramref name="at"/>, so that it is not the first to go.</summary>
    public static void LinkManifest(DbConnection connection, long repository, Digest digest, DateTimeOffset at) => connection.Execute(
        "INSERT INTO repository_manifest (repository, digest, pulled_at, stored_at) VALUES (@repository, @digest, @at, @at) ON CONFLICT DO NOTHING",
        ("@repository", repository), ("@digest", digest.ToString()), ("@at", at.ToUnixTimeMilliseconds()));
}
