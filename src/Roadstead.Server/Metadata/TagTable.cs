using System.Data.Common;
using Roadstead.Oci;

namespace Roadstead.Server.Metadata;

/// <summary>What a tag named when upstream was last asked.</summary>
/// <param name="Digest">The manifest.</param>
/// <param name="CheckedAt">When upstream last said so.</param>
internal sealed record TagRow(Digest Digest, DateTimeOffset CheckedAt);

internal static class TagTable
{
    public static TagRow? Find(DbConnection connection, long repository, string tag) => connection.Query(
        "SELECT digest, checked_at FROM tag WHERE repository = @repository AND name = @name",
        row => new TagRow(Digest.Parse(row.GetString(0)), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(1))),
        ("@repository", repository), ("@name", tag)).FirstOrDefault();

    /// <summary>At most <paramref name="count"/> of the repository's tags in ordinal order.</summary>
    /// <param name="connection">The database.</param>
    /// <param name="repository">The repository's row.</param>
    /// <param name="within">Only tags of which upstream said so within this time; null for all.</param>
    /// <param name="now">The end of that time.</param>
    /// <param name="after">Only tags after this one; empty for the first.</param>
    /// <param name="count">How many.</param>
    public static List<string> Names(DbConnection connection, long repository, TimeSpan? within, DateTimeOffset now, string after, int count) => connection.Query(
        "SELECT name FROM tag WHERE repository = @repository AND checked_at > @since AND name > @after ORDER BY name LIMIT @count",
        row => row.GetString(0),
        ("@repository", repository), ("@since", within is { } time ? now.ToUnixTimeMilliseconds() - (long)time.TotalMilliseconds : long.MinValue), ("@after", after), ("@count", count));

    /// <summary>The tags that name a manifest in its repository, in ordinal order.</summary>
    public static List<string> Of(DbConnection connection, ImageKey manifest) => connection.Query(
        "SELECT name FROM tag WHERE repository = @repository AND digest = @digest ORDER BY name",
        row => row.GetString(0),
        ("@repository", manifest.Repository), ("@digest", manifest.Digest.ToString()));

    public static void Set(DbConnection connection, long repository, string tag, TagRow row)
    {
        ArgumentNullException.ThrowIfNull(row);
        connection.Execute(
            """
            INSERT INTO tag (repository, name, digest, checked_at) VALUES (@repository, @name, @digest, @checkedAt)
            ON CONFLICT (repository, name) DO UPDATE SET digest = excluded.digest, checked_at = excluded.checked_at
            """,
            ("@repository", repository), ("@name", tag), ("@digest", row.Digest.ToString()), ("@checkedAt", row.CheckedAt.ToUnixTimeMilliseconds()));
    }
}
