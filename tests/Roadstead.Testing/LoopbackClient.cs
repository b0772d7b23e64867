using System.Net;

namespace Roadstead.Testing;

/// <summary>HTTP clients that show an answer as it came over the wire.</summary>
public static class LoopbackClient
{
    public static HttpClient For(Uri address) => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        UseCookies = false,
        UseProxy = false,
        // Tests that count on a connection of their own must not wait for a free one.
        MaxConnectionsPerServer = int.MaxValue,
    })
    {
        BaseAddress = address,
        Timeout = TimeSpan.FromSeconds(60),
    };
}
