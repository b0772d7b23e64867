namespace Roadstead.Api;

/// <summary>What became of a question to the management API.</summary>
public abstract record ApiOutcome<T>
{
    private ApiOutcome()
    {
    }

    /// <summary>The server answered.</summary>
    public sealed record Answered(T Value) : ApiOutcome<T>;

    /// <summary>The server answered with an error, or with something that is no answer.</summary>
    /// <param name="Status">HTTP status.</param>
    /// <param name="Message">What was wrong, for the operator.</param>
    public sealed record Refused(int Status, string Message) : ApiOutcome<T>
    {
        /// <summary>The errors as the server named them; empty where it named none.</summary>
        public IReadOnlyList<ApiError> Errors { get; init; } = [];
    }

    /// <summary>There was no answer.</summary>
    /// <param name="Message">Why, for the operator.</param>
    /// <param name="Untrusted">True if the connection was refused because of the server's certificate.</param>
    public sealed record Unreachable(string Message, bool Untrusted) : ApiOutcome<T>;
}
