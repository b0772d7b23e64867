using Roadstead.Fuzz.Inputs;
using Roadstead.Fuzz.Runs;
using Roadstead.Oci.Client;

namespace Roadstead.Fuzz;

public class AuthChallengeFuzz
{
    private static readonly Gen<string> Values = Headers.Of(Gen.OneOf(
        Mutated.Text(
            "Bearer realm=\"https://auth.example/token\",service=\"registry.example\",scope=\"repository:a/b:pull\"",
            "Basic realm=\"x, y\"",
            "Negotiate, Bearer realm=https://a.example/t , service=\"a\\\"b\"",
            "Digest qop=\"auth, auth-int\", Basic realm=\"\\\\\""),
        Nasty.Text("Bearer ", "Basic ", "realm=", "service=", "scope=", "\"", "\\\"", ", ")));

    [Theory, Fuzz]
    public void Any_header_is_a_challenge_to_be_met_on_the_web_or_none(Length length) => Property.ForText(length, Values, text =>
    {
        using var response = Headers.Answer("WWW-Authenticate", text);
        if (AuthChallenge.Read(response.Headers.WwwAuthenticate) is { Realm: { } realm })
        {
            Assert.True(realm.IsAbsoluteUri && realm.Scheme is "http" or "https");
            Assert.NotEqual("", realm.Host);
        }
    });

    [Theory, Fuzz]
    public void Any_parameters_are_read_to_their_end(Length length) => Property.ForText(length, Values, text =>
        Assert.All(AuthChallenge.ReadParameters(text), parameter => Assert.Equal(parameter.Key.Trim(), parameter.Key)));

    [Theory, Fuzz]
    public void Parameters_read_as_they_were_written(Length length) =>
        Property.ForAll(length, Gen.Select(Names.Word, Gen.Char[' ', '~'].Array[0, 20].Select(text => new string(text)), Gen.Bool).Array[0, 5], parameters =>
        {
            var written = parameters.Select(parameter => parameter.Item3 && parameter.Item2.All(char.IsAsciiLetterOrDigit)
                ? $"{parameter.Item1}={parameter.Item2}"
                : $"{parameter.Item1} = \"{parameter.Item2.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"");
            var expected = parameters.DistinctBy(parameter => parameter.Item1).ToDictionary(parameter => parameter.Item1, parameter => parameter.Item2);
            var read = AuthChallenge.ReadParameters(string.Join(" ,", written));
            Assert.Equal(expected.OrderBy(parameter => parameter.Key), read.OrderBy(parameter => parameter.Key));
            Assert.All(expected, parameter => Assert.Equal(parameter.Value, read[parameter.Key.ToUpperInvariant()]));
        });
}
