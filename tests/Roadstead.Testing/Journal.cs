namespace Roadstead.Testing;

/// <summary>What happened, in order: log lines or requests, to be looked at, counted and awaited.</summary>
public sealed class Journal<T>(string name)
{
    private readonly Lock guard = new();
    private readonly List<T> items = [];
    private readonly List<Waiter> waiters = [];
    private string? closed;

    /// <summary>Everything so far.</summary>
    public IReadOnlyList<T> Items
    {
        get { lock (guard) { return [.. items]; } }
    }

    public int Count(Func<T, bool>? predicate = null) => predicate is null ? Items.Count : Items.Count(predicate);

    public void Add(T item)
    {
        lock (guard)
        {
            items.Add(item);
            waiters.RemoveAll(waiter => waiter.Offer(item));
        }
    }

    /// <summary>Nothing will be added any more: who still waits fails at once instead of after the time-out.</summary>
    public void Close(string why)
    {
        lock (guard)
        {
            closed = why;
            foreach (var waiter in waiters)
            {
                waiter.Source.TrySetException(new InvalidOperationException(Describe(why)));
            }

            waiters.Clear();
        }
    }

    /// <summary>Waits until <paramref name="count"/> items match, those of the past included; returns the one that completed the count.</summary>
    /// <param name="timeout">20 s if not given.</param>
    public async Task<T> WaitFor(Func<T, bool> predicate, int count = 1, TimeSpan? timeout = null)
    {
        var waiter = new Waiter(predicate, count);
        lock (guard)
        {
            if (!items.Any(waiter.Offer))
            {
                if (closed is not null)
                {
                    throw new InvalidOperationException(Describe(closed));
                }

                waiters.Add(waiter);
            }
        }

        try
        {
            return await waiter.Source.Task.WaitAsync(timeout ?? TimeSpan.FromSeconds(20));
        }
        catch (TimeoutException)
        {
            lock (guard)
            {
                waiters.Remove(waiter);
                throw new TimeoutException(Describe($"{count - waiter.Remaining} of {count} awaited seen in time"));
            }
        }
    }

    private string Describe(string what) =>
        $"{name}: {what}. All {items.Count} so far:{Environment.NewLine}{string.Join(Environment.NewLine, items)}";

    private sealed class Waiter(Func<T, bool> predicate, int count)
    {
        public int Remaining { get; private set; } = count;

        public TaskCompletionSource<T> Source { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <returns>Whether the wait is over.</returns>
        public bool Offer(T item)
        {
            if (!predicate(item) || --Remaining > 0)
            {
                return false;
            }

            Source.TrySetResult(item);
            return true;
        }
    }
}
