using Roadstead.Oci.Client;
using Roadstead.Server.Configuration;

namespace Roadstead.Server.Projects;

/// <summary>Asks a registry once, by options that need not be in force, with connections and tokens of its own: a token from before would hide that its password is worth nothing now.</summary>
internal static class EndpointTrial
{
    /// <inheritdoc cref="RegistryClient.Check"/>
    public static async Task<UpstreamOutcome<bool>> Run(EndpointOptions endpoint, LimitsOptions limits, TimeProvider clock, CancellationToken cancellation)
    {
        using var client = new RegistryClient(EndpointSettings.From(endpoint, limits, ServerVersion.Text, clock), clock);
        return await client.Check(cancellation).ConfigureAwait(false);
    }
}
