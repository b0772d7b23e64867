namespace Roadstead.Api;

/// <summary>The body of an answer that is an error, as Harbor's API has it.</summary>
/// <param name="Errors">At least one.</param>
public sealed record ApiErrors(IReadOnlyList<ApiError> Errors);

/// <summary>What went wrong.</summary>
/// <param name="Code">One word in capitals, as <c>BAD_REQUEST</c>.</param>
/// <param name="Message">What happened and what to do, for the operator.</param>
/// <param name="Key">The key of the body that it is about, as <c>url</c> or <c>projects[3].quota</c>, with which <paramref name="Message"/> begins; null: it is about none.</param>
public sealed record ApiError(string Code, string Message, string? Key = null);
