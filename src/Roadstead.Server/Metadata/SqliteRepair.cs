using System.Data.Common;
using System.Globalization;
using Microsoft.Data.Sqlite;
using Roadstead.Oci;

namespace Roadstead.Server.Metadata;

/// <summary>What became of a damaged database.</summary>
/// <param name="Kept">The damaged file, which is kept.</param>
/// <param name="Manifests">Manifests that were read and hash to their digests.</param>
/// <param name="Tags">Tags whose manifests are among them.</param>
public sealed record RepairReport(string Kept, long Manifests, long Tags);

/// <summary>
/// Replaces a damaged SQLite file by a new one with all that can be read of it and is right. Pulls matter more than what was lost: upstream has it.
/// </summary>
/// <remarks>The damaged file stays as it is until the new one is whole, and beside it afterwards.</remarks>
internal static class SqliteRepair
{
    private const int Corrupt = 11; // SQLITE_CORRUPT
    private const int NotADatabase = 26; // SQLITE_NOTADB

    // In the order in which they can be filled. What manifests name is read from the manifests again.
    private static readonly string[] Tables =
        ["milestone", "endpoint", "project", "endpoint_number", "project_number", "retention", "node", "node_image", "repository", "tag", "blob", "repository_manifest", "repository_blob", "loose_blob", "asked_child", "referrers", "pin", "cluster", "cluster_pin"];

    private static readonly string[] OfRepositories = ["tag", "repository_manifest", "repository_blob", "loose_blob", "asked_child", "referrers", "pin"];
    private static readonly string[] Parts = ["", "-wal", "-shm", "-journal"];

    public static bool IsDamage(Exception exception) => exception is SqliteException { SqliteErrorCode: Corrupt or NotADatabase };

    /// <summary>Has the next start repair the database, for what was found while it is in use.</summary>
    /// <returns>True if that was not known yet.</returns>
    public static bool Mark(string path)
    {
        if (File.Exists(MarkOf(path)))
        {
            return false;
        }

        try
        {
            File.WriteAllText(MarkOf(path), "");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The disk that damaged it takes nothing more; the next start finds out by itself, or at the next read.
        }

        return true;
    }

    public static bool IsMarked(string path) => File.Exists(MarkOf(path));

    /// <summary>Makes the new database and puts it in the old one's place.</summary>
    /// <exception cref="DbException">The new one cannot be written.</exception>
    /// <exception cref="IOException">As above.</exception>
    public static RepairReport Run(string path, DateTimeOffset now)
    {
        var fresh = path + ".repairing";
        Delete(fresh);
        long manifests, tags;
        using (var target = Open(fresh))
        {
            Migrator.Migrate(target);
            target.Execute("PRAGMA synchronous=FULL; BEGIN");
            CopyAll(path, target);
            manifests = Count(target, "manifest");
            tags = Count(target, "tag");
            target.Execute("COMMIT");
        }

        var kept = $"{path}.damaged-{now.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture)}";
        foreach (var part in Parts.Where(part => File.Exists(path + part)))
        {
            File.Move(path + part, kept + part, overwrite: true);
        }

        File.Move(fresh, path);
        Blobs.DurableFile.SyncFolder(Path.GetDirectoryName(Path.GetFullPath(path))!);
        File.Delete(MarkOf(path));
        return new RepairReport(kept, manifests, tags);
    }

    private static void CopyAll(string path, DbConnection target)
    {
        try
        {
            using var source = Open(path);
            foreach (var table in Tables)
            {
                Copy(source, target, table);
            }

            ReadRows(source, "manifest", ["digest", "media_type", "bytes"], row => AddManifest(target, row));
        }
        catch (DbException)
        {
            // Not even its first page can be read.
        }

        // What lost the row that it belongs to says nothing any more.
        foreach (var table in OfRepositories)
        {
            target.Execute($"DELETE FROM {table} WHERE repository NOT IN (SELECT id FROM repository)");
        }

        target.Execute("DELETE FROM tag WHERE digest NOT IN (SELECT digest FROM manifest)");
        target.Execute("DELETE FROM repository_manifest WHERE digest NOT IN (SELECT digest FROM manifest)");
    }

    private static void Copy(DbConnection source, DbConnection target, string table)
    {
        var known = Columns(target, table);
        var columns = Columns(source, table).Where(known.Contains).ToArray();
        if (columns.Length == 0)
        {
            return;
        }

        var insert = $"INSERT INTO {table} ({string.Join(", ", columns)}) VALUES ({string.Join(", ", columns.Select((_, i) => $"@{i}"))}) ON CONFLICT DO NOTHING";
        ReadRows(source, table, columns, row =>
        {
            if (columns.Zip(row).All(cell => IsRight(cell.First, cell.Second)))
            {
                target.Execute(insert, [.. row.Select((value, i) => ($"@{i.ToString(CultureInfo.InvariantCulture)}", (object?)value))]);
            }
        });
    }

    private static bool IsRight(string column, object value) => column is not ("digest" or "parent" or "subject") || (value is string text && Digest.TryParse(text, out _));

    private static void AddManifest(DbConnection target, object[] row)
    {
        if (row is [string name, string mediaType, byte[] bytes]
            && Digest.TryParse(name, out var digest) && Digest.Of(bytes, digest.Algorithm) == digest
            && ManifestReader.Read(bytes, mediaType).Manifest is { } manifest)
        {
            ManifestTable.Add(target, digest, manifest, bytes);
        }
    }

    /// <summary>Reads a table from both ends up to what cannot be read.</summary>
    private static void ReadRows(DbConnection source, string table, IReadOnlyList<string> columns, Action<object[]> take)
    {
        var last = long.MinValue;
        if (!TryReadRows(source, table, columns, "ASC", id => last = id, take))
        {
            TryReadRows(source, table, columns, $"DESC", _ => { }, take, after: last);
        }
    }

    /// <returns>True if the end was reached.</returns>
    private static bool TryReadRows(
        DbConnection source, string table, IReadOnlyList<string> columns, string order, Action<long> reached, Action<object[]> take, long after = long.MinValue)
    {
        try
        {
            using var command = source.CreateCommand();
#pragma warning disable CA2100 // Names of this class and of the schema.
            command.CommandText = $"SELECT rowid, {string.Join(", ", columns)} FROM {table} NOT INDEXED WHERE rowid > {after.ToString(CultureInfo.InvariantCulture)} ORDER BY rowid {order}";
#pragma warning restore CA2100
            using var rows = command.ExecuteReader();
            while (rows.Read())
            {
                var cells = new object[columns.Count];
                for (var i = 0; i < cells.Length; i++)
                {
                    cells[i] = rows.GetValue(i + 1);
                }

                reached(rows.GetInt64(0));
                take(cells);
            }

            return true;
        }
        catch (SqliteException exception) when (IsDamage(exception))
        {
            return false;
        }
    }

    private static List<string> Columns(DbConnection connection, string table) => connection.Query($"PRAGMA table_info({table})", row => row.GetString(1));

    private static long Count(DbConnection connection, string table) => Convert.ToInt64(connection.Scalar($"SELECT COUNT(*) FROM {table}"), CultureInfo.InvariantCulture);

    private static SqliteConnection Open(string path)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        connection.Open();
        return connection;
    }

    private static void Delete(string path)
    {
        foreach (var part in Parts)
        {
            File.Delete(path + part);
        }
    }

    private static string MarkOf(string path) => path + ".damaged";
}
