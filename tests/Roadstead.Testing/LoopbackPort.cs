using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Roadstead.Testing;

/// <summary>
/// A port of 127.0.0.1 that stays this test's own while nothing listens on it, so that a server can be stopped and come
/// back under the same address. It lies outside the range from which the kernel gives ports to port 0 and to outgoing
/// connections; an abstract socket, gone with this process, keeps other test processes from choosing it too.
/// </summary>
public sealed class LoopbackPort : IDisposable
{
    private readonly Socket claim;

    private LoopbackPort(int number, Socket claim) => (Number, this.claim) = (number, claim);

    public int Number { get; }

    public string Authority => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Number}");

    public Uri Address => new($"http://{Authority}");

    public static LoopbackPort Claim()
    {
        var (first, end) = OutsideEphemeralRange();
        for (var attempt = 0; attempt < 1000; attempt++)
        {
            var number = Random.Shared.Next(first, end);
            var claim = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                claim.Bind(new UnixDomainSocketEndPoint($"\0roadstead-test-port-{number}"));
                using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                probe.Bind(new IPEndPoint(IPAddress.Loopback, number));
                return new LoopbackPort(number, claim);
            }
            catch (SocketException)
            {
                claim.Dispose();
            }
        }

        throw new InvalidOperationException($"No free port of 127.0.0.1 between {first} and {end}.");
    }

    public void Dispose() => claim.Dispose();

    private static (int First, int End) OutsideEphemeralRange()
    {
        var range = File.ReadAllText("/proc/sys/net/ipv4/ip_local_port_range").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        var lowest = int.Parse(range[0], CultureInfo.InvariantCulture);
        var highest = int.Parse(range[1], CultureInfo.InvariantCulture);
        return lowest > 15_000 ? (10_000, lowest) : (Math.Min(highest + 1, 64_000), 65_536);
    }
}
