using Microsoft.Data.Sqlite;
using Roadstead.Testing.Server;

namespace Roadstead.Server.Tests;

/// <summary>What a server keeps and shows, behind its API's back.</summary>
internal static class ServerStore
{
    /// <summary>Changes its database; for what only time does.</summary>
    public static void Execute(this TestServer server, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(server.StoragePath, "roadstead.db")};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The tests' own.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    public static string BlobFile(this TestServer server, string digest) => StoreCheck.BlobFile(server.StoragePath, digest);

    public static Task<string> Metrics(this TestServer server) => server.Client.GetStringAsync(new Uri("/metrics", UriKind.Relative), TestContext.Current.CancellationToken);
}
