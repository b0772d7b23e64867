using System.Globalization;

namespace Roadstead.Bench.Rows;

/// <summary>Who takes part in a row, and how one measurement of each is made.</summary>
/// <typeparam name="T">What a measurement gives.</typeparam>
internal sealed class Entrants<T>(BenchContext context, string row)
{
    private readonly List<(string Name, Func<Task<T>> Measure)> _entrants = [];

    public Entrants<T> Add(string name, Func<Task<T>> measure)
    {
        if (context.Takes(name))
        {
            _entrants.Add((name, measure));
        }

        return this;
    }

    /// <summary>Measures all in turns, each round beginning with another one, so that what changes on the machine meanwhile hits all alike.</summary>
    /// <returns>Each one's measurements in the order of the rounds.</returns>
    public async Task<IReadOnlyList<(string Name, IReadOnlyList<T> Measured)>> Run(int rounds, Func<T, double> show)
    {
        var measured = _entrants.ConvertAll(entrant => (entrant.Name, Measured: new List<T>()));
        for (var round = 0; round < rounds; round++)
        {
            var line = "";
            foreach (var turn in Order(round, _entrants.Count))
            {
                context.Cancellation.ThrowIfCancellationRequested();
                var value = await _entrants[turn].Measure();
                measured[turn].Measured.Add(value);
                line += string.Create(CultureInfo.InvariantCulture, $"  {_entrants[turn].Name} {show(value):0.###}");
            }

            context.Say(string.Create(CultureInfo.InvariantCulture, $"{row} {round + 1}/{rounds}:{line}"));
        }

        return [.. measured.Select(entrant => (entrant.Name, (IReadOnlyList<T>)entrant.Measured))];
    }

    /// <summary>ABC, BCA, CAB, ABC …</summary>
    internal static IEnumerable<int> Order(int round, int count) => Enumerable.Range(0, count).Select(turn => (turn + round) % count);
}
