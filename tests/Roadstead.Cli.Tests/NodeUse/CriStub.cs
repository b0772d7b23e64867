using System.Buffers.Binary;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Roadstead.Cli.NodeVerify.Cri;

namespace Roadstead.Cli.Tests.NodeUse;

/// <summary>A runtime's end of the Container Runtime Interface, on a socket: gRPC as it is on the wire.</summary>
internal sealed class CriStub : IAsyncDisposable
{
    private const int Ok = 0;
    private const int PrefixLength = 5;

    private readonly WebApplication _app;

    private CriStub(WebApplication app) => _app = app;

    public List<Container> Containers { get; } = [];

    public List<Image> Images { get; } = [];

    /// <summary>gRPC's number of what every call ends with; https://grpc.io/docs/guides/status-codes/.</summary>
    public int Status { get; set; } = Ok;

    /// <summary>Calls that came, as <c>/runtime.v1.RuntimeService/ListContainers</c>.</summary>
    public List<string> Calls { get; } = [];

    public static async Task<CriStub> Start(string socket)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(socket)!);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenUnixSocket(socket, listen => listen.Protocols = HttpProtocols.Http2));
        var app = builder.Build();
        var stub = new CriStub(app);
        app.Run(stub.Answer);
        await app.StartAsync();
        return stub;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task Answer(HttpContext context)
    {
        Calls.Add(context.Request.Path);
        context.Response.ContentType = "application/grpc";
        IMessage? answer = Status != Ok ? null : context.Request.Path.Value switch
        {
            "/runtime.v1.RuntimeService/ListContainers" => new ListContainersResponse { Containers = { Containers } },
            "/runtime.v1.ImageService/ListImages" => new ListImagesResponse { Images = { Images } },
            _ => throw new InvalidOperationException($"Nobody asks for {context.Request.Path}."),
        };
        if (answer is not null)
        {
            var message = answer.ToByteArray();
            var prefix = new byte[PrefixLength];
            BinaryPrimitives.WriteInt32BigEndian(prefix.AsSpan(1), message.Length);
            await context.Response.Body.WriteAsync(prefix);
            await context.Response.Body.WriteAsync(message);
        }

        context.Response.AppendTrailer("grpc-status", $"{Status}");
    }
}
