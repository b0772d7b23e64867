using Roadstead.Oci;
using Roadstead.Oci.Client;

namespace Roadstead.Server.Mirroring;

/// <summary>What came of completing an image.</summary>
/// <param name="Fault">What kept it from going on; null: nothing is left to do.</param>
/// <param name="Absent">What upstream says that it has not.</param>
/// <param name="NoRoom">Blobs for which there is no room.</param>
internal sealed record CompletionEnd(UpstreamOutcome<long>? Fault, IReadOnlySet<Digest> Absent, IReadOnlySet<Digest> NoRoom);

/// <summary>Has the store hold all that an image names.</summary>
internal sealed class ImageCompletion(ImageClosure closure, ManifestMirror manifests, BlobMirror blobs)
{
    /// <param name="image">The image, whose top manifest is held.</param>
    /// <param name="blobsAtOnce">How many of its blobs are fetched at once.</param>
    /// <param name="stops">Ends it; what is being fetched goes on.</param>
    public async Task<CompletionEnd> Run(PrefetchImage image, int blobsAtOnce, CancellationToken stops)
    {
        var (absent, noRoom) = (new HashSet<Digest>(), new HashSet<Digest>());
        while (true)
        {
            var missing = closure.Missing(image.Route.Project, image.RepositoryRow, image.Manifest);
            var manifestsLeft = missing.Manifests.Where(digest => !absent.Contains(digest)).ToList();
            var blobsLeft = missing.Blobs.Where(digest => !absent.Contains(digest) && !noRoom.Contains(digest)).ToList();
            if (manifestsLeft.Count == 0 && blobsLeft.Count == 0)
            {
                return new CompletionEnd(null, absent, noRoom);
            }

            foreach (var digest in manifestsLeft)
            {
                var answer = await manifests.Get(image.Route, new Reference(digest), ManifestPurpose.Complete, stops).ConfigureAwait(false);
                if (answer is MirrorAnswer<HeldManifest>.NotServed { Why: not UpstreamOutcome<HeldManifest>.NotFound and var why })
                {
                    return new CompletionEnd(why.As<long>(), absent, noRoom);
                }

                if (answer is MirrorAnswer<HeldManifest>.NotServed)
                {
                    absent.Add(digest);
                }
            }

            var outcomes = await Blobs(image, blobsLeft, blobsAtOnce, stops).ConfigureAwait(false);
            if (outcomes.Find(outcome => outcome.Outcome is not (null or UpstreamOutcome<long>.Found or UpstreamOutcome<long>.NotFound)) is { Outcome: { } fault })
            {
                return new CompletionEnd(fault, absent, noRoom);
            }

            // What there is no room for is left to the next pull, too.
            noRoom.UnionWith(outcomes.Where(outcome => outcome.Outcome is null).Select(outcome => outcome.Digest));
            absent.UnionWith(outcomes.Where(outcome => outcome.Outcome is UpstreamOutcome<long>.NotFound).Select(outcome => outcome.Digest));
        }
    }

    private async Task<List<(Digest Digest, UpstreamOutcome<long>? Outcome)>> Blobs(PrefetchImage image, List<Digest> digests, int atOnce, CancellationToken stops)
    {
        using var places = new SemaphoreSlim(atOnce);
        return
        [
            .. await Task.WhenAll(digests.Select(async digest =>
            {
                await places.WaitAsync(stops).ConfigureAwait(false);
                try
                {
                    return (digest, await blobs.Complete(image.Route, digest, stops).ConfigureAwait(false));
                }
                finally
                {
                    places.Release();
                }
            })).ConfigureAwait(false),
        ];
    }
}
