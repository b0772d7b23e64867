using Roadstead.Bench.Figures;
using Roadstead.Bench.Machine;

namespace Roadstead.Bench.Results;

/// <summary>All that was measured on one machine; what RESULTS.md is written from.</summary>
internal sealed record SavedResults(MachineFacts Machine, IReadOnlyDictionary<string, SavedRow> Rows);

/// <param name="Date">When it was measured, in UTC.</param>
/// <param name="Versions">Of all that took part.</param>
internal sealed record SavedRow(string Date, IReadOnlyDictionary<string, string> Versions, RowResult Result);
