using Microsoft.Win32.SafeHandles;

namespace Roadstead.Cli.NodeInstall;

/// <summary>One change of a node at a time. The lock is on the node's root folder itself, so that it leaves nothing behind and is the same from within a container.</summary>
internal static class NodeLock
{
    // A change takes less than a second, unless somebody is asked.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(100);

    /// <exception cref="IOException">Another one is under way, and goes on.</exception>
    public static async Task<SafeFileHandle> Take(NodeFiles files, TimeProvider time, CancellationToken cancellation)
    {
        for (var since = time.GetTimestamp(); ;)
        {
            if (SystemCalls.Lock(files.Root) is { } held)
            {
                return held;
            }

            if (time.GetElapsedTime(since) > Patience)
            {
                throw new IOException($"{files.Root}: another roadstead changes this node just now. Wait for it and run this again.");
            }

            await Task.Delay(Between, time, cancellation).ConfigureAwait(false);
        }
    }
}
