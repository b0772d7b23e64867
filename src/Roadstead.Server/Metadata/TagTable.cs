using System.Data.Common;
using Roadstead.Oci;

namespace Roadstead.Server.Metadata;

/// <summary>What a tag named when upstream was last asked.</summary>
/// <param name="Digest">The manifest.</param>
/// <param name="CheckedAt">When upstream last said so.</param>
/// <param name="GoneSince">Since when upstream is known to have the tag no more; null: as far as is known, it has it.</param>
internal sealed record TagRow(Digest Digest, DateTimeOffset CheckedAt, DateTimeOffset? GoneSince = null);

/// <summary>A tag that upstream has no more, and since when that is known.</summary>
internal sealed record GoneTag(string Name, DateTimeOffset Since);

internal static class TagTable
{
    public static TagRow? Find(DbConnection connection, long repository, string tag) => connection.Query(
        "SELECT digest, checked_at, gone_since FROM tag WHERE repository = @repository AND name = @name",
        row => Read(row, 0),
        ("@repository", repository), ("@name", tag)).FirstOrDefault();

    /// <summary>What a tag named before it moved; null: it never did, as far as is known.</summary>
    public static Digest? Former(DbConnection connection, long repository, string tag) => connection.Query(
        "SELECT former FROM tag WHERE repository = @repository AND name = @name AND former IS NOT NULL",
        row => (Digest?)Digest.Parse(row.GetString(0)),
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
                "SELECT name, digest, checked_at, gone_since FROM tag WHERE repository = @repository AND name > @after ORDER BY name LIMIT @count",
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
        ClusterPinTable.Moves(connection, repository, tag, row.Digest.ToString());
        connection.Execute(
            """
            INSERT INTO tag (repository, name, digest, checked_at, gone_since) VALUES (@repository, @name, @digest, @checkedAt, @goneSince)
            ON CONFLICT (repository, name) DO UPDATE SET
                former = CASE WHEN tag.digest = excluded.digest THEN tag.former ELSE tag.digest END, digest = excluded.digest, checked_at = excluded.checked_at, gone_since = excluded.gone_since
            """,
            ("@repository", repository), ("@name", tag), ("@digest", row.Digest.ToString()), ("@checkedAt", row.CheckedAt.ToUnixTimeMilliseconds()), ("@goneSince", row.GoneSince?.ToUnixTimeMilliseconds()));
    }

    /// <summary>Notes that upstream has a tag no more, unless it names another manifest by now.</summary>
    public static void SetGone(DbConnection connection, long repository, string tag, Digest digest, DateTimeOffset since) => connection.Execute(
        "UPDATE tag SET gone_since = @since WHERE repository = @repository AND name = @name AND digest = @digest AND gone_since IS NULL",
        ("@repository", repository), ("@name", tag), ("@digest", digest.ToString()), ("@since", since.ToUnixTimeMilliseconds()));

    /// <summary>Those of <see cref="Of"/> that upstream has no more.</summary>
    public static List<GoneTag> GoneOf(DbConnection connection, ImageKey manifest) => connection.Query(
        "SELECT name, gone_since FROM tag WHERE repository = @repository AND digest = @digest AND gone_since IS NOT NULL ORDER BY name",
        row => new GoneTag(row.GetString(0), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(1))),
        ("@repository", manifest.Repository), ("@digest", manifest.Digest.ToString()));

    /// <summary>The manifests that tags name which upstream has no more.</summary>
    /// <param name="connection">The database.</param>
    /// <param name="project">Of this project only; null: of all.</param>
    /// <param name="repository">Of this repository only; null: of all.</param>
    public static List<ImageKey> Gone(DbConnection connection, string? project, string? repository) => connection.Query(
        """
        SELECT DISTINCT tag.repository, tag.digest FROM tag JOIN repository ON repository.id = tag.repository
        WHERE tag.gone_since IS NOT NULL AND (@project IS NULL OR repository.project = @project) AND (@name IS NULL OR repository.name = @name)
        """,
        row => new ImageKey(row.GetInt64(0), Digest.Parse(row.GetString(1))),
        ("@project", project), ("@name", repository));

    private static TagRow Read(DbDataReader row, int first) => new(
        Digest.Parse(row.GetString(first)),
        DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(first + 1)),
        row.IsDBNull(first + 2) ? null : DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(first + 2)));
}
