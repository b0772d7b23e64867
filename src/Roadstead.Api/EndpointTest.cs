namespace Roadstead.Api;

/// <summary>What came of asking an endpoint's registry for its front page.</summary>
/// <param name="Result"><c>fine</c>, <c>unreachable</c>, <c>refused</c> (it does not take the credential, or wants one), <c>no-registry</c> or <c>throttled</c>.</param>
/// <param name="Message">What was found, for the operator; nothing of a body.</param>
public sealed record EndpointTest(string Result, string Message);
