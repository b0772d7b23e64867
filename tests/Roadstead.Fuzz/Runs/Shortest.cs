namespace Roadstead.Fuzz.Runs;

/// <summary>Takes away from an input whatever is not needed for its failure.</summary>
/// <remarks>
/// Delta debugging: first halves, then ever smaller parts. The generators shrink by drawing again, which seldom finds the few letters of a long text that matter.
/// </remarks>
internal static class Shortest
{
    private const int MaxTries = 20_000;

    public static T[] Of<T>(T[] input, T plain, Func<T[], bool> fails)
    {
        var tries = 0;
        bool Fails(T[] candidate) => tries++ < MaxTries && fails(candidate);
        for (var part = Math.Max(1, input.Length / 2); part > 0; part /= 2)
        {
            for (var i = 0; i < input.Length;)
            {
                T[] shorter = [.. input[..i], .. input[Math.Min(i + part, input.Length)..]];
                (input, i) = Fails(shorter) ? (shorter, i) : (input, i + part);
            }
        }

        for (var i = 0; i < input.Length; i++)
        {
            T[] plainer = [.. input[..i], plain, .. input[(i + 1)..]];
            input = Fails(plainer) ? plainer : input;
        }

        return input;
    }
}
