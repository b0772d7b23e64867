using Roadstead.Bench.Figures;

namespace Roadstead.Bench.Rows;

/// <summary>A case that is set up, measured in rounds, and taken down.</summary>
/// <param name="name">Short and stable; what <c>./dev bench NAME</c> is held against.</param>
internal abstract class Row(string name)
{
    public string Name => name;

    public abstract Task<IReadOnlyList<RowResult>> Measure(BenchContext context);
}
