using System.Net;
using System.Text.Json;
using Roadstead.Api;
using Roadstead.Testing;
using Roadstead.Testing.Server;

namespace Roadstead.Cli.Tests.ImageLayout;

/// <summary>A server's API with a cluster beside what the server tells itself.</summary>
internal sealed class ClusterStub : IAsyncDisposable
{
    private readonly LoopbackPort _port = LoopbackPort.Claim();
    private readonly HttpListener _listener = new();
    private readonly TestServer _server;
    private readonly string _path;
    private readonly byte[] _cluster;
    private readonly Task _answering;

    public ClusterStub(TestServer server, string cluster, ClusterReadiness readiness)
    {
        (_server, _path, _cluster) = (server, ClusterInventory.PathOf(cluster), JsonSerializer.SerializeToUtf8Bytes(readiness, ApiJson.Default.ClusterReadiness));
        _listener.Prefixes.Add($"http://{_port.Authority}/");
        _listener.Start();
        _answering = Answer();
    }

    public Uri Address => _port.Address;

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _answering;
        _listener.Close();
        _port.Dispose();
    }

    private async Task Answer()
    {
        try
        {
            while (true)
            {
                var context = await _listener.GetContextAsync();
                using var response = context.Response;
                var (status, bytes) = context.Request.Url!.AbsolutePath == _path ? (200, _cluster) : await Ask(context.Request);
                response.StatusCode = status;
                response.ContentType = "application/json";
                await response.OutputStream.WriteAsync(bytes);
            }
        }
        catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException)
        {
            // It is over.
        }
    }

    private async Task<(int Status, byte[] Bytes)> Ask(HttpListenerRequest request)
    {
        using var asked = new HttpRequestMessage(new HttpMethod(request.HttpMethod), request.RawUrl);
        asked.Headers.TryAddWithoutValidation("Authorization", request.Headers["Authorization"]);
        using var answer = await _server.Client.SendAsync(asked);
        return ((int)answer.StatusCode, await answer.Content.ReadAsByteArrayAsync());
    }
}
