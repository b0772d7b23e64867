namespace Roadstead.Api;

/// <summary>The body of an answer that is an error, as Harbor's API has it.</summary>
/// <param name="Errors">At least one.</param>
public sealed record ApiErrors(IReadOnlyList<ApiError> Errors);

/// <summary>What went wrong.</summary>
/// <param name="Code">One word in capitals, as <c>BAD_REQUEST</c>.</param>
/// <param name="Message">What happened and what to do, for the operator.</param>
public sealed record ApiError(string Code, string Message);
