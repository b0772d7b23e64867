using System.Security.Cryptography;
using Microsoft.Data.Sqlite;
using Roadstead.Testing;

namespace Roadstead.Server.Tests;

/// <summary>What must hold of a data folder at any moment, whatever became of the server.</summary>
internal static class StoreCheck
{
    /// <summary>Every file under its name hashes to it, whether or not a row knows of it; every row of the database is true.</summary>
    public static void AssertRight(string storage)
    {
        AssertFiles(storage);
        AssertRows(storage);
    }

    public static void AssertFiles(string storage)
    {
        foreach (var file in Directory.EnumerateFiles(Path.Combine(storage, "blobs"), "*", SearchOption.AllDirectories))
        {
            using var stream = File.OpenRead(file);
            Assert.Equal(Path.GetFileName(file), Convert.ToHexStringLower(SHA256.HashData(stream)));
        }
    }

    public static void AssertRows(string storage)
    {
        // A copy: SQLite follows links, and the folder may be seen through /proc/<process>/root, which is one.
        using var copy = new TemporaryFolder("store-check");
        foreach (var file in Directory.EnumerateFiles(storage, "roadstead.db*"))
        {
            File.Copy(file, copy[Path.GetFileName(file)]);
        }

        using var connection = new SqliteConnection($"Data Source={copy["roadstead.db"]};Mode=ReadWrite;Pooling=False");
        connection.Open();
        using var check = connection.CreateCommand();
        check.CommandText = "PRAGMA integrity_check";
        Assert.Equal("ok", check.ExecuteScalar());
        foreach (var (digest, size) in Query(connection, "SELECT digest, size FROM blob", row => (row.GetString(0), row.GetInt64(1))))
        {
            Assert.Equal(size, new FileInfo(BlobFile(storage, digest)).Length);
        }

        foreach (var (digest, bytes) in Query(connection, "SELECT digest, bytes FROM manifest", row => (row.GetString(0), row.GetFieldValue<byte[]>(1))))
        {
            Assert.Equal(digest, "sha256:" + Convert.ToHexStringLower(SHA256.HashData(bytes)));
        }

        Assert.Empty(Query(connection, "SELECT t.digest FROM tag t LEFT JOIN manifest m ON m.digest = t.digest WHERE m.digest IS NULL", row => row.GetString(0)));
    }

    public static string BlobFile(string storage, string digest) => Path.Combine(storage, "blobs", "sha256", digest[7..9], digest[7..]);

    private static List<T> Query<T>(SqliteConnection connection, string sql, Func<SqliteDataReader, T> read)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Literals of this class.
        command.CommandText = sql;
#pragma warning restore CA2100
        using var reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read())
        {
            rows.Add(read(reader));
        }

        return rows;
    }
}
