using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace Roadstead.Server.Metadata;

/// <summary>Connections to the SQLite file of a data folder.</summary>
internal sealed class SqliteSource(string path) : DbDataSource
{
    // Only this process uses the file, and it writes from one thread; a lock lasts as long as a checkpoint.
    private const int BusySeconds = 1;

    public override string ConnectionString { get; } = new SqliteConnectionStringBuilder
    {
        DataSource = path,
        // Not created here: a file that is lost while it is in use must be missed, not replaced by one without tables.
        Mode = SqliteOpenMode.ReadWrite,
        Cache = SqliteCacheMode.Private,
        DefaultTimeout = BusySeconds,
        // Who uses this keeps its connections, and drops one that failed: it may be one that SQLite could only open for reading.
        Pooling = false,
    }.ToString();

    protected override DbConnection CreateDbConnection()
    {
        var connection = new SqliteConnection(ConnectionString);
        connection.StateChange += static (sender, change) =>
        {
            if (change.CurrentState == System.Data.ConnectionState.Open)
            {
                // The rows vouch for files, so a commit is on disk before it is reported.
                ((SqliteConnection)sender).Execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-8000;");
            }
        };
        return connection;
    }
}
