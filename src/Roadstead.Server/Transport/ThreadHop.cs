using System.Runtime.CompilerServices;

namespace Roadstead.Server.Transport;

/// <summary>Goes on in the thread pool.</summary>
/// <param name="isNeeded">False: it goes on where it is.</param>
internal readonly struct ThreadHop(bool isNeeded) : ICriticalNotifyCompletion
{
    public bool IsCompleted => !isNeeded;

    public ThreadHop GetAwaiter() => this;

    public void GetResult()
    {
        // Nothing comes of it.
    }

    public void OnCompleted(Action continuation) => ThreadPool.QueueUserWorkItem(static go => go(), continuation, preferLocal: false);

    public void UnsafeOnCompleted(Action continuation) => ThreadPool.UnsafeQueueUserWorkItem(static go => go(), continuation, preferLocal: false);
}
