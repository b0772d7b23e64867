using Roadstead.Api;

namespace Roadstead.Inventory;

/// <summary>Whether two inventories tell the same, whenever they were taken.</summary>
public static class InventoryChange
{
    /// <returns>True: they have the same images, uses, digests, places and platforms.</returns>
    public static bool IsSame(ClusterInventory one, ClusterInventory other)
    {
        ArgumentNullException.ThrowIfNull(one);
        ArgumentNullException.ThrowIfNull(other);
        return one.Source == other.Source
            && one.Platforms.SequenceEqual(other.Platforms)
            && one.Images.Count == other.Images.Count && one.Images.Zip(other.Images).All(pair => IsSame(pair.First, pair.Second))
            && (one.Malformed ?? []).Select(wrong => wrong.Text).SequenceEqual((other.Malformed ?? []).Select(wrong => wrong.Text));
    }

    private static bool IsSame(UsedImage one, UsedImage other) =>
        one.Image == other.Image && one.Uses == other.Uses && (one.Digests ?? []).SequenceEqual(other.Digests ?? []) && (one.UsedBy ?? []).SequenceEqual(other.UsedBy ?? []);
}
