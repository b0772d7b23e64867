using System.Net;
using System.Text;
using Roadstead.Server.Telemetry;

namespace Roadstead.Server.Access;

/// <summary>Whether a request may go on.</summary>
internal abstract record AccessOutcome
{
    private AccessOutcome()
    {
    }

    public sealed record Granted : AccessOutcome;

    /// <summary>It shows no credential, or not the right one: the answer is the same.</summary>
    /// <param name="Challenges">What it may show, as <c>WWW-Authenticate</c> has it.</param>
    public sealed record Refused(IReadOnlyList<string> Challenges) : AccessOutcome;

    /// <summary>Its address failed too often to be looked at now.</summary>
    public sealed record MustWait(TimeSpan Wait) : AccessOutcome;
}

/// <summary>Decides on a request by what it shows in <c>Authorization</c>.</summary>
/// <remarks>RFC 7617 for the admin, RFC 6750 for nodes.</remarks>
internal sealed partial class AccessCheck(Credentials credentials, TimeProvider clock, ILogger<AccessCheck> log)
{
    private const string Basic = "Basic realm=\"Roadstead\"";
    private const string Bearer = "Bearer realm=\"Roadstead\"";

    private readonly FailedAttempts _failed = new(clock);
    private readonly RareLine _line = new(clock);

    public AccessOutcome Check(Guard guard, string? authorization, IPAddress? client)
    {
        if (guard == Guard.Open)
        {
            return new AccessOutcome.Granted();
        }

        if (string.IsNullOrEmpty(authorization))
        {
            return new AccessOutcome.Refused(ChallengesOf(guard));
        }

        var (scheme, value) = authorization.Split(' ', 2) is [var first, var rest] ? (first, rest.Trim()) : (authorization, "");
        var asNode = scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase);
        var (isRight, wait) = _failed.Try(client, asNode ? "node" : Credentials.AdminName, () => asNode
            ? guard != Guard.Admin && credentials.IsNode(value)
            : guard != Guard.Node && scheme.Equals("Basic", StringComparison.OrdinalIgnoreCase) && IsAdmin(value));
        if (isRight)
        {
            return new AccessOutcome.Granted();
        }

        if (_line.IsDue())
        {
            LogRefused(log, asNode ? "node" : Credentials.AdminName, client?.ToString() ?? "-", wait?.TotalSeconds ?? 0);
        }

        return wait is { } time ? new AccessOutcome.MustWait(time) : new AccessOutcome.Refused(ChallengesOf(guard));
    }

    private bool IsAdmin(string encoded)
    {
        var buffer = new byte[encoded.Length];
        if (!Convert.TryFromBase64String(encoded, buffer, out var length))
        {
            return false;
        }

        var pair = Encoding.UTF8.GetString(buffer, 0, length);
        var colon = pair.IndexOf(':', StringComparison.Ordinal);
        return colon >= 0 && credentials.IsAdmin(pair[..colon], pair[(colon + 1)..]);
    }

    private static string[] ChallengesOf(Guard guard) => guard switch
    {
        Guard.Node => [Bearer],
        Guard.Admin => [Basic],
        _ => [Basic, Bearer],
    };

    [LoggerMessage(LogLevel.Warning, "access refused as={Kind} client={Client} wait_s={Wait:0.0}: the credential is not the right one, or the address must wait after too many that were not")]
    private static partial void LogRefused(ILogger log, string kind, string client, double wait);
}
