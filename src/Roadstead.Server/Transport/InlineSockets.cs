using System.Globalization;
using System.Net.Sockets;
using System.Reflection;

namespace Roadstead.Server.Transport;

/// <summary>The framework's switch for one socket to go on with what waits for it on the thread that sees it ready, without a change of threads.</summary>
/// <remarks>
/// It is an experiment of the framework's: not public, kept for whoever finds it by its name (dotnet/runtime, Socket.PreferInlineCompletions). Where it is gone, everything goes by the thread pool as ever.
/// Nothing that blocks may follow on such a thread, which serves many sockets: <see cref="ReadLane"/> sees to that. docs/performance.md says what it gives.
/// </remarks>
internal static class InlineSockets
{
    private const string ThreadCount = "DOTNET_SYSTEM_NET_SOCKETS_THREAD_COUNT";
    private const int MostThreads = 16;

    private static readonly Action<Socket, bool>? Setter =
        typeof(Socket).GetMethod("set_PreferInlineCompletions", BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic, [typeof(bool)])?.CreateDelegate<Action<Socket, bool>>();

    /// <summary>The framework has the switch.</summary>
    public static bool CanBe => Setter is not null;

    /// <summary>Has a thread for each processor wait for sockets; the framework has one for them all. To be called before the first socket is used.</summary>
    public static void Prepare()
    {
        if (CanBe && Environment.GetEnvironmentVariable(ThreadCount) is null)
        {
            Environment.SetEnvironmentVariable(ThreadCount, Math.Min(Environment.ProcessorCount, MostThreads).ToString(CultureInfo.InvariantCulture));
        }
    }

    public static void Set(Socket socket, bool isInline) => Setter?.Invoke(socket, isInline);
}
