namespace Roadstead.Server.Mirroring;

/// <summary>How far a fill has come, and who waits for more.</summary>
internal sealed class FillProgress
{
    private readonly Lock _gate = new();
    private TaskCompletionSource? _waiters;
    private long _published;
    private bool _failed;

    public void Publish(long length)
    {
        TaskCompletionSource? waiters;
        lock (_gate)
        {
            if (length <= _published)
            {
                return;
            }

            _published = length;
            (waiters, _waiters) = (_waiters, null);
        }

        waiters?.SetResult();
    }

    /// <summary>Bytes that may be read.</summary>
    public long Published
    {
        get
        {
            lock (_gate)
            {
                return _published;
            }
        }
    }

    public bool HasFailed
    {
        get
        {
            lock (_gate)
            {
                return _failed;
            }
        }
    }

    public void Fail()
    {
        TaskCompletionSource? waiters;
        lock (_gate)
        {
            _failed = true;
            (waiters, _waiters) = (_waiters, null);
        }

        waiters?.SetResult();
    }

    /// <summary>How many bytes may be read, once they are more than <paramref name="position"/>; null once that will never be.</summary>
    public async ValueTask<long?> Beyond(long position, CancellationToken cancellation)
    {
        while (true)
        {
            Task change;
            lock (_gate)
            {
                if (_published > position)
                {
                    return _published;
                }

                if (_failed)
                {
                    return null;
                }

                change = (_waiters ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }

            await change.WaitAsync(cancellation).ConfigureAwait(false);
        }
    }
}
