using System.Globalization;

namespace Roadstead.Oci.Client;

/// <summary>What an upstream last said of how many more pulls it allows.</summary>
/// <param name="Limit">Pulls in a window of time; null where it did not say.</param>
/// <param name="Remaining">How many of them are left.</param>
/// <param name="At">When it said so.</param>
/// <remarks>Docker Hub's <c>ratelimit-limit</c> and <c>ratelimit-remaining</c> headers, as <c>100;w=21600</c>.</remarks>
public sealed record RateLimit(int? Limit, int Remaining, DateTimeOffset At)
{
    /// <summary>Reads an answer's headers; null where they say nothing of it.</summary>
    internal static RateLimit? Read(HttpResponseMessage response, DateTimeOffset now) =>
        Number(response, "ratelimit-remaining") is { } remaining ? new RateLimit(Number(response, "ratelimit-limit"), remaining, now) : null;

    private static int? Number(HttpResponseMessage response, string header) =>
        response.Headers.TryGetValues(header, out var values)
        && int.TryParse(values.First().Split(';')[0].Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
