using Roadstead.Api;
using Roadstead.Oci;

namespace Roadstead.Cli.ImageLayout;

/// <summary>An image of a layout, with all of it that is there.</summary>
/// <param name="Image">As the layout's index has it.</param>
/// <param name="Name">Its whole reference.</param>
/// <param name="Project">The project that is to have it.</param>
/// <param name="Repository">Its name there.</param>
/// <param name="Manifests">Its manifests, the top one first.</param>
/// <param name="Blobs">What they name.</param>
internal sealed record LayoutContent(LayoutImage Image, ImageReference Name, string Project, string Repository, IReadOnlyList<Descriptor> Manifests, IReadOnlyList<Descriptor> Blobs)
{
    public Digest Top => Manifests[0].Digest;
}

/// <summary>Brings images of a layout into a server, which asks no upstream for them.</summary>
/// <param name="client">The server, for pins.</param>
/// <param name="content">The server.</param>
/// <param name="source">The layout.</param>
/// <param name="pin">They are to stay, too, whatever room is needed.</param>
internal sealed class ImageImport(ManagementClient client, ContentClient content, ILayoutSource source, bool pin)
{
    // Indexes within indexes; deeper ones are not images.
    private const int MaxDepth = 4;

    private readonly Dictionary<LayoutImage, MovedImage> _told = [];

    /// <summary>What became of an image.</summary>
    public MovedImage Told(LayoutImage image) => _told.GetValueOrDefault(image) ?? new MovedImage(image.Name ?? image.Tag ?? image.Top.Digest.ToString(), MovedState.NotReached, 0) { Digest = image.Top.Digest.ToString() };

    /// <summary>What ended it before its time, as a sentence; null: nothing did.</summary>
    public string? Fault { get; private set; }

    /// <summary>Looks at what each image consists of, and where it would go.</summary>
    /// <param name="images">As the layout's index has them.</param>
    /// <param name="named">What the only one is to be called; null: what the layout says.</param>
    /// <param name="find">The project that answers for a registry, or why there is none.</param>
    /// <returns>Those that can be imported; of the others it is told what is wrong.</returns>
    public IReadOnlyList<LayoutContent> Plan(IReadOnlyList<LayoutImage> images, ImageReference? named, Func<RegistryName, (string? Project, string? Fault)> find)
    {
        var planned = new List<LayoutContent>();
        foreach (var image in images)
        {
            var shown = named?.ToString() ?? image.Name ?? image.Tag ?? image.Top.Digest.ToString();
            var told = new MovedImage(shown, MovedState.Failed, 0) { Digest = image.Top.Digest.ToString() };
            var name = NameOf(image, named, out var fault);
            var (project, none) = name is null ? default : find(name.Registry);
            if (name is null)
            {
                _told[image] = told with { Message = fault };
            }
            else if (project is null)
            {
                _told[image] = told with { State = MovedState.NotMirrored, Message = none?.TrimEnd('.') };
            }
            else if (Read(image, out var manifests, out var blobs) is { } wrong)
            {
                _told[image] = told with { State = wrong.State, Project = project, Message = wrong.Why.TrimEnd('.') };
            }
            else
            {
                planned.Add(new LayoutContent(image, name, project, name.Repository.ToString(), manifests, blobs));
            }
        }

        return planned;
    }

    /// <summary>Has the server have what it lacks, until all is there or something ends it.</summary>
    public async Task Run(IReadOnlyList<LayoutContent> planned, Transfer transfer, CancellationToken cancellation)
    {
        transfer.Images = planned.Count;
        transfer.Total = planned.SelectMany(image => image.Blobs.Select(blob => (image.Project, image.Repository, blob.Digest, blob.Size))).Distinct().Sum(blob => blob.Size);
        var passed = new HashSet<(string, string, Digest)>();
        foreach (var image in planned)
        {
            var told = new MovedImage(image.Name.ToString(), MovedState.Imported, image.Blobs.Sum(blob => blob.Size)) { Project = image.Project, Digest = image.Top.ToString() };
            var (end, wasThere) = await Add(image, transfer, passed, cancellation).ConfigureAwait(false);
            switch (end)
            {
                case MoveEnd.Done:
                    told = await Pin(image, told with { State = wasThere ? MovedState.Present : MovedState.Imported }, cancellation).ConfigureAwait(false);
                    break;
                case MoveEnd.Refused(var why, var state):
                    told = told with { State = state, Message = why.TrimEnd('.') };
                    break;
                case MoveEnd.Lost(var why):
                    Fault = why;
                    return;
            }

            _told[image.Image] = told;
            transfer.ImageDone();
        }
    }

    /// <summary>Looks again at what was not pinned: for the last of many, room may have been made of the first.</summary>
    public async Task LookAgain(IReadOnlyList<LayoutContent> planned, CancellationToken cancellation)
    {
        foreach (var image in planned.Where(image => Told(image.Image) is { IsThere: true, Pinned: false }))
        {
            var (known, fault) = await Known(image, image.Name.Reference.ToString(), cancellation).ConfigureAwait(false);
            if (fault is null && known is not { Lacks.IsNothing: true })
            {
                _told[image.Image] = Told(image.Image) with { State = MovedState.NoRoom, Message = $"it went again to make room for others: the quotas, or the disk, have no room for all of them; raise the quota of {image.Project}, or import fewer" };
            }
        }
    }

    private async Task<(MoveEnd End, bool WasThere)> Add(LayoutContent image, Transfer transfer, HashSet<(string, string, Digest)> passed, CancellationToken cancellation)
    {
        var reference = image.Name.Reference;
        var (known, fault) = await Known(image, reference.ToString(), cancellation).ConfigureAwait(false);
        var isThere = known is { Lacks.IsNothing: true } && known.Digest == image.Top.ToString() && image.Manifests.All(manifest => known.Manifests.Contains(manifest.Digest.ToString()));
        fault ??= isThere ? null : await Fill(image, transfer, passed, cancellation).ConfigureAwait(false);

        // Also of what is there: it may be one that upstream was known to have no more.
        fault ??= reference.IsTag ? End(await content.PutTag(image.Project, image.Repository, reference.ToString(), image.Top.ToString(), cancellation).ConfigureAwait(false)) : null;
        foreach (var blob in fault is null ? image.Blobs : [])
        {
            Pass(image, blob, transfer, passed);
        }

        return (fault ?? new MoveEnd.Done(), isThere);
    }

    /// <returns>What kept it from being sent; null: all of it is there.</returns>
    private async Task<MoveEnd?> Fill(LayoutContent image, Transfer transfer, HashSet<(string, string, Digest)> passed, CancellationToken cancellation)
    {
        // All of them, the known ones too: what is there of an index is what the server is to keep of it.
        foreach (var manifest in image.Manifests)
        {
            if (!LayoutReader.TryReadManifest(source, manifest, out var read, out var bytes, out var wrong))
            {
                return new MoveEnd.Refused(wrong);
            }

            if (End(await content.PutManifest(image.Project, image.Repository, manifest.Digest.ToString(), new ContentManifest(bytes, read.MediaType), cancellation).ConfigureAwait(false)) is { } refused)
            {
                return refused;
            }
        }

        var (known, fault) = await Known(image, image.Top.ToString(), cancellation).ConfigureAwait(false);
        var held = known?.Blobs.Where(blob => blob.Held).Select(blob => blob.Digest).ToHashSet(StringComparer.Ordinal) ?? [];
        foreach (var blob in image.Blobs.Where(blob => !held.Contains(blob.Digest.ToString())))
        {
            if ((fault ??= await Send(image, blob, transfer, passed, cancellation).ConfigureAwait(false)) is not null)
            {
                return fault;
            }

            Pass(image, blob, transfer, passed);
        }

        return fault;
    }

    /// <returns>What kept it from being sent; null: it is there.</returns>
    private async Task<MoveEnd?> Send(LayoutContent image, Descriptor blob, Transfer transfer, HashSet<(string, string, Digest)> passed, CancellationToken cancellation)
    {
        var digest = blob.Digest.ToString();
        switch (await content.TakeUpBlob(image.Project, image.Repository, digest, blob.Size, cancellation).ConfigureAwait(false))
        {
            case ApiOutcome<bool>.Answered:
                return null;
            case ApiOutcome<bool>.Refused(404, _):
                break;
            case var refused:
                return End(refused);
        }

        // Counted as they go, and not again.
        passed.Add((image.Project, image.Repository, blob.Digest));
        using var bytes = source.Open(blob.Digest);
        var end = End(await content.PutBlob(image.Project, image.Repository, digest, bytes, blob.Size, count => transfer.Add(count), cancellation).ConfigureAwait(false));
        if (end is null)
        {
            transfer.BlobDone();
        }

        return end;
    }

    private async Task<MovedImage> Pin(LayoutContent image, MovedImage told, CancellationToken cancellation) => !pin ? told
        : End(await client.Pin(image.Project, image.Repository, image.Name.Reference.ToString(), cancellation).ConfigureAwait(false)) switch
        {
            null => told with { Pinned = true },
            MoveEnd.Refused(var why, _) => told with { Message = $"it is not pinned: {why.TrimEnd('.')}" },
            MoveEnd.Lost(var why) => told with { Message = $"it is not pinned: {why.TrimEnd('.')}" },
            _ => told,
        };

    /// <returns>What the server has of that name, which may be nothing; or why that is not known.</returns>
    private async Task<(ImageContent? Known, MoveEnd? Fault)> Known(LayoutContent image, string reference, CancellationToken cancellation)
    {
        var outcome = await content.Image(image.Project, image.Repository, reference, cancellation).ConfigureAwait(false);
        return outcome is ApiOutcome<ImageContent>.Answered(var known) ? (known, null) : (null, outcome is ApiOutcome<ImageContent>.Refused { Status: 404 } ? null : End(outcome));
    }

    private static void Pass(LayoutContent image, Descriptor blob, Transfer transfer, HashSet<(string, string, Digest)> passed)
    {
        if (passed.Add((image.Project, image.Repository, blob.Digest)))
        {
            transfer.Pass(blob.Size);
        }
    }

    /// <returns>What ended there; null: nothing, it was done.</returns>
    private static MoveEnd? End<T>(ApiOutcome<T> outcome) => outcome switch
    {
        ApiOutcome<T>.Answered => null,
        ApiOutcome<T>.Refused(401, var message) => new MoveEnd.Lost($"The server {message.TrimEnd('.')}."),
        ApiOutcome<T>.Refused { Status: var status, Errors: [{ Message: var message }, ..] } => new MoveEnd.Refused(message, status == 507 ? MovedState.NoRoom : MovedState.Failed),
        ApiOutcome<T>.Refused(_, var message) => new MoveEnd.Refused($"the server {message}"),
        ApiOutcome<T>.Unreachable(var message, _) => new MoveEnd.Lost($"The server cannot be reached: {message.TrimEnd('.')}. What has come stays there, and the same command goes on from there."),
        _ => throw new InvalidOperationException("Unknown outcome."),
    };

    private static ImageReference? NameOf(LayoutImage image, ImageReference? named, out string? fault)
    {
        // A tag alone, as most tools write it, would be read as a repository of Docker Hub's.
        var text = image.Name ?? (image.Tag is { } tag && tag.IndexOf('/', StringComparison.Ordinal) is > 0 and var slash && RegistryName.LooksLikeHost(tag[..slash]) ? tag : null);
        (fault, var name) = (null, named);
        if (name is null && text is null)
        {
            var example = image.Tag is { Length: > 0 } known && !known.Contains('/', StringComparison.Ordinal) ? known : "1.25";
            fault = $"the layout does not say of which registry and repository it is; if it is the only image there, name it with --as, as --as docker.io/library/nginx:{example}";
        }
        else if (name is null && !ImageReference.TryParse(text!, out name, out fault))
        {
            fault = $"its name in the layout {fault}";
        }
        else if (name.Reference.Digest is { } digest && digest != image.Top.Digest)
        {
            fault = $"its name says another digest than the {image.Top.Digest} that it has";
        }

        return fault is null ? name : null;
    }

    /// <returns>What is wrong with it; null: nothing.</returns>
    private MoveEnd.Refused? Read(LayoutImage image, out IReadOnlyList<Descriptor> manifests, out IReadOnlyList<Descriptor> blobs)
    {
        var (read, named) = (new List<Descriptor>(), new List<Descriptor>());
        var fault = MediaTypes.IsManifest(image.Top.MediaType) ? Read(image.Top, read, named, 0) : new MoveEnd.Refused($"it is of type {image.Top.MediaType}, which is no image's.");
        (manifests, blobs) = (read, [.. named.DistinctBy(blob => blob.Digest)]);
        return fault;
    }

    private MoveEnd.Refused? Read(Descriptor descriptor, List<Descriptor> manifests, List<Descriptor> blobs, int depth)
    {
        if (manifests.Exists(known => known.Digest == descriptor.Digest))
        {
            return null;
        }

        if (!LayoutReader.TryReadManifest(source, descriptor, out var manifest, out _, out var fault))
        {
            return new MoveEnd.Refused(fault, source.Size(descriptor.Digest) is null ? MovedState.Partial : MovedState.Failed);
        }

        manifests.Add(descriptor);
        var children = manifest.Children.Where(child => child.Role == ChildRole.Manifest && depth < MaxDepth && source.Size(child.Descriptor.Digest) is not null).ToList();
        if (manifest.IsIndex && children.Count == 0)
        {
            return new MoveEnd.Refused($"none of the manifests that {descriptor.Digest} names is there.", MovedState.Partial);
        }

        foreach (var blob in manifest.Children.Where(child => child.Role == ChildRole.Blob).Select(child => child.Descriptor))
        {
            if (LayoutReader.FileFault(source, blob) is { } wrong)
            {
                return new MoveEnd.Refused(wrong, source.Size(blob.Digest) is null ? MovedState.Partial : MovedState.Failed);
            }

            blobs.Add(blob);
        }

        return children.Select(child => Read(child.Descriptor, manifests, blobs, depth + 1)).FirstOrDefault(wrong => wrong is not null);
    }
}
