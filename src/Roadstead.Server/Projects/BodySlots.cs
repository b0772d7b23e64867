namespace Roadstead.Server.Projects;

/// <summary>How many bodies of blobs may be under way from one upstream at once.</summary>
internal sealed class BodySlots(int count) : IDisposable
{
    private readonly SemaphoreSlim _free = new(count, count);

    /// <summary>Waits for a free one.</summary>
    /// <returns>The slot, which its owner disposes; null if none came free in time.</returns>
    public async Task<IDisposable?> Take(TimeSpan patience, CancellationToken cancellation) =>
        await _free.WaitAsync(patience, cancellation).ConfigureAwait(false) ? new Slot(_free) : null;

    public void Dispose() => _free.Dispose();

    private sealed class Slot(SemaphoreSlim free) : IDisposable
    {
        private int _given;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _given, 1) == 0)
            {
                free.Release();
            }
        }
    }
}
