using System.Net.Sockets;
using System.Numerics;

namespace Roadstead.Server.Transport;

/// <summary>
/// How much of a file may wait in the kernel for each client, beyond what is on its way: a few clients are each given enough that they seldom run dry, many share what is left.
/// </summary>
/// <remarks>
/// Left to itself the kernel takes megabytes for each, and a thousand clients that stall took all of the machine's memory for TCP, where it resets the connections of others.
/// What was given is not taken back from who has it: with n clients that stall it comes to <see cref="Together"/> × (1 + ln(n / 8)) at most, until <see cref="Least"/> each is more.
/// </remarks>
internal sealed class UnsentShare
{
    private const int Together = 32 * 1024 * 1024;
    private const int Most = 4 * 1024 * 1024;
    private const int Least = 128 * 1024;

    // linux/in.h, linux/tcp.h
    private const int Tcp = 6;
    private const int NotSentLowAt = 25;

    private int _sending;

    public void Enter() => Interlocked.Increment(ref _sending);

    public void Leave() => Interlocked.Decrement(ref _sending);

    /// <summary>Bounds what may wait in a socket to its present share.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="set">What it is bounded to, in bytes.</param>
    /// <returns>What it is bounded to now.</returns>
    public int Bound(Socket socket, int set)
    {
        var share = For(Volatile.Read(ref _sending));
        if (share != set)
        {
            socket.SetRawSocketOption(Tcp, NotSentLowAt, BitConverter.GetBytes(share));
        }

        return share;
    }

    // In steps, so that it is seldom set anew.
    private static int For(int sending) => Math.Clamp(Together / (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(sending, 1)), Least, Most);
}
