using System.Data.Common;
using Roadstead.Oci;

namespace Roadstead.Server.Metadata;

/// <summary>A manifest that no index of its repository names, and when it was last pulled.</summary>
/// <param name="Key">Which.</param>
/// <param name="PulledAt">When a client last pulled it or one of those that it names.</param>
/// <param name="StoredAt">When upstream brought it.</param>
internal sealed record ImageRow(ImageKey Key, DateTimeOffset PulledAt, DateTimeOffset StoredAt = default);

/// <summary>A blob of an image.</summary>
/// <param name="Digest">Which.</param>
/// <param name="Size">Its bytes.</param>
internal sealed record ImageBlob(Digest Digest, long Size);

/// <summary>Images: the manifests of repositories that no index there names, each with all that it names there.</summary>
internal static class ImageTable
{
    // Indexes within indexes; deeper ones are not images.
    private const int MaxDepth = 4;

    private const string IsNotNamed = """
        NOT EXISTS (
            SELECT 1 FROM manifest_child child JOIN repository_manifest parent ON parent.digest = child.parent
            WHERE child.digest = image.digest AND child.role = 0 AND parent.repository = image.repository AND parent.digest <> image.digest)
        """;

    /// <summary>Images in the order in which they were last pulled, the longest ago first.</summary>
    /// <param name="connection">The database.</param>
    /// <param name="project">Of this project only; null: of all.</param>
    /// <param name="after">Those after this one; null: from the first.</param>
    /// <param name="count">How many at most.</param>
    public static List<ImageRow> LeastRecentlyPulled(DbConnection connection, string? project, ImageRow? after, int count) => connection.Query(
        $"""
        SELECT image.repository, image.digest, image.pulled_at, image.stored_at FROM repository_manifest image
        WHERE (image.pulled_at, image.repository, image.digest) > (@at, @repository, @digest)
        AND (@project IS NULL OR image.repository IN (SELECT id FROM repository WHERE project = @project))
        AND {IsNotNamed}
        ORDER BY image.pulled_at, image.repository, image.digest LIMIT @count
        """,
        Read,
        ("@at", after?.PulledAt.ToUnixTimeMilliseconds() ?? long.MinValue), ("@repository", after?.Key.Repository ?? 0), ("@digest", after?.Key.Digest.ToString() ?? ""),
        ("@project", project), ("@count", count));

    /// <summary>As <see cref="LeastRecentlyPulled"/>, of a repository only.</summary>
    public static List<ImageRow> OfRepository(DbConnection connection, long repository, ImageRow? after, int count) => connection.Query(
        $"""
        SELECT image.repository, image.digest, image.pulled_at, image.stored_at FROM repository_manifest image
        WHERE image.repository = @repository AND (image.pulled_at, image.digest) > (@at, @digest) AND {IsNotNamed}
        ORDER BY image.pulled_at, image.digest LIMIT @count
        """,
        Read,
        ("@repository", repository), ("@at", after?.PulledAt.ToUnixTimeMilliseconds() ?? long.MinValue), ("@digest", after?.Key.Digest.ToString() ?? ""), ("@count", count));

    /// <summary>One manifest of a repository; null where it has no such thing.</summary>
    public static ImageRow? Find(DbConnection connection, ImageKey manifest) => connection.Query(
        "SELECT repository, digest, pulled_at, stored_at FROM repository_manifest WHERE repository = @repository AND digest = @digest",
        Read,
        ("@repository", manifest.Repository), ("@digest", manifest.Digest.ToString())).FirstOrDefault();

    /// <summary>True if it is pinned, or something that it names.</summary>
    public static bool IsPinned(DbConnection connection, ImageKey image) =>
        Manifests(connection, image).Exists(digest => PinTable.IsPinned(connection, image with { Digest = digest }));

    /// <summary>The images that a manifest of a repository belongs to; itself where no index there names it.</summary>
    public static List<ImageKey> Roots(DbConnection connection, ImageKey manifest)
    {
        var parents = Parents(connection, manifest);
        return parents.Count == 0 ? [manifest] : [.. parents.SelectMany(parent => Roots(connection, manifest with { Digest = parent })).Distinct()];
    }

    /// <summary>The manifests of an image that are its repository's: it and what it names, and what these name.</summary>
    public static List<Digest> Manifests(DbConnection connection, ImageKey image)
    {
        var all = new List<Digest> { image.Digest };
        var first = 0;
        for (var depth = 0; depth < MaxDepth && first < all.Count; depth++)
        {
            var end = all.Count;
            for (; first < end; first++)
            {
                all.AddRange(connection.Query(
                    """
                    SELECT DISTINCT child.digest FROM manifest_child child JOIN repository_manifest link ON link.digest = child.digest AND link.repository = @repository
                    WHERE child.parent = @parent AND child.role = 0
                    """,
                    row => Digest.Parse(row.GetString(0)),
                    ("@repository", image.Repository), ("@parent", all[first].ToString())).Where(digest => !all.Contains(digest)));
            }
        }

        return all;
    }

    /// <summary>The indexes of the repository that name a manifest.</summary>
    public static List<Digest> Parents(DbConnection connection, ImageKey manifest) => connection.Query(
        """
        SELECT DISTINCT child.parent FROM manifest_child child JOIN repository_manifest link ON link.digest = child.parent AND link.repository = @repository
        WHERE child.digest = @digest AND child.role = 0 AND child.parent <> child.digest
        """,
        row => Digest.Parse(row.GetString(0)),
        ("@repository", manifest.Repository), ("@digest", manifest.Digest.ToString()));

    /// <summary>The held blobs that a manifest names and its repository has; what is held for others alone counts for none of its images.</summary>
    public static List<ImageBlob> Blobs(DbConnection connection, ImageKey manifest) => connection.Query(
        """
        SELECT DISTINCT child.digest, blob.size FROM manifest_child child JOIN blob ON blob.digest = child.digest
        JOIN repository_blob link ON link.repository = @repository AND link.digest = child.digest WHERE child.parent = @manifest AND child.role = 1
        """,
        row => new ImageBlob(Digest.Parse(row.GetString(0)), row.GetInt64(1)),
        ("@repository", manifest.Repository), ("@manifest", manifest.Digest.ToString()));

    /// <summary>The manifests of repositories that name a blob.</summary>
    /// <param name="connection">The database.</param>
    /// <param name="blob">Which.</param>
    /// <param name="project">Of this project only; null: of all.</param>
    public static List<ImageKey> Holders(DbConnection connection, Digest blob, string? project) => connection.Query(
        """
        SELECT DISTINCT link.repository, link.digest FROM manifest_child named JOIN repository_manifest link ON link.digest = named.parent
        WHERE named.digest = @blob AND named.role = 1 AND (@project IS NULL OR link.repository IN (SELECT id FROM repository WHERE project = @project))
        """,
        row => new ImageKey(row.GetInt64(0), Digest.Parse(row.GetString(1))),
        ("@blob", blob.ToString()), ("@project", project));

    /// <summary>The smallest sum of bytes of the blobs of a manifest of the repository that names the blob; null where none does.</summary>
    public static long? SmallestWith(DbConnection connection, long repository, Digest blob) =>
        connection.Scalar(
            """
            SELECT MIN(total) FROM (
                SELECT (SELECT SUM(size) FROM (SELECT DISTINCT child.digest, child.size FROM manifest_child child WHERE child.parent = named.parent AND child.role = 1)) AS total
                FROM manifest_child named JOIN repository_manifest link ON link.digest = named.parent AND link.repository = @repository
                WHERE named.digest = @blob AND named.role = 1)
            """,
            ("@repository", repository), ("@blob", blob.ToString())) is long total ? total : null;

    /// <summary>Notes when a manifest was pulled, for it and for the indexes of its repository that name it.</summary>
    public static void Pulled(DbConnection connection, ImageKey manifest, long at)
    {
        var all = new List<Digest> { manifest.Digest };
        for (var i = 0; i < all.Count; i++)
        {
            connection.Execute(
                "UPDATE repository_manifest SET pulled_at = @at WHERE repository = @repository AND digest = @digest AND pulled_at < @at",
                ("@at", at), ("@repository", manifest.Repository), ("@digest", all[i].ToString()));
            all.AddRange(Parents(connection, manifest with { Digest = all[i] }).Where(parent => !all.Contains(parent)));
        }
    }

    private static ImageRow Read(DbDataReader row) => new(new ImageKey(row.GetInt64(0), Digest.Parse(row.GetString(1))), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(2)), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(3)));
}
