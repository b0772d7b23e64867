using System.Data.Common;
using Roadstead.Oci;

namespace Roadstead.Server.Metadata;

/// <summary>Blobs that no manifest of a repository names, and since when that is known.</summary>
internal static class StrayTable
{
    private const string IsNamed = """
        EXISTS (SELECT 1 FROM manifest_child child JOIN repository_manifest link ON link.digest = child.parent WHERE child.digest = blob.digest AND child.role = 1)
        """;

    /// <summary>Strays among the rows of blobs, in the order of their digests.</summary>
    /// <param name="connection">The database.</param>
    /// <param name="after">Only digests after this one; empty for the first.</param>
    /// <param name="rows">How many rows to look at.</param>
    /// <returns>The strays, and the last row that was looked at; null at the end.</returns>
    public static (List<Digest> Strays, string? Last) Find(DbConnection connection, string after, int rows)
    {
        var last = connection.Scalar("SELECT MAX(digest) FROM (SELECT digest FROM blob WHERE digest > @after ORDER BY digest LIMIT @rows)", ("@after", after), ("@rows", rows)) as string;
        return last is null ? ([], null) : (connection.Query(
            $"SELECT digest FROM blob WHERE digest > @after AND digest <= @last AND NOT {IsNamed} ORDER BY digest",
            row => Digest.Parse(row.GetString(0)),
            ("@after", after), ("@last", last)), last);
    }

    /// <summary>True of a blob that no manifest of a repository names.</summary>
    public static bool IsStray(DbConnection connection, Digest blob) => !connection.Exists(
        "SELECT 1 FROM manifest_child child JOIN repository_manifest link ON link.digest = child.parent WHERE child.digest = @digest AND child.role = 1",
        ("@digest", blob.ToString()));

    /// <summary>Notes that a blob was seen to be a stray, unless that is known.</summary>
    public static void Note(DbConnection connection, Digest blob, DateTimeOffset at) =>
        connection.Execute("INSERT INTO stray_blob (digest, seen_at) VALUES (@digest, @at) ON CONFLICT DO NOTHING", ("@digest", blob.ToString()), ("@at", at.ToUnixTimeMilliseconds()));

    /// <summary>When it was first seen to be one, in milliseconds since 1970; null if it never was.</summary>
    public static long? SeenAt(DbConnection connection, Digest blob) => connection.Scalar("SELECT seen_at FROM stray_blob WHERE digest = @digest", ("@digest", blob.ToString())) as long?;

    public static void Forget(DbConnection connection, Digest blob) => connection.Execute("DELETE FROM stray_blob WHERE digest = @digest", ("@digest", blob.ToString()));

    /// <summary>Forgets what was noted of blobs that a manifest names again.</summary>
    public static void ForgetNamed(DbConnection connection) => connection.Execute(
        "DELETE FROM stray_blob WHERE digest IN (SELECT child.digest FROM stray_blob blob JOIN manifest_child child ON child.digest = blob.digest AND child.role = 1 JOIN repository_manifest link ON link.digest = child.parent)");

    /// <summary>Removes a blob's row, and what repositories were known to have it.</summary>
    public static void Remove(DbConnection connection, Digest blob)
    {
        connection.Execute("DELETE FROM repository_blob WHERE digest = @digest", ("@digest", blob.ToString()));
        BlobTable.Remove(connection, blob);
        LooseBlobTable.Forget(connection, blob);
        Forget(connection, blob);
    }
}
