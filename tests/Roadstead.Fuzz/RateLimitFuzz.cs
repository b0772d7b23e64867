using System.Numerics;
using System.Text.RegularExpressions;
using Roadstead.Fuzz.Inputs;
using Roadstead.Fuzz.Runs;
using Roadstead.Oci.Client;

namespace Roadstead.Fuzz;

public partial class RateLimitFuzz
{
    private static readonly Gen<string> Values = Headers.Of(Gen.OneOf(Mutated.Text("100;w=21600", "76;w=21600", "0", " 5 ; w=1"), Nasty.Text("100", ";w=", "21600", "0"), Nasty.Dense("019;w= -+")));

    [Theory, Fuzz]
    public void Any_headers_are_numbers_of_pulls_or_nothing(Length length) => Property.ForAll(length, Gen.Select(Values, Values), (limit, remaining) =>
    {
        using var response = Headers.Answer("ratelimit-limit", limit);
        response.Headers.TryAddWithoutValidation("ratelimit-remaining", remaining);
        var now = DateTimeOffset.UnixEpoch;
        var read = RateLimit.Read(response, now);
        var (expectedLimit, expectedRemaining) = (Expected(limit), Expected(remaining));
        Assert.Equal(expectedRemaining is null ? null : new RateLimit(expectedLimit, expectedRemaining.Value, now), read);
        Assert.True(read is null or { Remaining: >= 0, Limit: null or >= 0 });
    });

    private static int? Expected(string header) =>
        Number().Match(header) is { Success: true } match && BigInteger.Parse(match.Groups[1].Value) <= int.MaxValue
            ? (int)BigInteger.Parse(match.Groups[1].Value) : null;

    [GeneratedRegex(@"\A\s*([0-9]+)\s*(?:;.*)?\z", RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex Number();
}
