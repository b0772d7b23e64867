using Roadstead.Oci;
using Roadstead.Oci.Client;
using Roadstead.Server.Projects;

namespace Roadstead.Server.Mirroring;

/// <summary>How long a client waits for upstream.</summary>
internal static class EndpointPatience
{
    /// <summary>
    /// The outcome of a call to upstream. Who has a copy at hand does not ask an upstream that is in doubt or must be spared, and waits no longer than the
    /// endpoint's time for that.
    /// </summary>
    /// <param name="endpoint">The upstream.</param>
    /// <param name="repository">Of which something is asked.</param>
    /// <param name="reference">What is asked for; null: a list.</param>
    /// <param name="hasCopy">The client can be served without an answer.</param>
    /// <param name="call">Asks.</param>
    /// <param name="clock">For the wait.</param>
    /// <param name="cancellation">Ends the client's wait, not the call.</param>
    public static async Task<UpstreamOutcome<T>> Patience<T>(
        this Endpoint endpoint, RepositoryName repository, Reference? reference, bool hasCopy, Func<Task<UpstreamOutcome<T>>> call, TimeProvider clock, CancellationToken cancellation)
    {
        if (!hasCopy)
        {
            return await call().WaitAsync(cancellation).ConfigureAwait(false);
        }

        if (endpoint.IsSparing)
        {
            return new UpstreamOutcome<T>.Throttled(clock.GetUtcNow(), $"{endpoint.Registry}'s rate limit is nearly used up");
        }

        if (endpoint.Health.IsInDoubt(repository))
        {
            return TooSlow<T>(endpoint);
        }

        try
        {
            return await call().WaitAsync(endpoint.Options.RevalidationTimeout, clock, cancellation).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            endpoint.Doubt(repository, reference);
            return TooSlow<T>(endpoint);
        }
    }

    private static UpstreamOutcome<T> TooSlow<T>(Endpoint endpoint) =>
        new UpstreamOutcome<T>.Unavailable(new UpstreamFault(UpstreamFaultKind.TimedOut, $"{endpoint.Registry} did not answer in time"));
}
