namespace Roadstead.Oci.Client;

/// <summary>What kind of fault kept an upstream from answering.</summary>
public enum UpstreamFaultKind
{
    /// <summary>No connection: refused, unknown host.</summary>
    Unreachable,

    /// <summary>No answer in time.</summary>
    TimedOut,

    /// <summary>A status of 500 or above.</summary>
    ServerError,

    /// <summary>An answer that a registry does not give, a certificate that is none, an address that may not be dialled.</summary>
    Nonsense,

    /// <summary>Not asked: as many bodies as may be under way from it at once are.</summary>
    Busy,
}

/// <summary>Why an upstream gave no answer about the image.</summary>
/// <param name="Kind">Its class, from which the status for the client follows.</param>
/// <param name="Message">What happened, at which host; never a query string or a credential.</param>
/// <param name="Status">The HTTP status that the upstream answered with, where the fault lies in that; null where it answered otherwise or not at all.</param>
/// <param name="RegistryAnswers">True if the registry itself answered and the fault is behind that: in the body, at the place that it redirected to, or at its token service.</param>
public sealed record UpstreamFault(UpstreamFaultKind Kind, string Message, int? Status = null, bool RegistryAnswers = false);

/// <summary>What came of asking an upstream. Only <see cref="NotFound"/> is an answer about the image; all but <see cref="Found"/> and it are faults.</summary>
/// <typeparam name="T">What it has, when it has it.</typeparam>
public abstract record UpstreamOutcome<T>
{
    private UpstreamOutcome()
    {
    }

    /// <summary>The upstream has it.</summary>
    public sealed record Found(T Value) : UpstreamOutcome<T>;

    /// <summary>The upstream says that there is no such thing.</summary>
    public sealed record NotFound : UpstreamOutcome<T>;

    /// <summary>The upstream refuses access, with or without a credential.</summary>
    public sealed record Denied(string Message) : UpstreamOutcome<T>;

    /// <summary>The upstream throttles, at least until then.</summary>
    public sealed record Throttled(DateTimeOffset Until, string Message) : UpstreamOutcome<T>;

    /// <summary>The upstream could not be asked or did not answer as a registry does.</summary>
    public sealed record Unavailable(UpstreamFault Fault) : UpstreamOutcome<T>;

    /// <summary>The same outcome for another type of value, for all but <see cref="Found"/>.</summary>
    /// <exception cref="InvalidOperationException">The outcome is <see cref="Found"/>.</exception>
    public UpstreamOutcome<TOther> As<TOther>() => this switch
    {
        NotFound => new UpstreamOutcome<TOther>.NotFound(),
        Denied denied => new UpstreamOutcome<TOther>.Denied(denied.Message),
        Throttled throttled => new UpstreamOutcome<TOther>.Throttled(throttled.Until, throttled.Message),
        Unavailable unavailable => new UpstreamOutcome<TOther>.Unavailable(unavailable.Fault),
        _ => throw new InvalidOperationException("What was found cannot stand for something else."),
    };
}
