using System.Data.Common;

namespace Roadstead.Server.Metadata;

/// <summary>What is never evicted.</summary>
internal static class PinTable
{
    public static void Add(DbConnection connection, long repository, string reference, DateTimeOffset at) => connection.Execute(
        "INSERT INTO pin (repository, reference, made_at) VALUES (@repository, @reference, @at) ON CONFLICT DO NOTHING",
        ("@repository", repository), ("@reference", reference), ("@at", at.ToUnixTimeMilliseconds()));

    /// <returns>False if it was not pinned.</returns>
    public static bool Remove(DbConnection connection, long repository, string reference) => connection.Execute(
        "DELETE FROM pin WHERE repository = @repository AND reference = @reference", ("@repository", repository), ("@reference", reference)) > 0;

    /// <summary>Ends all pins of a project's.</summary>
    public static void RemoveOf(DbConnection connection, string project) => connection.Execute(
        "DELETE FROM pin WHERE repository IN (SELECT id FROM repository WHERE project = @project)", ("@project", project));

    /// <summary>True if a manifest is pinned by its digest or by a tag that names it, or a cluster uses it so.</summary>
    public static bool IsPinned(DbConnection connection, ImageKey manifest) => connection.Exists(
        """
        SELECT 1 FROM pin WHERE repository = @repository AND (
            reference = @digest OR reference IN (SELECT name FROM tag WHERE repository = @repository AND digest = @digest))
        UNION ALL
        SELECT 1 FROM repository JOIN cluster_pin used ON used.registry = repository.registry AND used.repository = repository.name
        WHERE repository.id = @repository AND (
            used.reference = @digest OR used.reference IN (SELECT name FROM tag WHERE repository = @repository AND digest = @digest))
        LIMIT 1
        """,
        ("@repository", manifest.Repository), ("@digest", manifest.Digest.ToString()));
}
