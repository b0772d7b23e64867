using System.Data.Common;
using Roadstead.Oci;

namespace Roadstead.Server.Metadata;

/// <summary>A blob of a repository that no manifest there named.</summary>
/// <param name="Repository">The repository's row; <see cref="LooseBlobTable.NoRepository"/> where it has none any more.</param>
/// <param name="Digest">The blob.</param>
/// <param name="SeenAt">Since when that is known, in milliseconds since 1970.</param>
internal sealed record LooseBlob(long Repository, Digest Digest, long SeenAt);

/// <summary>Blobs that belong to no image of their repository: asked for by digest alone, or in use when their image went. What names them again is found out when they are looked at.</summary>
internal static class LooseBlobTable
{
    public const long NoRepository = 0;

    private const string AllNoted = "loose-blobs-noted";

    /// <summary>Notes that a blob belongs to no image of a repository, unless that is known.</summary>
    public static void Note(DbConnection connection, long repository, Digest blob, DateTimeOffset at)
    {
        connection.Execute(
            "INSERT INTO loose_blob (repository, digest, seen_at) VALUES (@repository, @digest, @at) ON CONFLICT DO NOTHING",
            ("@repository", repository), ("@digest", blob.ToString()), ("@at", at.ToUnixTimeMilliseconds()));
        if (StrayTable.IsStray(connection, blob))
        {
            StrayTable.Note(connection, blob, at);
        }
    }

    /// <summary>Those that have been loose for the longest time first, but for what a manifest has come to name since: one of the project, or of the store.</summary>
    /// <param name="connection">The database.</param>
    /// <param name="project">Of this project only; null: of all.</param>
    /// <param name="after">Those after this one; null: from the first.</param>
    /// <param name="count">How many at most.</param>
    public static List<LooseBlob> Find(DbConnection connection, string? project, LooseBlob? after, int count) => connection.Query(
        """
        SELECT repository, digest, seen_at FROM loose_blob
        WHERE (seen_at, repository, digest) > (@at, @repository, @digest)
        AND (@project IS NULL OR repository IN (SELECT id FROM repository WHERE project = @project))
        AND NOT EXISTS (
            SELECT 1 FROM manifest_child child JOIN repository_manifest link ON link.digest = child.parent
            WHERE child.digest = loose_blob.digest AND child.role = 1 AND (@project IS NULL OR link.repository IN (SELECT id FROM repository WHERE project = @project)))
        ORDER BY seen_at, repository, digest LIMIT @count
        """,
        row => new LooseBlob(row.GetInt64(0), Digest.Parse(row.GetString(1)), row.GetInt64(2)),
        ("@at", after?.SeenAt ?? long.MinValue), ("@repository", after?.Repository ?? 0), ("@digest", after?.Digest.ToString() ?? ""), ("@project", project), ("@count", count));

    /// <summary>True once those from before they were noted are.</summary>
    public static bool AreAllNoted(DbConnection connection) => connection.Exists("SELECT 1 FROM milestone WHERE name = @name", ("@name", AllNoted));

    public static void NotedAll(DbConnection connection, DateTimeOffset at) =>
        connection.Execute("INSERT INTO milestone (name, at) VALUES (@name, @at) ON CONFLICT DO NOTHING", ("@name", AllNoted), ("@at", at.ToUnixTimeMilliseconds()));

    /// <summary>Those among blobs in a range of digests, whether they are noted or not.</summary>
    /// <param name="connection">The database.</param>
    /// <param name="after">Digests after this one.</param>
    /// <param name="last">And up to this one.</param>
    public static List<(long Repository, Digest Digest)> Among(DbConnection connection, string after, string last) => connection.Query(
        """
        SELECT link.repository, link.digest FROM repository_blob link WHERE link.digest > @after AND link.digest <= @last AND NOT EXISTS (
            SELECT 1 FROM manifest_child child JOIN repository_manifest parent ON parent.digest = child.parent AND parent.repository = link.repository
            WHERE child.digest = link.digest AND child.role = 1)
        """,
        row => (row.GetInt64(0), Digest.Parse(row.GetString(1))),
        ("@after", after), ("@last", last));

    public static void Forget(DbConnection connection, LooseBlob blob) => connection.Execute(
        "DELETE FROM loose_blob WHERE repository = @repository AND digest = @digest", ("@repository", blob.Repository), ("@digest", blob.Digest.ToString()));

    /// <summary>Forgets a blob that is held no more.</summary>
    public static void Forget(DbConnection connection, Digest blob) => connection.Execute("DELETE FROM loose_blob WHERE digest = @digest", ("@digest", blob.ToString()));

    /// <summary>Forgets what manifests name again.</summary>
    public static void ForgetNamed(DbConnection connection) => connection.Execute(
        """
        DELETE FROM loose_blob WHERE EXISTS (
            SELECT 1 FROM manifest_child child JOIN repository_manifest link ON link.digest = child.parent AND link.repository = loose_blob.repository
            WHERE child.digest = loose_blob.digest AND child.role = 1)
        """);
}
