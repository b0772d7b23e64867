namespace Roadstead.Testing.Upstream;

/// <summary>Where a fake's answer stops until the test lets it go on.</summary>
public sealed class Gate
{
    private readonly SemaphoreSlim passes = new(0);
    private readonly Journal<int> arrivals = new("arrivals at a gate");
    private readonly TaskCompletionSource opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int arrived;

    /// <summary>How often an answer has come here.</summary>
    public int Arrivals => arrivals.Count();

    /// <summary>Waits until answers have come here <paramref name="count"/> times.</summary>
    public Task Reached(int count = 1, TimeSpan? timeout = null) => arrivals.WaitFor(_ => true, count, timeout);

    /// <summary>Lets everything through from now on.</summary>
    public void Open() => opened.TrySetResult();

    /// <summary>Lets the next <paramref name="count"/> arrivals, waiting or to come, through.</summary>
    public void LetThrough(int count = 1) => passes.Release(count);

    internal async Task Pass(CancellationToken gone)
    {
        arrivals.Add(Interlocked.Increment(ref arrived));
        if (opened.Task.IsCompleted)
        {
            return;
        }

        using var decided = CancellationTokenSource.CreateLinkedTokenSource(gone);
        var pass = passes.WaitAsync(decided.Token);
        var first = await Task.WhenAny(pass, opened.Task);
        await decided.CancelAsync();
        if (first == pass)
        {
            await pass;
        }
    }
}
