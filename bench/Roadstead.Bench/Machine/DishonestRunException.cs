namespace Roadstead.Bench.Machine;

/// <summary>A run did not do what its figures would claim.</summary>
internal sealed class DishonestRunException(string message) : Exception(message);
