namespace Roadstead.Api;

/// <summary>The endpoints of a server: <c>GET /api/v2.0/roadstead/endpoints</c>.</summary>
/// <param name="Endpoints">In the server's order: those of its configuration file, then the others as they were made.</param>
public sealed record EndpointList(IReadOnlyList<EndpointStatus> Endpoints)
{
    /// <summary>Where the endpoints are, below the server's URL.</summary>
    public const string Path = "/api/v2.0/roadstead/endpoints";

    /// <summary>Where one endpoint is: GET, PUT makes or replaces it, DELETE.</summary>
    public static string PathOf(string name) => $"{Path}/{Uri.EscapeDataString(name)}";

    /// <summary>Where one is tested: a POST of an <see cref="EndpointSpec"/>, or without a body for the endpoint as it is.</summary>
    public static string TestPathOf(string name) => PathOf(name) + "/test";
}

/// <summary>An endpoint, as the server has it.</summary>
/// <param name="Id">Its number in Harbor's API.</param>
/// <param name="Source"><c>file</c>: the configuration file declares it, and it is changed there alone; or <c>database</c>.</param>
/// <param name="Settings">All its options, without secrets.</param>
/// <param name="HasPassword">A password is saved for its URL.</param>
/// <param name="HasClientKey">The key of its client certificate is saved.</param>
/// <param name="SecretLost">A secret of it is saved and cannot be read: it is asked without a credential until that is given anew.</param>
/// <param name="Health">Whether it answers.</param>
/// <param name="RateLimit">What it last said of how much it allows; null: it never did.</param>
/// <param name="Projects">The projects that fill themselves from it.</param>
/// <param name="CreatedAt">Since when it has its number.</param>
/// <param name="UpdatedAt">When it was last changed here.</param>
public sealed record EndpointStatus(
    long Id, string Source, EndpointSpec Settings, bool HasPassword, bool HasClientKey, bool SecretLost, EndpointHealthStatus Health, EndpointRateLimit? RateLimit,
    IReadOnlyList<string> Projects, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt)
{
    /// <summary>How each of its URLs does, in the order of preference.</summary>
    public IReadOnlyList<EndpointUrlStatus> Urls { get; init; } = [];
}

/// <summary>One URL of an endpoint.</summary>
/// <param name="Url">Scheme, host and port.</param>
/// <param name="Health">Whether it answers.</param>
/// <param name="RateLimit">What it last said of how much it allows; null: it never did.</param>
public sealed record EndpointUrlStatus(string Url, EndpointHealthStatus Health, EndpointRateLimit? RateLimit);

/// <summary>Whether an endpoint answers.</summary>
/// <param name="State"><c>up</c>; <c>down</c>, which is asked by probes alone; <c>failing</c>, which is asked, and nothing comes of it; <c>resting</c> while it asks not to be asked, or <c>unknown</c> while nobody asked it since the server's start, or its options changed.</param>
/// <param name="Reason">Why it is down or failing, or its words for the rest; null: it is none of these.</param>
/// <param name="RestsUntil">When the rest ends; null: there is none.</param>
public sealed record EndpointHealthStatus(string State, string? Reason, DateTimeOffset? RestsUntil);

/// <summary>How many more pulls an upstream allows.</summary>
/// <param name="Limit">Pulls in a window of time; null: it did not say.</param>
/// <param name="Remaining">How many of them are left.</param>
/// <param name="At">When it said so.</param>
public sealed record EndpointRateLimit(int? Limit, int Remaining, DateTimeOffset At);
