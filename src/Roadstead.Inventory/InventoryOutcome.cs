using Roadstead.Api;

namespace Roadstead.Inventory;

/// <summary>What became of taking an inventory.</summary>
public abstract record InventoryOutcome
{
    private InventoryOutcome()
    {
    }

    /// <summary>What lets the source be read, as manifests for Kubernetes; null: nothing is known to lack.</summary>
    public string? Permissions { get; init; }

    /// <summary>It was taken.</summary>
    /// <param name="Inventory">What the cluster runs, as far as the source tells.</param>
    /// <param name="Notes">What the operator should know of it, as sentences.</param>
    /// <param name="IsPartial">A part of the source could not be read, as <paramref name="Notes"/> say: images may be missing.</param>
    public sealed record Taken(ClusterInventory Inventory, IReadOnlyList<string> Notes, bool IsPartial) : InventoryOutcome;

    /// <summary>It was not.</summary>
    /// <param name="Message">Why, as a sentence for the operator.</param>
    public sealed record Failed(string Message) : InventoryOutcome;

    /// <summary>What was collected, or why it is not an inventory.</summary>
    /// <param name="builder">What was collected.</param>
    /// <param name="takenAt">When.</param>
    /// <param name="source">Where it is from, as <see cref="ClusterInventory.Source"/>.</param>
    /// <param name="notes">What the operator should know of it.</param>
    /// <param name="isPartial">A part could not be read.</param>
    internal static InventoryOutcome Of(InventoryBuilder builder, DateTimeOffset takenAt, string source, IReadOnlyList<string> notes, bool isPartial) => builder.IsOverfull
        ? new Failed($"There are more than {ClusterInventory.MostImages} different images, which is more than an inventory may have.")
        : new Taken(builder.Build(takenAt, source), builder.MoreMalformed == 0 ? notes : [.. notes, $"{builder.MoreMalformed} more of what stands where images should can be none; they are not listed."], isPartial);
}
