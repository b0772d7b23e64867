using System.Data.Common;
using Roadstead.Oci;

namespace Roadstead.Server.Metadata;

/// <summary>A manifest's bytes as they came, and the type to serve them as.</summary>
internal sealed record ManifestRow(string MediaType, byte[] Bytes);

internal static class ManifestTable
{
    public static ManifestRow? Find(DbConnection connection, Digest digest) => connection.Query(
        "SELECT media_type, bytes FROM manifest WHERE digest = @digest",
        row => new ManifestRow(row.GetString(0), row.GetFieldValue<byte[]>(1)),
        ("@digest", digest.ToString())).FirstOrDefault();

    public static bool Exists(DbConnection connection, Digest digest) =>
        connection.Exists("SELECT 1 FROM manifest WHERE digest = @digest", ("@digest", digest.ToString()));

    public static void Add(DbConnection connection, Digest digest, Manifest manifest, byte[] bytes)
    {
        var added = connection.Execute(
            "INSERT INTO manifest (digest, media_type, bytes) VALUES (@digest, @mediaType, @bytes) ON CONFLICT DO NOTHING",
            ("@digest", digest.ToString()), ("@mediaType", manifest.MediaType), ("@bytes", bytes));
        if (added == 0)
        {
            return;
        }

        for (var position = 0; position < manifest.Children.Count; position++)
        {
            var (role, child) = manifest.Children[position];
            connection.Execute(
                """
                INSERT INTO manifest_child (parent, position, digest, media_type, size, role, platform)
                VALUES (@parent, @position, @digest, @mediaType, @size, @role, @platform)
                """,
                ("@parent", digest.ToString()), ("@position", position), ("@digest", child.Digest.ToString()), ("@mediaType", child.MediaType),
                ("@size", child.Size), ("@role", (int)role), ("@platform", child.Platform?.ToString()));
        }
    }

    /// <summary>Forgets a manifest whose bytes are not what they were.</summary>
    public static void Remove(DbConnection connection, Digest digest)
    {
        connection.Execute("DELETE FROM manifest WHERE digest = @digest", ("@digest", digest.ToString()));
        connection.Execute("DELETE FROM manifest_child WHERE parent = @digest", ("@digest", digest.ToString()));
    }

    public static List<ManifestChild> Children(DbConnection connection, Digest parent) => connection.Query(
        "SELECT digest, media_type, size, role, platform FROM manifest_child WHERE parent = @parent ORDER BY position",
        row => new ManifestChild(
            (ChildRole)row.GetInt32(3),
            new Descriptor(row.GetString(1), Digest.Parse(row.GetString(0)), row.GetInt64(2), row.IsDBNull(4) ? null : ReadPlatform(row.GetString(4)))),
        ("@parent", parent.ToString()));

    /// <summary>The size in bytes that the repository's own manifests give for a blob; null where none names it, or they contradict each other.</summary>
    /// <remarks>Manifests of other repositories have no say: whoever pushes one of these could make a layer that everyone shares unobtainable.</remarks>
    public static long? BlobSize(DbConnection connection, long repository, Digest digest) => connection.Query(
        """
        SELECT DISTINCT child.size FROM manifest_child child
        JOIN repository_manifest link ON link.digest = child.parent AND link.repository = @repository
        WHERE child.digest = @digest AND child.role = @role LIMIT 2
        """,
        row => row.GetInt64(0),
        ("@repository", repository), ("@digest", digest.ToString()), ("@role", (int)ChildRole.Blob)) is [var size] ? size : null;

    /// <summary>Notes that a client asked for a child of each index of the repository that names it.</summary>
    public static void Ask(DbConnection connection, long repository, Digest child) => connection.Execute(
        """
        INSERT INTO asked_child (repository, parent, digest)
        SELECT link.repository, child.parent, child.digest FROM manifest_child child
        JOIN repository_manifest link ON link.digest = child.parent AND link.repository = @repository
        WHERE child.digest = @digest AND child.role = @role
        ON CONFLICT DO NOTHING
        """,
        ("@repository", repository), ("@digest", child.ToString()), ("@role", (int)ChildRole.Manifest));

    /// <summary>True if the repository has an index that names the child and of which no client was known to ask for it.</summary>
    public static bool IsUnasked(DbConnection connection, long repository, Digest child) => connection.Exists(
        """
        SELECT 1 FROM manifest_child child
        JOIN repository_manifest link ON link.digest = child.parent AND link.repository = @repository
        WHERE child.digest = @digest AND child.role = @role AND NOT EXISTS (
            SELECT 1 FROM asked_child asked WHERE asked.repository = @repository AND asked.parent = child.parent AND asked.digest = child.digest)
        """,
        ("@repository", repository), ("@digest", child.ToString()), ("@role", (int)ChildRole.Manifest));

    /// <summary>The children of an index that clients asked for in the repository.</summary>
    public static HashSet<Digest> AskedOf(DbConnection connection, long repository, Digest index) =>
    [
        .. connection.Query(
            "SELECT digest FROM asked_child WHERE repository = @repository AND parent = @parent",
            row => Digest.Parse(row.GetString(0)),
            ("@repository", repository), ("@parent", index.ToString())),
    ];

    /// <summary>The platforms that clients asked for of any index of the repository.</summary>
    public static List<Platform> AskedPlatforms(DbConnection connection, long repository) =>
    [
        .. connection.Query(
            """
            SELECT DISTINCT child.platform FROM asked_child asked
            JOIN manifest_child child ON child.parent = asked.parent AND child.digest = asked.digest
            WHERE asked.repository = @repository AND child.platform IS NOT NULL
            """,
            row => ReadPlatform(row.GetString(0)),
            ("@repository", repository)).OfType<Platform>().Where(platform => !platform.IsUnknown),
    ];

    // Manifests may hold any text there; what is no platform matches none.
    private static Platform? ReadPlatform(string text) =>
        text.Split('/') is { Length: 2 or 3 } parts && parts.All(part => part.Length > 0) ? new Platform(parts[0], parts[1], parts.ElementAtOrDefault(2)) : null;
}
