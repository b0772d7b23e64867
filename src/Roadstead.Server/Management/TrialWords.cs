using Roadstead.Api;
using Roadstead.Oci.Client;
using Roadstead.Server.Configuration;

namespace Roadstead.Server.Management;

/// <summary>Says what came of a test of an endpoint: never anything of a body, for what was reached may be no registry.</summary>
internal static class TrialWords
{
    public const string Fine = "fine";
    public const string Throttled = "throttled";

    /// <param name="outcome">What came of it.</param>
    /// <param name="endpoint">What was tried.</param>
    /// <param name="url">Which of its URLs the outcome is of.</param>
    public static EndpointTest Of(UpstreamOutcome<bool> outcome, EndpointOptions endpoint, Uri url)
    {
        var whom = endpoint.FallbackUrls.Count == 0 || outcome is not UpstreamOutcome<bool>.Found ? url.Authority : string.Join(" and ", endpoint.Urls.Select(one => one.Authority));
        return outcome switch
        {
            UpstreamOutcome<bool>.Found => new EndpointTest(Fine, $"{whom} {(endpoint.FallbackUrls.Count == 0 ? "answers as a registry" : "answer as registries")}{(endpoint.HasLogin ? " and takes the credential" : "")}."),
            UpstreamOutcome<bool>.NotFound => new EndpointTest("no-registry", $"What answers at {whom} is no registry: there is none at {new Uri(url, "/v2/")}."),
            UpstreamOutcome<bool>.Denied(var message) => new EndpointTest("refused", $"The credential is refused: {message}."),
            UpstreamOutcome<bool>.Throttled(_, var message) => new EndpointTest(Throttled, $"It is a registry, and allows no more for now: {message}."),
            UpstreamOutcome<bool>.Unavailable { Fault: { Kind: UpstreamFaultKind.Nonsense, Status: not null } fault } => new EndpointTest("no-registry", $"What answers there is no registry: {fault.Message}."),
            UpstreamOutcome<bool>.Unavailable { Fault: { RegistryAnswers: true } fault } => new EndpointTest("unreachable", $"The registry answers, but what it needs does not: {fault.Message}."),
            UpstreamOutcome<bool>.Unavailable { Fault: var fault } => new EndpointTest("unreachable", $"The registry gives no answer: {fault.Message}."),
            _ => throw new InvalidOperationException("Unknown outcome."),
        };
    }
}
