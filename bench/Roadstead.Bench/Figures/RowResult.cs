namespace Roadstead.Bench.Figures;

/// <summary>A row of the results.</summary>
/// <param name="Name">Short and stable.</param>
/// <param name="What">What was measured, in words.</param>
/// <param name="Unit">Of the samples' values.</param>
/// <param name="Contestants">Each with one sample a round.</param>
/// <param name="Goals">What is quoted of them.</param>
internal sealed record RowResult(string Name, string What, string Unit, IReadOnlyList<ContestantResult> Contestants, IReadOnlyList<Goal> Goals)
{
    public int Rounds => Contestants.Count == 0 ? 0 : Contestants[0].Samples.Count;
}
