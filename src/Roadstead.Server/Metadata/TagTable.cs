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
        row => Read(row, 0),
        ("@repository", repository), ("@name", tag)).FirstOrDefault();

    /// <summary>At most <paramref name="count"/> of the repository's tags in ordinal order.</summary>
    /// <param name="connection">The database.</param>
    /// <param name="repository">The repository's row.</param>
    /// <param name="after">Only tags after this one; empty for the first.</param>
    /// <param name="count">How many.</param>
    /// <param name="isShown">Which of them count.</param>
    public static List<string> Names(DbConnection connection, long repository, string after, int count, Func<string, TagRow, bool> isShown)
    {
        var names = new List<string>();
        while (true)
        {
            var page = connection.Query(
                "SELECT name, digest, checked_at FROM tag WHERE repository = @repository AND name > @after ORDER BY name LIMIT @count",
                row => (Name: row.GetString(0), Row: Read(row, 1)),
                ("@repository", repository), ("@after", after), ("@count", count));
            names.AddRange(page.Where(tag => isShown(tag.Name, tag.Row)).Select(tag => tag.Name).Take(count - names.Count));
            if (page.Count < count || names.Count == count)
            {
                return names;
            }

            after = page[^1].Name;
        }
    }

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

    private static TagRow Read(DbDataReader row, int first) => new(Digest.Parse(row.GetString(first)), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(first + 1)));
}
