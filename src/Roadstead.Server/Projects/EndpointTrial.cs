using Roadstead.Oci.Client;
using Roadstead.Server.Configuration;

namespace Roadstead.Server.Projects;

/// <summary>Asks a registry once, by options that need not be in force, with connections and tokens of its own: a token from before would hide that its password is worth nothing now.</summary>
internal static class EndpointTrial
{
    /// <summary>Asks under each URL, all at once.</summary>
    /// <returns>What <see cref="RegistryClient.Check"/> says of each, in the order of preference.</returns>
    public static Task<(Uri Url, UpstreamOutcome<bool> Outcome)[]> Run(EndpointOptions endpoint, LimitsOptions limits, TimeProvider clock, CancellationToken cancellation) =>
        Task.WhenAll(EndpointSettings.From(endpoint, limits, ServerVersion.Text, clock).Select(settings => Run(settings, clock, cancellation)));

    private static async Task<(Uri Url, UpstreamOutcome<bool> Outcome)> Run(UpstreamSettings settings, TimeProvider clock, CancellationToken cancellation)
    {
        using var client = new RegistryClient(settings, clock);
        return (settings.Url, await client.Check(cancellation).ConfigureAwait(false));
    }
}
