namespace Roadstead.Bench.Figures;

/// <summary>One measurement of one contestant.</summary>
/// <param name="Value">In the row's unit.</param>
/// <param name="Server">Processor time of the server and its workers; null where it was not looked at.</param>
/// <param name="Client">Processor time of what loaded it; null where it was not looked at.</param>
internal sealed record Sample(double Value, Cost? Server = null, Cost? Client = null);
