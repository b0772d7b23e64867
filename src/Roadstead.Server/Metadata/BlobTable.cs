using System.Data.Common;
using System.Globalization;
using Roadstead.Oci;

namespace Roadstead.Server.Metadata;

/// <summary>A blob and when its bytes were last found right.</summary>
internal sealed record UncheckedBlob(Digest Digest, DateTimeOffset CheckedAt);

internal static class BlobTable
{
    /// <summary>The size in bytes of a blob that the store holds; null where it holds none.</summary>
    public static long? Size(DbConnection connection, Digest digest) =>
        connection.Scalar("SELECT size FROM blob WHERE digest = @digest", ("@digest", digest.ToString())) is { } size
            ? Convert.ToInt64(size, CultureInfo.InvariantCulture)
            : null;

    /// <summary>Adds a blob whose bytes were found right at <paramref name="checkedAt"/>; null where they were not looked at.</summary>
    public static void Add(DbConnection connection, Digest digest, long size, DateTimeOffset? checkedAt) => connection.Execute(
        "INSERT INTO blob (digest, size, checked_at) VALUES (@digest, @size, @checkedAt) ON CONFLICT DO NOTHING",
        ("@digest", digest.ToString()), ("@size", size), ("@checkedAt", checkedAt?.ToUnixTimeMilliseconds() ?? 0));

    public static void Checked(DbConnection connection, Digest digest, DateTimeOffset at) => connection.Execute(
        "UPDATE blob SET checked_at = @at WHERE digest = @digest", ("@at", at.ToUnixTimeMilliseconds()), ("@digest", digest.ToString()));

    /// <summary>The blob whose bytes were not looked at for the longest time, after so many others; null where there is none.</summary>
    public static UncheckedBlob? LongestUnchecked(DbConnection connection, int passedOver) => connection.Query(
        "SELECT digest, checked_at FROM blob ORDER BY checked_at LIMIT 1 OFFSET @passedOver",
        row => new UncheckedBlob(Digest.Parse(row.GetString(0)), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(1))),
        ("@passedOver", passedOver)).FirstOrDefault();

    /// <summary>Bytes of all blobs that are held.</summary>
    public static long TotalSize(DbConnection connection) =>
        Convert.ToInt64(connection.Scalar("SELECT COALESCE(SUM(size), 0) FROM blob"), CultureInfo.InvariantCulture);

    public static void Remove(DbConnection connection, Digest digest) =>
        connection.Execute("DELETE FROM blob WHERE digest = @digest", ("@digest", digest.ToString()));
}
