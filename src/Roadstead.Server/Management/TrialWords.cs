using Roadstead.Api;
using Roadstead.Oci.Client;
using Roadstead.Server.Configuration;

namespace Roadstead.Server.Management;

/// <summary>Says what came of a test of an endpoint: never anything of a body, for what was reached may be no registry.</summary>
internal static class TrialWords
{
    public const string Fine = "fine";
    public const string Throttled = "throttled";

    /// <param name="tried">Its URLs, and what came of each.</param>
    /// <param name="endpoint">What was tried.</param>
    /// <returns>Of several URLs the result of the first that is not fine, and what is to be said of each.</returns>
    public static EndpointTest Of(IReadOnlyList<(Uri Url, UpstreamOutcome<bool> Outcome)> tried, EndpointOptions endpoint)
    {
        var tests = tried.Select(one => Of(one.Outcome, one.Url, endpoint.HasLogin)).ToList();
        return tests.Count == 1 ? tests[0]
            : new EndpointTest((tests.Find(test => test.Result != Fine) ?? tests[0]).Result, string.Join(' ', tests.Select((test, i) => test.Result == Fine ? test.Message : $"{tried[i].Url.Authority}: {test.Message}")));
    }

    private static EndpointTest Of(UpstreamOutcome<bool> outcome, Uri url, bool hasLogin) => outcome switch
    {
        UpstreamOutcome<bool>.Found => new EndpointTest(Fine, $"{url.Authority} answers as a registry{(hasLogin ? " and takes the credential" : "")}."),
        UpstreamOutcome<bool>.NotFound => new EndpointTest("no-registry", $"What answers at {url.Authority} is no registry: there is none at {new Uri(url, "/v2/")}."),
        UpstreamOutcome<bool>.Denied(var message) => new EndpointTest("refused", $"The credential is refused: {message}."),
        UpstreamOutcome<bool>.Throttled(_, var message) => new EndpointTest(Throttled, $"It is a registry, and allows no more for now: {message}."),
        UpstreamOutcome<bool>.Unavailable { Fault: { Kind: UpstreamFaultKind.Nonsense, Status: not null } fault } => new EndpointTest("no-registry", $"What answers there is no registry: {fault.Message}."),
        UpstreamOutcome<bool>.Unavailable { Fault: { RegistryAnswers: true } fault } => new EndpointTest("unreachable", $"The registry answers, but what it needs does not: {fault.Message}."),
        UpstreamOutcome<bool>.Unavailable { Fault: var fault } => new EndpointTest("unreachable", $"The registry gives no answer: {fault.Message}."),
        _ => throw new InvalidOperationException("Unknown outcome."),
    };
}
