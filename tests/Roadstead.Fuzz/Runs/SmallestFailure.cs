namespace Roadstead.Fuzz.Runs;

/// <summary>Remembers the smallest of the inputs for which a property did not hold.</summary>
internal sealed class SmallestFailure<T>
{
    private readonly Lock _lock = new();

    public T[]? Input { get; private set; }

    public Exception? Fault { get; private set; }

    public Action<T[]> Watch(Action<T[]> holds) => input =>
    {
        try
        {
            holds(input);
        }
        catch (Exception fault)
        {
            lock (_lock)
            {
                (Input, Fault) = Input is null || input.Length < Input.Length ? (input, fault) : (Input, Fault);
            }

            throw;
        }
    };

    public static Exception? FaultOf(Action<T[]> holds, T[] input)
    {
        try
        {
            holds(input);
            return null;
        }
#pragma warning disable CA1031 // Whatever it is, it is what was looked for.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            return fault;
        }
    }
}
