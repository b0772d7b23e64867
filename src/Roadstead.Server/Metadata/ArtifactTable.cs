using System.Data.Common;
using System.Globalization;
using Roadstead.Oci;

namespace Roadstead.Server.Metadata;

/// <summary>A repository that holds a manifest.</summary>
internal sealed record RepositoryRow(long Id, string Name);

/// <summary>A manifest that stands for itself in its repository, and not for a platform of an index there.</summary>
/// <param name="Digest">The manifest.</param>
/// <param name="MediaType">Its type.</param>
/// <param name="Length">Bytes of the manifest itself.</param>
/// <param name="StoredAt">When upstream brought it; the epoch where that was not noted.</param>
/// <param name="PulledAt">When a client last pulled it or one of those that it names; the epoch likewise.</param>
internal sealed record ArtifactRow(Digest Digest, string MediaType, long Length, DateTimeOffset StoredAt, DateTimeOffset PulledAt);

/// <summary>What is held, as people see it: images by repository.</summary>
internal static class ArtifactTable
{
    private const string Columns = "manifest.digest, manifest.media_type, LENGTH(manifest.bytes), link.stored_at, link.pulled_at";

    // A platform's manifest that has a tag of its own is seen beside its index.
    private const string OfRepository =
        """
        FROM repository_manifest link JOIN manifest ON manifest.digest = link.digest
        WHERE link.repository = @repository AND (
            EXISTS (SELECT 1 FROM tag WHERE tag.repository = link.repository AND tag.digest = link.digest)
            OR NOT EXISTS (
                SELECT 1 FROM manifest_child child JOIN repository_manifest parent ON parent.digest = child.parent AND parent.repository = link.repository
                WHERE child.digest = link.digest AND child.role = 0))
        """;

    /// <summary>A project's repositories of one registry, in ordinal order.</summary>
    public static List<RepositoryRow> Repositories(DbConnection connection, string project, string registry) => connection.Query(
        """
        SELECT id, name FROM repository WHERE project = @project AND registry = @registry
        AND EXISTS (SELECT 1 FROM repository_manifest WHERE repository = repository.id) ORDER BY name
        """,
        row => new RepositoryRow(row.GetInt64(0), row.GetString(1)),
        ("@project", project), ("@registry", registry));

    public static long Count(DbConnection connection, long repository) =>
        Convert.ToInt64(connection.Scalar($"SELECT COUNT(*) {OfRepository}", ("@repository", repository)), CultureInfo.InvariantCulture);

    public static List<ArtifactRow> All(DbConnection connection, long repository) => connection.Query(
        $"SELECT {Columns} {OfRepository} ORDER BY manifest.digest",
        Read,
        ("@repository", repository));

    /// <summary>A manifest that the repository holds, whatever stands for it.</summary>
    public static ArtifactRow? Find(DbConnection connection, long repository, Digest digest) => connection.Query(
        $"SELECT {Columns} FROM repository_manifest link JOIN manifest ON manifest.digest = link.digest WHERE link.repository = @repository AND link.digest = @digest",
        Read,
        ("@repository", repository), ("@digest", digest.ToString())).FirstOrDefault();

    /// <summary>The tags that name a manifest, and when upstream last said so of each.</summary>
    public static List<(string Name, DateTimeOffset CheckedAt)> Tags(DbConnection connection, long repository, Digest digest) => connection.Query(
        "SELECT name, checked_at FROM tag WHERE repository = @repository AND digest = @digest ORDER BY name",
        row => (row.GetString(0), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(1))),
        ("@repository", repository), ("@digest", digest.ToString()));

    private static ArtifactRow Read(DbDataReader row) => new(
        Digest.Parse(row.GetString(0)), row.GetString(1), row.GetInt64(2), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(3)), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(4)));
}
