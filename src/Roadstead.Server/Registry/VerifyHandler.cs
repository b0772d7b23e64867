using Roadstead.Oci;
using Roadstead.Server.Mirroring;

namespace Roadstead.Server.Registry;

/// <summary>Answers for <c>roadstead/verify</c>, the repository that each project has of this server's own; neither the store nor an upstream has a part in it.</summary>
internal sealed class VerifyHandler(BlobHandler blobs)
{
    // All tags name the image; one is told, so that whoever copies what is listed finds something.
    private static readonly string[] Tags = ["latest"];

    public async Task Answer(RegistryRequest request, OciPath path)
    {
        request.Set(CacheOutcome.Hit);
        var image = VerifyImage.Of(request.Route!.Project.Name);
        await (path.Kind switch
        {
            OciPathKind.Manifest => image.Manifest(path.Reference!.Value) is { } manifest
                ? ManifestHandler.Write(request, manifest)
                : Refuse(request, OciErrorCode.ManifestUnknown, path.Reference),
            OciPathKind.Blob => image.Blob(path.Reference!.Value.Digest!.Value) is { } blob
                ? blobs.Write(request, new BlobSource.InMemory(blob), path.Reference.Value.Digest.Value)
                : Refuse(request, OciErrorCode.BlobUnknown, path.Reference),
            OciPathKind.Tags => ListHandler.WriteTags(request, path, path.Page!.Of(Tags)),
            OciPathKind.Referrers => ListHandler.WriteReferrers(request, path, ReferrerList.Empty),
            _ => throw new InvalidOperationException($"{path.Kind} is not a repository's."),
        }).ConfigureAwait(false);
    }

    private static Task Refuse(RegistryRequest request, string code, Reference? reference) =>
        OciErrorResult.Write(request.Context, new OciError(404, code, $"This server's own image for nodes that check themselves has no {reference}."));
}
