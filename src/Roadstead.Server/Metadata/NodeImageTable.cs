using System.Data.Common;

namespace Roadstead.Server.Metadata;

/// <summary>What the containers of a node use, as it last told.</summary>
/// <param name="Node">Its name in the cluster.</param>
/// <param name="Images">JSON.</param>
/// <param name="Malformed">What can be no image, as JSON; null: nothing is.</param>
/// <param name="Platform">Of the node; null: not told.</param>
internal sealed record NodeImageRow(string Node, string Images, string? Malformed, string? Platform);

/// <remarks>Beside <see cref="NodeTable"/>, whose rows are all read at each turn of a roll-out, and which these would make many times as long.</remarks>
internal static class NodeImageTable
{
    private const string Columns = "node, images, malformed, platform";

    /// <summary>Of all nodes, in the order of their names.</summary>
    public static List<NodeImageRow> All(DbConnection connection) => connection.Query($"SELECT {Columns} FROM node_image ORDER BY node", Read);

    public static NodeImageRow? Find(DbConnection connection, string node) => connection.Query($"SELECT {Columns} FROM node_image WHERE node = @node", Read, ("@node", node)).FirstOrDefault();

    public static bool IsEmpty(DbConnection connection) => !connection.Exists("SELECT 1 FROM node_image LIMIT 1");

    public static void Put(DbConnection connection, NodeImageRow row) => connection.Execute(
        """
        INSERT INTO node_image (node, images, malformed, platform) VALUES (@node, @images, @malformed, @platform)
        ON CONFLICT (node) DO UPDATE SET images = excluded.images, malformed = excluded.malformed, platform = excluded.platform
        """,
        ("@node", row.Node), ("@images", row.Images), ("@malformed", row.Malformed), ("@platform", row.Platform));

    /// <summary>Takes out what nodes used that are known no more.</summary>
    /// <returns>True if there was something of that.</returns>
    public static bool RemoveUnknown(DbConnection connection) => connection.Execute("DELETE FROM node_image WHERE node NOT IN (SELECT name FROM node)") > 0;

    private static NodeImageRow Read(DbDataReader row) => new(row.GetString(0), row.GetString(1), row.IsDBNull(2) ? null : row.GetString(2), row.IsDBNull(3) ? null : row.GetString(3));
}
