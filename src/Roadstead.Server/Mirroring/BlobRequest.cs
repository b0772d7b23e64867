using Roadstead.Oci;
using Roadstead.Oci.Client;
using Roadstead.Server.Projects;

namespace Roadstead.Server.Mirroring;

/// <summary>Asks an upstream for a blob from its first byte on.</summary>
internal static class BlobRequest
{
    private static readonly TimeSpan BeforeAskingAgain = TimeSpan.FromMilliseconds(250);

    /// <summary>Asks twice if need be: runtimes turn to another source before they have a manifest, and for its blobs most of them do not.</summary>
    /// <param name="route">The repository that it is fetched from.</param>
    /// <param name="digest">What to fetch.</param>
    /// <param name="size">Its size in bytes; null where nobody told it.</param>
    /// <param name="patience">As <see cref="Endpoint.GetBlob(RepositoryName, Digest, long, TimeSpan?, CancellationToken, Uri?)"/> has it.</param>
    /// <param name="clock">For the pause.</param>
    /// <param name="cancellation">Ends it.</param>
    public static async Task<UpstreamOutcome<UpstreamBlob>> Send(Route route, Digest digest, long? size, TimeSpan? patience, TimeProvider clock, CancellationToken cancellation)
    {
        var (outcome, from) = await SendOnce(route, digest, size, patience, null, cancellation).ConfigureAwait(false);
        if (outcome is UpstreamOutcome<UpstreamBlob>.Unavailable { Fault.Kind: UpstreamFaultKind.ServerError or UpstreamFaultKind.Nonsense } && !route.Project.Endpoint!.Health.IsInDoubt(route.Repository))
        {
            await Task.Delay(BeforeAskingAgain, clock, cancellation).ConfigureAwait(false);
            (outcome, _) = await SendOnce(route, digest, size, patience, from, cancellation).ConfigureAwait(false);
        }

        return outcome;
    }

    /// <summary>Asks the URL that sent what cannot be right after all others, and tells which one did this time.</summary>
    private static async Task<(UpstreamOutcome<UpstreamBlob> Outcome, Uri? From)> SendOnce(Route route, Digest digest, long? size, TimeSpan? patience, Uri? last, CancellationToken cancellation)
    {
        var endpoint = route.Project.Endpoint!;
        var outcome = await endpoint.GetBlob(route.Repository, digest, 0, patience, cancellation, last).ConfigureAwait(false);
        if (outcome is not UpstreamOutcome<UpstreamBlob>.Found { Value: { Size: { } told } blob } || size is not { } expected || told == expected)
        {
            return (outcome, null);
        }

        blob.Dispose();
        var message = $"{route.Repository} {digest}: upstream sends {told} bytes, and it should be {expected}";
        endpoint.ReportBrokenBody(message);
        return (new UpstreamOutcome<UpstreamBlob>.Unavailable(new UpstreamFault(UpstreamFaultKind.Nonsense, message)), blob.From);
    }
}
