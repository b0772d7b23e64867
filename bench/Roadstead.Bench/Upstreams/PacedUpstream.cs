using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Roadstead.Testing;

namespace Roadstead.Bench.Upstreams;

/// <summary>A registry that gives any number of blobs and manifests out of memory, at a set pace, and counts what it gave.</summary>
internal sealed class PacedUpstream : IAsyncDisposable
{
    private const int ChunkSize = 64 * 1024;

    private readonly LoopbackPort _port = LoopbackPort.Claim();
    private readonly ConcurrentDictionary<string, PacedBlob> _blobs = new();
    private readonly Pacer _pacer;
    private WebApplication? _web;
    private long _bytes;
    private long _gets;

    private PacedUpstream(long bytesPerSecond) => _pacer = new Pacer(bytesPerSecond);

    public Uri Address => _port.Address;

    /// <summary>Bytes of blobs that went out.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>GET requests for blobs.</summary>
    public long Gets => Interlocked.Read(ref _gets);

    /// <param name="bytesPerSecond">Of all that it sends in sum; 0: as fast as it can.</param>
    public static async Task<PacedUpstream> Start(long bytesPerSecond)
    {
        var upstream = new PacedUpstream(bytesPerSecond);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Listen(System.Net.IPAddress.Loopback, upstream._port.Number);
        });
        upstream._web = builder.Build();
        upstream._web.Run(upstream.Answer);
        await upstream._web.StartAsync();
        return upstream;
    }

    /// <summary>Adds a blob that nobody has asked for before.</summary>
    public PacedBlob AddBlob(long size)
    {
        var blob = PacedBlob.New(size);
        _blobs[blob.Digest] = blob;
        return blob;
    }

    public static string BlobPath(string repository, string digest) => $"/v2/{repository}/blobs/{digest}";

    public async ValueTask DisposeAsync()
    {
        if (_web is not null)
        {
            await _web.StopAsync(new CancellationToken(canceled: true));
            await _web.DisposeAsync();
        }

        _port.Dispose();
    }

    private async Task Answer(HttpContext context)
    {
        var path = context.Request.Path.Value ?? "";
        context.Response.Headers["Docker-Distribution-Api-Version"] = "registry/2.0";
        if (path == "/v2/")
        {
            return;
        }

        if (!_blobs.TryGetValue(path[(path.LastIndexOf('/') + 1)..], out var blob))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        context.Response.ContentType = "application/octet-stream";
        context.Response.ContentLength = blob.Size;
        context.Response.Headers["Docker-Content-Digest"] = blob.Digest;
        context.Response.Headers.ETag = string.Create(CultureInfo.InvariantCulture, $"\"{blob.Digest}\"");
        if (HttpMethods.IsGet(context.Request.Method))
        {
            Interlocked.Increment(ref _gets);
            await Send(context, blob);
        }
    }

    private async Task Send(HttpContext context, PacedBlob blob)
    {
        try
        {
            for (long position = 0; position < blob.Size;)
            {
                var chunk = blob.At(position, ChunkSize);
                await _pacer.Take(chunk.Length, context.RequestAborted);
                await context.Response.BodyWriter.WriteAsync(chunk, context.RequestAborted);
                Interlocked.Add(ref _bytes, chunk.Length);
                position += chunk.Length;
            }
        }
        catch (OperationCanceledException)
        {
            // The client left.
        }
    }
}
