namespace Roadstead.Bench.Rows;

/// <summary>Every row, in the order in which they are measured and shown.</summary>
internal static class RowCatalog
{
    public static IReadOnlyList<Row> All { get; } =
    [
        WarmRow.Blob("warm-blob-100m", 100, nginx: 1.5, registry: 1.1),
        WarmRow.Blob("warm-blob-1m", 1, nginx: 1.3, registry: 5),
        WarmRow.Manifest("manifest-digest", isByTag: false, nginx: 1, registry: 50),
        WarmRow.Manifest("manifest-tag", isByTag: true, nginx: 0.9, registry: 100),
        new MixedRow(),
        new ColdBlobRow(isFirstByte: false),
        new ColdBlobRow(isFirstByte: true),
        new CollapseRow(),
        new ColdImageRow(),
        new MemoryIdleRow(),
        new MemoryLoadRow(isCold: true),
        new MemoryLoadRow(isCold: false),
        new StartRow(),
        new TagLookupRow(isFirst: false),
        new TagLookupRow(isFirst: true),
        new EvictionPlanRow(),
    ];
}
