namespace Roadstead.Server.Projects;

/// <summary>
/// The bytes a second that all bodies together may bring which are fetched for a project. Each pays for what it read, in turn, before it reads on: so none gets ahead of
/// the others by more than a piece. It outlives changes of the project, which are in force for bodies under way too.
/// </summary>
/// <remarks>The framework's limiters know no other rate than their first, and no other clock than the system's.</remarks>
internal sealed class Bandwidth(TimeProvider clock) : IDisposable
{
    private const int SmallestPiece = 1024;

    // A few a second, so that a slow rate is no row of bursts.
    private const int PiecesASecond = 8;

    // What late timers lost is made up for; more would be a burst after an idle hour.
    private static readonly TimeSpan MostMadeUpFor = TimeSpan.FromMilliseconds(250);

    // Timers are no finer.
    private static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan LongestWait = TimeSpan.FromHours(1);

    private readonly SemaphoreSlim _turn = new(1, 1);
    private volatile Terms _terms = new(null);
    private double _debt;
    private long _settledAt = clock.GetTimestamp();

    /// <summary>True if there is no limit.</summary>
    public bool IsUnlimited => _terms.Rate is null;

    /// <summary>Sets the rate, at once for those too who wait.</summary>
    /// <param name="rate">Bytes a second; null: without limit.</param>
    public void Set(long? rate)
    {
        if (_terms.Rate != rate)
        {
            var former = _terms;
            _terms = new Terms(rate);
            former.Changed.TrySetResult();
        }
    }

    /// <summary>The most bytes to read before paying for them.</summary>
    /// <param name="most">What the reader has room for.</param>
    public int Piece(int most) => _terms.Rate is { } rate ? (int)Math.Min(Math.Max(rate / PiecesASecond, SmallestPiece), most) : most;

    /// <summary>Complete when so many bytes, and those of all who paid before, fit the rate.</summary>
    public async ValueTask Pay(int bytes, CancellationToken cancellation)
    {
        if (IsUnlimited || bytes == 0)
        {
            return;
        }

        // Whoever waits is let in by the order of coming.
        await _turn.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            await PayInTurn(bytes, cancellation).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();

    private async Task PayInTurn(int bytes, CancellationToken cancellation)
    {
        var terms = _terms;
        Settle(terms);
        _debt += bytes;
        while (terms.Rate is { } rate && TimeSpan.FromSeconds(Math.Min(_debt / rate, LongestWait.TotalSeconds)) is var wait && wait >= ShortestWait)
        {
            using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            await Task.WhenAny(Task.Delay(wait, clock, ended.Token), terms.Changed.Task).ConfigureAwait(false);
            await ended.CancelAsync().ConfigureAwait(false);
            cancellation.ThrowIfCancellationRequested();

            // By the rate that held until now.
            Settle(terms);
            terms = _terms;
        }
    }

    private void Settle(Terms terms)
    {
        var now = clock.GetTimestamp();
        _debt = terms.Rate is { } rate ? Math.Max(_debt - (clock.GetElapsedTime(_settledAt, now).TotalSeconds * rate), -MostMadeUpFor.TotalSeconds * rate) : 0;
        _settledAt = now;
    }

    /// <param name="Rate">Bytes a second; null: without limit.</param>
    private sealed record Terms(long? Rate)
    {
        /// <summary>Complete when they hold no longer.</summary>
        public TaskCompletionSource Changed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
