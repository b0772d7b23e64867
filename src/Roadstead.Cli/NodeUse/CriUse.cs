using Grpc.Core;
using Roadstead.Cli.NodeVerify;
using Roadstead.Cli.NodeVerify.Cri;

namespace Roadstead.Cli.NodeUse;

/// <summary>Asks CRI-O, containerd and what is made of it for their containers, by the Container Runtime Interface.</summary>
internal static class CriUse
{
    /// <param name="socket">Where it is on this machine.</param>
    /// <param name="cancellation">Ends the question.</param>
    public static async Task<RuntimeUse> Ask(string socket, CancellationToken cancellation)
    {
        if (!File.Exists(socket))
        {
            return new RuntimeUse.Away();
        }

        try
        {
            using var channel = CriChannel.Open(socket);
            var containers = await new RuntimeService.RuntimeServiceClient(channel).ListContainersAsync(new ListContainersRequest(), cancellationToken: cancellation).ConfigureAwait(false);
            var images = await new ImageService.ImageServiceClient(channel).ListImagesAsync(new ListImagesRequest(), cancellationToken: cancellation).ConfigureAwait(false);
            return new RuntimeUse.Told(
                [.. containers.Containers.Select(container => new ContainerImage(Name(container), container.ImageId.Length > 0 ? container.ImageId : container.ImageRef))],
                [.. images.Images.Select(image => new KnownImage(image.Id, [.. image.RepoTags], [.. image.RepoDigests]))]);
        }
        catch (RpcException exception)
        {
            // A containerd whose CRI plug-in is off has no containers that could be asked for so.
            return CriChannel.IsAway(exception) || exception.StatusCode == StatusCode.Unimplemented ? new RuntimeUse.Away() : new RuntimeUse.Silent();
        }
    }

    private static string Name(Container container) => container.Image switch
    {
        null => "",
        { UserSpecifiedImage.Length: > 0 } image => image.UserSpecifiedImage,
        var image => image.Image,
    };
}
