using Microsoft.Win32.SafeHandles;

namespace Roadstead.Server.Mirroring;

/// <summary>One reader's hold on a fill's file.</summary>
internal sealed class FillReader(SharedFile file, FillProgress progress, long size, Task<bool> stored, Func<bool> cannotBeStored) : IDisposable
{
    private bool _disposed;

    public SafeFileHandle File => file.Handle;

    /// <summary>The blob's size in bytes.</summary>
    public long Size { get; } = size;

    /// <inheritdoc cref="BlobFill.Stored"/>
    public Task<bool> Stored => stored;

    /// <inheritdoc cref="BlobFill.CannotBeStored"/>
    public bool CannotBeStored => cannotBeStored();

    /// <inheritdoc cref="FillProgress.Beyond"/>
    public ValueTask<long?> Beyond(long position, CancellationToken cancellation) => progress.Beyond(position, cancellation);

    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            file.Release();
        }
    }
}

/// <summary>A file that its last user closes. The first user is who made it.</summary>
internal sealed class SharedFile(SafeFileHandle handle)
{
    private int _users = 1;

    public SafeFileHandle Handle => handle;

    /// <summary>Adds a user; false if the last one has closed it.</summary>
    public bool TryShare()
    {
        while (true)
        {
            var users = Volatile.Read(ref _users);
            if (users == 0)
            {
                return false;
            }

            if (Interlocked.CompareExchange(ref _users, users + 1, users) == users)
            {
                return true;
            }
        }
    }

    public void Release()
    {
        if (Interlocked.Decrement(ref _users) == 0)
        {
            handle.Dispose();
        }
    }
}
