using System.Data.Common;
using System.Globalization;

namespace Roadstead.Server.Metadata;

/// <summary>A cluster whose images are kept.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Inventory">What was last told of it, as JSON.</param>
/// <param name="HeardAt">When that was.</param>
/// <param name="Drill">What the last drill found, as JSON; null: there was none.</param>
internal sealed record ClusterRow(string Name, string Inventory, DateTimeOffset HeardAt, string? Drill);

internal static class ClusterTable
{
    private const string Columns = "name, inventory, heard_at, drill";

    /// <summary>All of them, in the order of their names.</summary>
    public static List<ClusterRow> All(DbConnection connection) => connection.Query($"SELECT {Columns} FROM cluster ORDER BY name", Read);

    public static ClusterRow? Find(DbConnection connection, string name) =>
        connection.Query($"SELECT {Columns} FROM cluster WHERE name = @name", Read, ("@name", name)).FirstOrDefault();

    public static int Count(DbConnection connection) => Convert.ToInt32(connection.Scalar("SELECT COUNT(*) FROM cluster"), CultureInfo.InvariantCulture);

    /// <summary>Writes down what was told of a cluster; its last drill stays.</summary>
    public static void Put(DbConnection connection, string name, string inventory, DateTimeOffset at) => connection.Execute(
        """
        INSERT INTO cluster (name, inventory, heard_at) VALUES (@name, @inventory, @at)
        ON CONFLICT (name) DO UPDATE SET inventory = excluded.inventory, heard_at = excluded.heard_at
        """,
        ("@name", name), ("@inventory", inventory), ("@at", at.ToUnixTimeMilliseconds()));

    public static void SetDrill(DbConnection connection, string name, string drill) => connection.Execute("UPDATE cluster SET drill = @drill WHERE name = @name", ("@name", name), ("@drill", drill));

    /// <returns>True if there was one.</returns>
    public static bool Remove(DbConnection connection, string name) => connection.Execute("DELETE FROM cluster WHERE name = @name", ("@name", name)) > 0;

    private static ClusterRow Read(DbDataReader row) => new(row.GetString(0), row.GetString(1), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(2)), row.IsDBNull(3) ? null : row.GetString(3));
}
