using Roadstead.Oci.Client;
using Roadstead.Server.Configuration;

namespace Roadstead.Server.Projects;

/// <summary>Asks a registry once, by options that need not be in force, with connections and tokens of its own: a token from before would hide that its password is worth nothing now.</summary>
internal static class EndpointTrial
{
    /// <summary>Asks under each URL, in the order of preference, until one is not as it should be.</summary>
    /// <returns>The URL of the outcome, and what <see cref="RegistryClient.Check"/> says of it.</returns>
    public static async Task<(Uri Url, UpstreamOutcome<bool> Outcome)> Run(EndpointOptions endpoint, LimitsOptions limits, TimeProvider clock, CancellationToken cancellation)
    {
        (Uri Url, UpstreamOutcome<bool> Outcome)? last = null;
        foreach (var settings in EndpointSettings.From(endpoint, limits, ServerVersion.Text, clock))
        {
            using var client = new RegistryClient(settings, clock);
            last = (settings.Url, await client.Check(cancellation).ConfigureAwait(false));
            if (last.Value.Outcome is not UpstreamOutcome<bool>.Found)
            {
                break;
            }
        }

        return last!.Value;
    }
}
