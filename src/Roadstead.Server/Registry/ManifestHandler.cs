using Microsoft.AspNetCore.Http;
using Roadstead.Oci;
using Roadstead.Server.Mirroring;
using Roadstead.Server.Projects;

namespace Roadstead.Server.Registry;

/// <summary>Answers GET and HEAD of manifests: the bytes and type that upstream sent, to every client alike.</summary>
/// <remarks>OCI distribution specification, "Pulling manifests". What Accept says is not minded: converting would change the digest.</remarks>
internal sealed class ManifestHandler(ManifestMirror mirror, TimeProvider clock)
{
    // The kernel takes as much for every connection before its client has read a byte.
    private const int GoneAtOnce = 16 * 1024;

    public async Task Answer(RegistryRequest request, Route route, Reference reference)
    {
        var context = request.Context;
        var purpose = request.IsHead ? ManifestPurpose.Inspect : ManifestPurpose.Pull;
        switch (await mirror.Get(route, reference, purpose, context.RequestAborted).ConfigureAwait(false))
        {
            case MirrorAnswer<HeldManifest>.Served(var manifest, var outcome, var staleReason):
                request.Set(outcome, staleReason);
                await Write(request, manifest).ConfigureAwait(false);
                break;
            case MirrorAnswer<HeldManifest>.NotServed(var why) refused:
                request.Set(CacheOutcome.Miss);
                var what = $"{route.Project.Endpoint!.Registry}/{route.Repository} {reference}";
                var (error, retryAfter) = OciErrorResult.From(why, OciErrorCode.ManifestUnknown, what, clock.GetUtcNow());
                await OciErrorResult.Write(context, refused.Explanation is { } explanation ? error with { Message = $"{what}: {explanation}." } : error, retryAfter).ConfigureAwait(false);
                break;
            default:
                throw new InvalidOperationException("Unknown answer.");
        }
    }

    /// <summary>Answers a GET or HEAD with a manifest.</summary>
    public static async Task Write(RegistryRequest request, HeldManifest manifest)
    {
        var response = request.Context.Response;
        response.Headers["Docker-Content-Digest"] = manifest.Digest.ToString();
        response.Headers.ETag = manifest.EntityTag;
        if (EntityTags.NoneMatch(request.Context.Request, manifest.Digest))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        response.Headers.ContentType = manifest.MediaType;
        response.ContentLength = manifest.Bytes.Length;
        if (!request.IsHead)
        {
            // A token costs more than the rest of the call, and nobody waits for what is gone at once.
            await response.Body.WriteAsync(manifest.Bytes, manifest.Bytes.Length <= GoneAtOnce ? CancellationToken.None : request.Context.RequestAborted).ConfigureAwait(false);
            request.Bytes = manifest.Bytes.Length;
        }
    }
}
