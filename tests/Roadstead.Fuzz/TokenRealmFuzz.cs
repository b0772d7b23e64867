using System.Net;
using System.Text;
using Roadstead.Fuzz.Inputs;
using Roadstead.Fuzz.Runs;
using Roadstead.Oci.Client;

namespace Roadstead.Fuzz;

public class TokenRealmFuzz
{
    private const string Operators = "sso.corp.example";

    private static readonly Gen<Uri> Registries = Gen.Select(
        Gen.OneOf("http", "https"), Gen.OneOf(Names.Host, Gen.OneOf("registry-1.docker.io", "registry.gitlab.com", "localhost", "127.0.0.1", "10.0.0.1", "[::1]", "a.co.uk")), Gen.OneOf("", ":5000"),
        (scheme, host, port) => new Uri($"{scheme}://{host}{port}"));

    private static readonly Gen<(Uri Registry, Uri Realm)> Pairs = Gen.Select(Registries, Registries, Names.Word, Gen.Int[0, 9]).Select((registry, other, word, kind) => (registry, new Uri(kind switch
    {
        0 or 1 => $"{other.Scheme}://{registry.Host}:8443/token",
        2 or 3 when registry.HostNameType == UriHostNameType.Dns => $"{other.Scheme}://{word}.{registry.Host.ToUpperInvariant()}/token",
        4 when registry.HostNameType == UriHostNameType.Dns => $"https://{word}{registry.Host}/token",
        5 when registry.HostNameType == UriHostNameType.Dns => $"https://{registry.Host}.{other.Host.Trim('[', ']', ':')}.evil.example/token",
        6 => $"https://{registry.Host.Trim('[', ']').Replace(':', '.')}@{other.Host}/token",
        7 => $"https://{Operators}/token",
        8 => "https://auth.docker.io/token",
        _ => $"{other.Scheme}://{other.Authority}/token",
    })));

    private static readonly Gen<string> Challenges = Headers.Of(Mutated.Text(
        "Bearer realm=\"https://registry.example/token\",service=\"registry.example\",scope=\"repository:a/b:pull\"",
        "Bearer realm=\"https://auth.registry.example:8443/token?x=1\",service=\"s&account=root#\"",
        "Bearer realm=\"https://sso.corp.example/token\"",
        "Bearer realm=\"https://registry.example@evil.example/\""));

    [Theory, Fuzz]
    public void Only_the_registry_s_own_and_named_services_are_asked(Length length) => Property.ForAll(length, Pairs, (registry, realm) =>
        Assert.Equal(IsAllowed(registry, realm), TokenRealm.Refusal(realm, Settings(registry)) is null));

    [Theory, Fuzz]
    public void Whatever_a_challenge_says_the_credential_goes_to_no_other_host(Length length) => Property.ForText(length, Challenges, text =>
    {
        var settings = Settings(new Uri("https://registry.example")) with { Username = "u", Password = "hunter2" };
        using var response = Headers.Answer("WWW-Authenticate", text);
        if (AuthChallenge.Read(response.Headers.WwwAuthenticate) is not { } challenge)
        {
            return;
        }

        using var service = new TokenService();
        using var http = new HttpMessageInvoker(service);
        var answer = new RegistryAuthenticator(http, settings, TimeProvider.System).Answer(challenge, "repository:a/b:pull", null, TestContext.Current.CancellationToken);
        Assert.True(answer.IsCompletedSuccessfully, answer.Exception?.ToString());
        Assert.All(service.Asked, url =>
        {
            Assert.Contains(url.Host, new[] { "registry.example", Operators, url.Host.EndsWith(".registry.example", StringComparison.Ordinal) ? url.Host : "" });
            Assert.Equal(("https", challenge.Realm!.Authority, ""), (url.Scheme, url.Authority, url.UserInfo));
            Assert.Single(url.Query.Split('&'), parameter => parameter == "account=u");
        });
    });

    /// <summary>By labels of host names.</summary>
    private static bool IsAllowed(Uri registry, Uri realm)
    {
        var (own, other) = (registry.Host.ToLowerInvariant().Split('.'), realm.Host.ToLowerInvariant().Split('.'));
        var isBelow = registry.HostNameType == UriHostNameType.Dns && own.Length > 1 && other.Length > own.Length && other.TakeLast(own.Length).SequenceEqual(own);
        var isKnown = (registry.Host, realm.Host) is ("registry-1.docker.io", "auth.docker.io") or ("registry.gitlab.com", "gitlab.com");
        return realm.UserInfo.Length == 0 && (realm.Scheme == "https" || registry.Scheme == "http") && (own.SequenceEqual(other) || isBelow || isKnown || realm.Host == Operators);
    }

    private static UpstreamSettings Settings(Uri registry) => new() { Url = registry, TokenHosts = [Operators] };

    private sealed class TokenService : HttpMessageHandler
    {
        public List<Uri> Asked { get; } = [];

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Asked.Add(request.RequestUri!);
            return Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { Content = new ByteArrayContent(Encoding.UTF8.GetBytes("""{"token":"x"}""")) });
        }
    }
}
