using System.Globalization;
using Roadstead.Oci;
using Roadstead.Oci.Client;
using Roadstead.Server.Projects;

namespace Roadstead.Server.Mirroring;

/// <summary>How much of an image that is fetched is held.</summary>
/// <param name="Digest">The top manifest; null while it is not known.</param>
/// <param name="Bytes">Bytes of its blobs that are held or have come.</param>
/// <param name="TotalBytes">Bytes of all of them, as far as its manifests are known.</param>
/// <param name="Blobs">How many are held.</param>
/// <param name="TotalBlobs">How many there are.</param>
internal sealed record FetchProgress(Digest? Digest, long Bytes, long TotalBytes, int Blobs, int TotalBlobs);

/// <summary>What is fetched of an image.</summary>
/// <param name="Platforms">Of an index; null: those that a pull would keep, empty: all.</param>
/// <param name="IsEachNeeded">An index must have all of them; else those that it has are enough.</param>
/// <param name="IsPull">It counts as a pull.</param>
internal sealed record FetchWish(IReadOnlyList<Platform>? Platforms, bool IsEachNeeded = true, bool IsPull = true);

/// <summary>How the fetch of an image ended.</summary>
internal abstract record FetchEnd
{
    private FetchEnd()
    {
    }

    /// <summary>What kept it from being whole, for the operator; null: it is.</summary>
    public string? Explanation => this switch
    {
        Absent(var message) => message,
        NoRoom(var message) => message,
        Fault(UpstreamOutcome<long>.Denied(var message)) => message,
        Fault(UpstreamOutcome<long>.Throttled(_, var message)) => message,
        Fault(UpstreamOutcome<long>.Unavailable(var fault)) => fault.Message,
        _ => null,
    };

    /// <summary>All of it is held.</summary>
    /// <param name="WasHeld">It was before.</param>
    public sealed record Whole(bool WasHeld) : FetchEnd;

    /// <summary>Upstream has it not, or not all of it.</summary>
    public sealed record Absent(string Message) : FetchEnd;

    /// <summary>There is no room for all of it.</summary>
    public sealed record NoRoom(string Message) : FetchEnd;

    /// <summary>Upstream would not bring it.</summary>
    public sealed record Fault(UpstreamOutcome<long> Why) : FetchEnd;
}

/// <summary>Fetches an image as a client's pull would have it fetched, and says how far it has come.</summary>
internal sealed class ImageFetch(ManifestMirror manifests, ImageCompletion completion, ImageClosure closure, BlobFillTable fills, StoreRoom room, TimeProvider clock)
{
    // No client waits for others of them.
    private const int BlobsAtOnce = 4;
    private static readonly TimeSpan BetweenReports = TimeSpan.FromSeconds(1);

    /// <param name="route">Its repository.</param>
    /// <param name="reference">A tag or a digest.</param>
    /// <param name="wish">What of it is wanted.</param>
    /// <param name="report">Is told how far it has come, at the beginning, each second, and at the end.</param>
    /// <param name="stops">Ends it; what has come stays, and blobs that are under way come to their end.</param>
    public async Task<FetchEnd> Run(Route route, Reference reference, FetchWish wish, Func<FetchProgress, Task> report, CancellationToken stops)
    {
        await report(new FetchProgress(null, 0, 0, 0, 0)).ConfigureAwait(false);
        switch (await manifests.Get(route, reference, wish.IsPull ? ManifestPurpose.Inspect : ManifestPurpose.Complete, stops).ConfigureAwait(false))
        {
            case MirrorAnswer<HeldManifest>.NotServed(var why):
                return Refused(route, reference, why.As<long>());
            case MirrorAnswer<HeldManifest>.Served({ IsStored: false }, _, _):
                return NotStored(route, reference);
            case MirrorAnswer<HeldManifest>.Served(var top, _, _):
                var image = new PrefetchImage(route, top.Repository, top.Digest);
                return await Choose(image, wish, stops).ConfigureAwait(false) ?? await Complete(image, report, stops).ConfigureAwait(false);
            default:
                throw new InvalidOperationException("Unknown answer.");
        }
    }

    /// <summary>Pulls the manifests of the platforms that are wanted, as a client of such a machine does: from then on they are what is kept of the index.</summary>
    /// <returns>Why that is not to be; null if it is done.</returns>
    private async Task<FetchEnd?> Choose(PrefetchImage image, FetchWish wish, CancellationToken stops)
    {
        if (wish.Platforms is not { } platforms || closure.Entries(image.Manifest) is not { Count: > 0 } entries)
        {
            return null;
        }

        var missing = platforms.Where(platform => !entries.Any(entry => entry.Platform is { } offered && platform.Matches(offered))).ToList();
        if (missing.Count > 0 && (wish.IsEachNeeded || missing.Count == platforms.Count))
        {
            return new FetchEnd.Absent($"it has no {string.Join(", ", missing)}; it has {string.Join(", ", entries.Select(entry => entry.Platform).OfType<Platform>().Where(platform => !platform.IsUnknown).Distinct())}");
        }

        var chosen = entries.Where(entry => platforms.Count == 0 || (entry.Platform is { } offered && platforms.Any(platform => platform.Matches(offered))));
        foreach (var entry in chosen.Where(entry => wish.IsPull || closure.IsUnasked(image.RepositoryRow, entry.Digest)))
        {
            if (await manifests.Get(image.Route, new Reference(entry.Digest), ManifestPurpose.Pull, stops).ConfigureAwait(false) is MirrorAnswer<HeldManifest>.NotServed(var why))
            {
                return Refused(image.Route, new Reference(entry.Digest), why.As<long>());
            }
        }

        return null;
    }

    private async Task<FetchEnd> Complete(PrefetchImage image, Func<FetchProgress, Task> report, CancellationToken stops)
    {
        var wasHeld = Survey(image).Missing.IsEmpty;
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(stops);
        var work = completion.Run(image, BlobsAtOnce, ends.Token);
        try
        {
            while (!work.IsCompleted)
            {
                await report(Progress(image, Survey(image))).ConfigureAwait(false);
                await Task.WhenAny(work, Task.Delay(BetweenReports, clock, ends.Token)).ConfigureAwait(false);
            }
        }
        finally
        {
            // Where nobody can be told any more, nothing further is begun.
            await ends.CancelAsync().ConfigureAwait(false);
            await ((Task)work).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        var end = await work.ConfigureAwait(false);
        var survey = Survey(image);
        await report(Progress(image, survey)).ConfigureAwait(false);
        return end switch
        {
            { Fault: { } fault } => Refused(image.Route, new Reference(image.Manifest), fault),
            { NoRoom.Count: > 0 } => new FetchEnd.NoRoom(WhyNoRoom(image, survey, end.NoRoom)),
            { Absent.Count: > 0 } => new FetchEnd.Absent(string.Create(CultureInfo.InvariantCulture, $"upstream lacks {end.Absent.Count} of the manifests and blobs that it names, as {end.Absent.First()}")),
            _ => new FetchEnd.Whole(wasHeld),
        };
    }

    private ImageSurvey Survey(PrefetchImage image) => closure.Survey(image.Route.Project, image.RepositoryRow, image.Manifest);

    private FetchProgress Progress(PrefetchImage image, ImageSurvey survey)
    {
        var missing = survey.Missing.Blobs.ToHashSet();
        var come = survey.Blobs.Sum(blob => !missing.Contains(blob.Key) ? blob.Value : Math.Min(blob.Value, fills.Find(blob.Key, image.Route.Project)?.Come ?? 0));
        return new FetchProgress(image.Manifest, come, survey.Blobs.Values.Sum(), survey.Blobs.Count - missing.Count, survey.Blobs.Count);
    }

    private string WhyNoRoom(PrefetchImage image, ImageSurvey survey, IReadOnlySet<Digest> blobs) =>
        blobs.Select(blob => room.NeverFits(image.Route, blob, survey.Blobs.GetValueOrDefault(blob))).FirstOrDefault(why => why is not null)
        ?? string.Create(CultureInfo.InvariantCulture, $"there is no room for {blobs.Count} of its blobs within the quotas and below the disk's watermark: what else is held is pinned or being pulled");

    private static FetchEnd Refused(Route route, Reference reference, UpstreamOutcome<long> why) =>
        why is UpstreamOutcome<long>.NotFound ? new FetchEnd.Absent($"{route.Project.Endpoint!.Registry}/{route.Repository} {reference} is unknown") : new FetchEnd.Fault(why);

    private static FetchEnd.Fault NotStored(Route route, Reference reference) =>
        new(new UpstreamOutcome<long>.Unavailable(new UpstreamFault(UpstreamFaultKind.ServerError, $"{route.Repository} {reference} cannot be stored: the mirror's own disk or database fails; its log says why")));
}
