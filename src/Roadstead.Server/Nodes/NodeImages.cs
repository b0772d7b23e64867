using System.Data.Common;
using System.Text.Json;
using Roadstead.Api;
using Roadstead.Server.Metadata;

namespace Roadstead.Server.Nodes;

/// <summary>What the containers of a node use.</summary>
/// <param name="Node">Its name.</param>
/// <param name="Images">Each image once, by its whole reference.</param>
/// <param name="Malformed">What can be no image; null: nothing is.</param>
/// <param name="Platform">Of the node; null: not told.</param>
internal sealed record NodeUse(string Node, IReadOnlyList<UsedImage> Images, IReadOnlyList<MalformedImage>? Malformed, string? Platform);

/// <summary>Keeps what the containers of nodes use, as each last told; a report that does not tell changes nothing of it.</summary>
internal static class NodeImages
{
    /// <param name="connection">Within a write.</param>
    /// <param name="node">The node's name.</param>
    /// <param name="report">As <see cref="NodeReportCheck"/> left it.</param>
    /// <returns>True if it is other than it was.</returns>
    public static bool Keep(DbConnection connection, string node, NodeReport report)
    {
        if (report.Images is null)
        {
            return false;
        }

        var row = new NodeImageRow(
            node, JsonSerializer.Serialize(report.Images, ApiJson.Default.IReadOnlyListUsedImage), report.Malformed is { } malformed ? JsonSerializer.Serialize(malformed, ApiJson.Default.IReadOnlyListMalformedImage) : null, report.Platform);
        if (NodeImageTable.Find(connection, node) == row)
        {
            return false;
        }

        NodeImageTable.Put(connection, row);
        return true;
    }

    /// <returns>Null where a damaged page of the database has something else.</returns>
    public static NodeUse? Read(NodeImageRow row)
    {
        try
        {
            return JsonSerializer.Deserialize(row.Images, ApiJson.Default.IReadOnlyListUsedImage) is { } images
                ? new NodeUse(row.Node, images, row.Malformed is null ? null : JsonSerializer.Deserialize(row.Malformed, ApiJson.Default.IReadOnlyListMalformedImage), row.Platform)
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
