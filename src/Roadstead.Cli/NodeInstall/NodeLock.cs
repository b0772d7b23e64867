using Microsoft.Win32.SafeHandles;

namespace Roadstead.Cli.NodeInstall;

/// <summary>One change of a node at a time. The lock is on the node's root folder itself, so that it leaves nothing behind and is the same from within a container.</summary>
internal static class NodeLock
{
    /// <exception cref="IOException">Another one is under way.</exception>
    public static SafeFileHandle Take(NodeFiles files) =>
        SystemCalls.Lock(files.Root) ?? throw new IOException($"{files.Root}: another roadstead changes this node just now. Wait for it and run this again.");
}
