using Roadstead.Oci.Client;
using Roadstead.Server.Projects;

namespace Roadstead.Server.Mirroring;

/// <summary>How long a client waits for upstream.</summary>
internal static class EndpointPatience
{
    /// <summary>The outcome of a call; where a copy is at hand, none later than the endpoint's time for that, after which upstream counts as failing.</summary>
    public static async Task<UpstreamOutcome<T>> Patience<T>(this Endpoint endpoint, bool hasCopy, Task<UpstreamOutcome<T>> call, TimeProvider clock, CancellationToken cancellation)
    {
        if (!hasCopy)
        {
            return await call.WaitAsync(cancellation).ConfigureAwait(false);
        }

        try
        {
            return await call.WaitAsync(endpoint.Options.RevalidationTimeout, clock, cancellation).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            endpoint.Health.Failed();
            return new UpstreamOutcome<T>.Unavailable(new UpstreamFault(UpstreamFaultKind.TimedOut, $"{endpoint.Registry} did not answer in time"));
        }
    }
}
