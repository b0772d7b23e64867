using System.Text.Json;
using Grpc.Core;
using Grpc.Net.Client;
using Roadstead.Cli.NodeVerify.Cri;

namespace Roadstead.Cli.NodeVerify;

/// <summary>Speaks the Container Runtime Interface, as the kubelet does. Kubernetes, CRI API v1.</summary>
internal sealed class CriPuller : ImagePuller
{
    private readonly string _socket;
    private readonly string _shown;
    private readonly GrpcChannel _channel;
    private readonly RuntimeService.RuntimeServiceClient _runtime;
    private readonly ImageService.ImageServiceClient _images;

    /// <param name="socket">Where it is on this machine.</param>
    /// <param name="shown">Where it is as the node has it.</param>
    public CriPuller(string socket, string shown)
    {
        (_socket, _shown) = (socket, shown);
        _channel = CriChannel.Open(socket);
        _runtime = new RuntimeService.RuntimeServiceClient(_channel);
        _images = new ImageService.ImageServiceClient(_channel);
    }

    public override string Way => $"CRI at {_shown}";

    public override async Task<PullerState> State(CancellationToken cancellation)
    {
        if (!File.Exists(_socket))
        {
            return new PullerState.Away($"there is no socket {_shown}");
        }

        try
        {
            var version = await _runtime.VersionAsync(new VersionRequest(), cancellationToken: cancellation).ConfigureAwait(false);
            return new PullerState.Running(version.RuntimeVersion);
        }
        catch (RpcException exception)
        {
            return new PullerState.Away(exception.StatusCode == StatusCode.Unimplemented ? NoCri : CriChannel.Fault(exception));
        }
    }

    /// <summary>What <see cref="State"/> says of a containerd whose CRI plug-in is off.</summary>
    public const string NoCri = "it does not speak the Container Runtime Interface";

    public override async Task<string?> ConfigPath(CancellationToken cancellation)
    {
        try
        {
            var status = await _runtime.StatusAsync(new StatusRequest { Verbose = true }, cancellationToken: cancellation).ConfigureAwait(false);
            return status.Info.TryGetValue("config", out var config) ? ConfigPathOf(config) : null;
        }
        catch (Exception exception) when (exception is RpcException or JsonException)
        {
            return null;
        }
    }

    public override async Task<PullResult> Pull(string reference, CancellationToken cancellation)
    {
        try
        {
            var image = new ImageSpec { Image = reference };
            await _images.PullImageAsync(new PullImageRequest { Image = image }, cancellationToken: cancellation).ConfigureAwait(false);
            var status = await _images.ImageStatusAsync(new ImageStatusRequest { Image = image }, cancellationToken: cancellation).ConfigureAwait(false);
            return new PullResult.Pulled([.. (status.Image?.RepoDigests ?? []).Select(name => name[(name.IndexOf('@', StringComparison.Ordinal) + 1)..])]);
        }
        catch (RpcException exception)
        {
            return new PullResult.Failed(CriChannel.Fault(exception));
        }
    }

    public override async Task<IReadOnlyList<string>> Held(string repository, CancellationToken cancellation)
    {
        try
        {
            var list = await _images.ListImagesAsync(new ListImagesRequest(), cancellationToken: cancellation).ConfigureAwait(false);
            return [.. list.Images.SelectMany(image => image.RepoTags.Concat(image.RepoDigests)).Where(name => IsOf(repository, name))];
        }
        catch (RpcException)
        {
            return [];
        }
    }

    public override async Task Remove(string reference, CancellationToken cancellation)
    {
        try
        {
            // By its name, then by its id: a name alone leaves the image under its digest with some runtimes.
            var image = new ImageSpec { Image = reference };
            var status = await _images.ImageStatusAsync(new ImageStatusRequest { Image = image }, cancellationToken: cancellation).ConfigureAwait(false);
            if (status.Image is { } there)
            {
                await _images.RemoveImageAsync(new RemoveImageRequest { Image = image }, cancellationToken: cancellation).ConfigureAwait(false);
                await _images.RemoveImageAsync(new RemoveImageRequest { Image = new ImageSpec { Image = there.Id } }, cancellationToken: cancellation).ConfigureAwait(false);
            }
        }
        catch (RpcException)
        {
            // A runtime that went away has nothing that could be removed; the pull's own result tells of it.
        }
    }

    protected override void Dispose(bool disposing)
    {
        _channel.Dispose();
        base.Dispose(disposing);
    }

    private static string? ConfigPathOf(string config)
    {
        using var json = JsonDocument.Parse(config);
        return json.RootElement.TryGetProperty("registry", out var registry) && registry.TryGetProperty("configPath", out var path) ? path.GetString() ?? "" : null;
    }
}
