using System.Data.Common;

namespace Roadstead.Server.Metadata;

/// <summary>A tag or a digest of a registry's repository, as a cluster uses it.</summary>
internal readonly record struct UsedReference(string Registry, string Repository, string Reference);

/// <summary>What clusters use, which is never evicted; and for a time what they used.</summary>
internal static class ClusterPinTable
{
    /// <summary>Has the pins of a cluster be those of what it uses now, and of what it has not been without for too long.</summary>
    /// <param name="connection">Within a write.</param>
    /// <param name="cluster">The cluster.</param>
    /// <param name="used">All that it uses now.</param>
    /// <param name="passed">The time since it was last known what it uses.</param>
    /// <param name="grace">How long its inventories must have been without something until the pin of that ends.</param>
    public static void Keep(DbConnection connection, string cluster, IReadOnlySet<UsedReference> used, TimeSpan passed, TimeSpan grace)
    {
        var known = Of(connection, cluster);
        foreach (var reference in used.Where(reference => !known.TryGetValue(reference, out var unused) || unused is not null))
        {
            Set(connection, cluster, reference, null);
        }

        foreach (var (reference, unused) in known.Where(pin => !used.Contains(pin.Key)))
        {
            // Counted from the first inventory without it on.
            var total = unused is { } before ? before + passed : TimeSpan.Zero;
            if (total >= grace)
            {
                connection.Execute(
                    "DELETE FROM cluster_pin WHERE cluster = @cluster AND registry = @registry AND repository = @repository AND reference = @reference",
                    ("@cluster", cluster), ("@registry", reference.Registry), ("@repository", reference.Repository), ("@reference", reference.Reference));
            }
            else
            {
                Set(connection, cluster, reference, total);
            }
        }
    }

    /// <summary>Has what a tag named until now stay for the time of grace, where a cluster uses the tag and it is about to name something else: that may still run.</summary>
    public static void Moves(DbConnection connection, long repository, string tag, string digest) => connection.Execute(
        """
        INSERT INTO cluster_pin (cluster, registry, repository, reference, unused_for)
        SELECT used.cluster, used.registry, used.repository, tag.digest, 0 FROM tag
        JOIN repository ON repository.id = tag.repository
        JOIN cluster_pin used ON used.registry = repository.registry AND used.repository = repository.name AND used.reference = tag.name
        WHERE tag.repository = @repository AND tag.name = @tag AND tag.digest <> @digest
        ON CONFLICT DO NOTHING
        """,
        ("@repository", repository), ("@tag", tag), ("@digest", digest));

    /// <summary>Ends all pins of a cluster.</summary>
    public static void Remove(DbConnection connection, string cluster) => connection.Execute("DELETE FROM cluster_pin WHERE cluster = @cluster", ("@cluster", cluster));

    /// <summary>The clusters that use a manifest by its digest or by a tag that names it, or used it lately; in ordinal order.</summary>
    public static List<string> UsersOf(DbConnection connection, ImageKey manifest) => connection.Query(
        """
        SELECT DISTINCT used.cluster FROM repository JOIN cluster_pin used ON used.registry = repository.registry AND used.repository = repository.name
        WHERE repository.id = @repository AND (
            used.reference = @digest OR used.reference IN (SELECT name FROM tag WHERE repository = @repository AND digest = @digest))
        ORDER BY used.cluster
        """,
        row => row.GetString(0),
        ("@repository", manifest.Repository), ("@digest", manifest.Digest.ToString()));

    private static Dictionary<UsedReference, TimeSpan?> Of(DbConnection connection, string cluster) => connection.Query(
        "SELECT registry, repository, reference, unused_for FROM cluster_pin WHERE cluster = @cluster",
        row => (Reference: new UsedReference(row.GetString(0), row.GetString(1), row.GetString(2)), Unused: row.IsDBNull(3) ? (TimeSpan?)null : TimeSpan.FromMilliseconds(row.GetInt64(3))),
        ("@cluster", cluster)).ToDictionary(row => row.Reference, row => row.Unused);

    private static void Set(DbConnection connection, string cluster, UsedReference reference, TimeSpan? unused) => connection.Execute(
        """
        INSERT INTO cluster_pin (cluster, registry, repository, reference, unused_for) VALUES (@cluster, @registry, @repository, @reference, @unused)
        ON CONFLICT (cluster, registry, repository, reference) DO UPDATE SET unused_for = excluded.unused_for
        """,
        ("@cluster", cluster), ("@registry", reference.Registry), ("@repository", reference.Repository), ("@reference", reference.Reference), ("@unused", (long?)unused?.TotalMilliseconds));
}
