using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace Roadstead.Server.Metadata;

/// <summary>Makes the SQLite file of a data folder ready for use.</summary>
internal static class DatabaseFile
{
    /// <summary>Creates it, brings it to this release's tables, or replaces it where it is damaged.</summary>
    /// <returns>Why it cannot be used, and what was repaired; both null where all was well.</returns>
    public static (string? Fault, RepairReport? Repaired) Open(string path, TimeProvider clock)
    {
        try
        {
            if (!SqliteRepair.IsMarked(path))
            {
                return (Migrate(path), null);
            }
        }
        catch (DbException exception) when (!SqliteRepair.IsDamage(exception))
        {
            return ($"the database cannot be opened: {exception.Message}", null);
        }
        catch (DbException)
        {
            // Damaged: replaced below.
        }

        Console.Error.WriteLine($"roadstead-server: {path} is damaged; a new database is made of what can be read of it.");
        try
        {
            return (null, SqliteRepair.Run(path, clock.GetUtcNow()));
        }
        catch (Exception exception) when (exception is DbException or IOException or UnauthorizedAccessException)
        {
            return ($"the database is damaged and cannot be replaced: {exception.Message} Make room on the disk, or move the file away to start with an empty one; blobs stay.", null);
        }
    }

    private static string? Migrate(string path)
    {
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, DefaultTimeout = 10 }.ToString());
        connection.Open();
        connection.Execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;");
        if (Migrator.Migrate(connection) is { } fault)
        {
            return fault;
        }

        // What the start needs; a look at all of it would take as long as it is large.
        ProjectTable.Endpoints(connection);
        ProjectTable.Projects(connection);
        return null;
    }
}
