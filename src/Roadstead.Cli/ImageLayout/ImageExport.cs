using Roadstead.Api;
using Roadstead.Oci;

namespace Roadstead.Cli.ImageLayout;

/// <summary>An image that is to be exported.</summary>
/// <param name="Shown">What it is called where its registry is not known.</param>
/// <param name="Project">The project.</param>
/// <param name="Repository">The repository, as upstream calls it.</param>
/// <param name="Reference">A tag or a digest.</param>
internal sealed record WantedImage(string Shown, string Project, string Repository, Reference Reference);

/// <summary>Brings images of a server's into a layout: each as a whole, or not at all.</summary>
/// <param name="content">The server.</param>
/// <param name="time">For pauses.</param>
internal sealed class ImageExport(ContentClient content, TimeProvider time)
{
    private readonly Dictionary<WantedImage, MovedImage> _told = [];
    private readonly List<LayoutImage> _whole = [];

    /// <summary>What became of an image.</summary>
    public MovedImage Told(WantedImage image) => _told.GetValueOrDefault(image) ?? new MovedImage(image.Shown, MovedState.NotReached, 0) { Project = image.Project };

    /// <summary>Those of which all is in the layout.</summary>
    public IReadOnlyList<LayoutImage> Whole => _whole;

    /// <summary>What ended it before its time, as a sentence; null: nothing did.</summary>
    public string? Fault { get; private set; }

    /// <summary>Asks what each image consists of.</summary>
    /// <param name="wanted">The images.</param>
    /// <param name="asked">Is told how many were asked for.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>Those of which there is something to export; of the others it is told what they are.</returns>
    public async Task<IReadOnlyList<(WantedImage Image, ImageContent Content)>> Plan(IReadOnlyList<WantedImage> wanted, Action<int> asked, CancellationToken cancellation)
    {
        var planned = new List<(WantedImage, ImageContent)>();
        foreach (var (number, image) in wanted.Index())
        {
            asked(number);
            switch (await content.Image(image.Project, image.Repository, image.Reference.ToString(), cancellation).ConfigureAwait(false))
            {
                case ApiOutcome<ImageContent>.Answered({ Lacks.IsNothing: true } whole):
                    planned.Add((image, whole));
                    break;
                case ApiOutcome<ImageContent>.Answered(var part):
                    _told[image] = new MovedImage(NameOf(image, part), MovedState.Partial, part.Blobs.Where(blob => blob.Held).Sum(blob => blob.Size))
                    {
                        Project = image.Project,
                        Digest = part.Digest,
                        Message = $"the server lacks {part.Lacks.Manifests} of its manifests and {part.Lacks.Blobs} of its blobs; roadstead image fetch has them fetched",
                    };
                    break;
                case ApiOutcome<ImageContent>.Refused(404, _):
                    _told[image] = new MovedImage(image.Shown, MovedState.NotHeld, 0) { Project = image.Project, Message = "the server holds nothing of that name; roadstead image fetch has it fetched" };
                    break;
                case ApiOutcome<ImageContent>.Refused(var status, var message) when status != 401:
                    _told[image] = new MovedImage(image.Shown, MovedState.Failed, 0) { Project = image.Project, Message = $"the server {message}" };
                    break;
                case var lost:
                    Fault = Text(lost);
                    return planned;
            }
        }

        return planned;
    }

    /// <summary>Carries over what the layout lacks, until all is there or something ends it.</summary>
    /// <exception cref="IOException">The disk does not take it.</exception>
    public async Task Run(IReadOnlyList<(WantedImage Image, ImageContent Content)> planned, ILayoutTarget target, Transfer transfer, CancellationToken cancellation)
    {
        var blobs = planned.SelectMany(image => image.Content.Blobs).DistinctBy(blob => blob.Digest);
        transfer.Images = planned.Count;
        transfer.Total = blobs.Where(blob => !(Digest.TryParse(blob.Digest, out var digest) && target.Has(digest, blob.Size))).Sum(blob => blob.Size);
        foreach (var (image, parts) in planned)
        {
            var (end, top, hasChanged) = await Add(image, parts, target, transfer, cancellation).ConfigureAwait(false);
            var told = new MovedImage(NameOf(image, parts), MovedState.Exported, parts.Blobs.Sum(blob => blob.Size)) { Project = image.Project, Digest = parts.Digest };
            switch (end)
            {
                case MoveEnd.Done:
                    var whole = new LayoutImage(top!, told.Image, image.Reference.IsTag ? image.Reference.ToString() : null);
                    told = hasChanged || !target.Names(whole) ? told : told with { State = MovedState.Present };
                    _whole.Add(whole);
                    break;
                case MoveEnd.Refused(var why, var state):
                    told = told with { State = state, Message = why.TrimEnd('.') };
                    break;
                case MoveEnd.Lost(var why):
                    Fault = why;
                    return;
            }

            _told[image] = told;
            transfer.ImageDone();
        }
    }

    private async Task<(MoveEnd End, Descriptor? Top, bool HasChanged)> Add(WantedImage image, ImageContent parts, ILayoutTarget target, Transfer transfer, CancellationToken cancellation)
    {
        var hasChanged = false;
        foreach (var blob in parts.Blobs)
        {
            if (!Digest.TryParse(blob.Digest, out var digest))
            {
                return (new MoveEnd.Refused($"the server names {blob.Digest}, which is no digest."), null, false);
            }

            if (target.Has(digest, blob.Size))
            {
                continue;
            }

            hasChanged = true;
            var end = await target.Add(digest, new BlobDownload(content, image.Project, image.Repository, digest, blob.Size), transfer, time, cancellation).ConfigureAwait(false);
            if (end is not MoveEnd.Done)
            {
                return (end, null, false);
            }
        }

        // Only now: an index of whatever other tool finds all that a manifest names. The top one comes last.
        Descriptor? top = null;
        foreach (var name in parts.Manifests.Reverse())
        {
            var (end, descriptor, isNew) = await AddManifest(image, name, target, cancellation).ConfigureAwait(false);
            if (end is not MoveEnd.Done)
            {
                return (end, null, false);
            }

            hasChanged |= isNew;
            top = descriptor;
        }

        return top is not null && top.Digest.ToString() == parts.Digest
            ? (new MoveEnd.Done(), top, hasChanged)
            : (new MoveEnd.Refused("the server tells of an image without its own manifest."), null, false);
    }

    private async Task<(MoveEnd End, Descriptor? Descriptor, bool IsNew)> AddManifest(WantedImage image, string name, ILayoutTarget target, CancellationToken cancellation)
    {
        if (!Digest.TryParse(name, out var digest))
        {
            return (new MoveEnd.Refused($"the server names {name}, which is no digest."), null, false);
        }

        if (target.Manifest(digest) is { } known && ManifestReader.Read(known, null).Manifest is { } there)
        {
            return (new MoveEnd.Done(), new Descriptor(there.MediaType, digest, known.Length), false);
        }

        switch (await content.Manifest(image.Project, image.Repository, name, cancellation).ConfigureAwait(false))
        {
            case ApiOutcome<ContentManifest>.Answered({ Bytes: var bytes }) when Digest.Of(bytes, digest.Algorithm) != digest:
                return (new MoveEnd.Refused($"{digest}: the server's bytes have another digest, and are not taken."), null, false);
            case ApiOutcome<ContentManifest>.Answered({ Bytes: var bytes, MediaType: var mediaType }):
                var (manifest, fault) = ManifestReader.Read(bytes, mediaType);
                if (manifest is null)
                {
                    return (new MoveEnd.Refused($"{digest} is no manifest that clients can use: {fault}."), null, false);
                }

                target.Add(digest, bytes);
                return (new MoveEnd.Done(), new Descriptor(manifest.MediaType, digest, bytes.Length), true);
            case ApiOutcome<ContentManifest>.Refused(var status, var message) when status != 401:
                return (new MoveEnd.Refused($"{digest}: the server {message}."), null, false);
            case var lost:
                return (new MoveEnd.Lost(Text(lost)), null, false);
        }
    }

    /// <summary>As every runtime reads it.</summary>
    private static string NameOf(WantedImage image, ImageContent content) => $"{content.Registry}/{image.Repository}{(image.Reference.IsTag ? ":" : "@")}{image.Reference}";

    private static string Text<T>(ApiOutcome<T> outcome) => outcome switch
    {
        ApiOutcome<T>.Refused(_, var message) => $"The server {message.TrimEnd('.')}.",
        ApiOutcome<T>.Unreachable(var message, _) => $"The server cannot be reached: {message.TrimEnd('.')}.",
        _ => "",
    };
}
