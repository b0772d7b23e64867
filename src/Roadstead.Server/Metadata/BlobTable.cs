using System.Data.Common;
using System.Globalization;
using Roadstead.Oci;

namespace Roadstead.Server.Metadata;

internal static class BlobTable
{
    /// <summary>The size in bytes of a blob that the store holds; null where it holds none.</summary>
    public static long? Size(DbConnection connection, Digest digest) =>
        connection.Scalar("SELECT size FROM blob WHERE digest = @digest", ("@digest", digest.ToString())) is { } size
            ? Convert.ToInt64(size, CultureInfo.InvariantCulture)
            : null;

    public static void Add(DbConnection connection, Digest digest, long size) => connection.Execute(
        "INSERT INTO blob (digest, size) VALUES (@digest, @size) ON CONFLICT DO NOTHING", ("@digest", digest.ToString()), ("@size", size));

    public static void Remove(DbConnection connection, Digest digest) =>
        connection.Execute("DELETE FROM blob WHERE digest = @digest", ("@digest", digest.ToString()));
}
