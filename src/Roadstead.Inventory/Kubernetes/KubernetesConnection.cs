using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.RegularExpressions;
using k8s;
using k8s.Authentication;
using k8s.Exceptions;

namespace Roadstead.Inventory.Kubernetes;

/// <summary>Asks the API of one cluster.</summary>
/// <remarks>
/// The package reads configurations and has the credentials. Its client is not used: its kind for native programs cannot watch, and brings the model of every kind that Kubernetes has, of which a few members of a few kinds are
/// wanted here.
/// </remarks>
public sealed partial class KubernetesConnection : IDisposable
{
    // Of what an API server says of a fault.
    private const int MaxStatus = 1 << 16;

    private static readonly TimeSpan LongestDial = TimeSpan.FromSeconds(10);

    private readonly HttpClient _http;
    private readonly Uri _base;
    private readonly string? _host;
    private readonly ServiceClientCredentials? _credentials;

    /// <param name="configuration">Where the cluster is, and as whom to ask it.</param>
    /// <param name="agent">What this program calls itself.</param>
    /// <param name="isAround">The cluster is the one around this program, to which no proxy leads: clusters name their networks in NO_PROXY, of which the framework takes names and addresses only.</param>
    internal KubernetesConnection(KubernetesClientConfiguration configuration, string agent, bool isAround)
    {
        _base = Uri.TryCreate(configuration.Host.TrimEnd('/') + "/", UriKind.Absolute, out var server) && server is { Scheme: "https" or "http" } ? server
            : throw new KubeConfigException($"its server {configuration.Host} is no URL of https:// or http://");
        _host = string.IsNullOrWhiteSpace(configuration.TlsServerName) ? null : configuration.TlsServerName;

        // Over plain HTTP whoever listens would read them; kubectl shows none there either.
        _credentials = _base.Scheme == "https" ? k8s.Kubernetes.CreateCredentials(configuration) : null;
        _http = new HttpClient(Handler(configuration, isAround)) { Timeout = Timeout.InfiniteTimeSpan, DefaultRequestVersion = HttpVersion.Version20 };
        _http.DefaultRequestHeaders.TryAddWithoutValidation("User-Agent", agent);
    }

    /// <summary>The API server, as it is called in messages.</summary>
    public string Server => _base.GetLeftPart(UriPartial.Path).TrimEnd('/');

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    /// <summary>Asks for one thing.</summary>
    /// <param name="path">Below the server's URL, with its query.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>An answer whose headers have come; whoever gets it reads its body, and disposes of it.</returns>
    internal async Task<KubernetesOutcome<HttpResponseMessage>> Get(string path, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(_base, path)) { Version = HttpVersion.Version20 };
        request.Headers.TryAddWithoutValidation("Accept", "application/json");
        request.Headers.Host = _host;
        try
        {
            if (_credentials is not null)
            {
                await _credentials.ProcessHttpRequestAsync(request, cancellation).ConfigureAwait(false);
            }
        }
        catch (Exception exception) when (exception is KubeConfigException or IOException or UnauthorizedAccessException or FormatException)
        {
            return Failed<HttpResponseMessage>(KubernetesFaultKind.Configuration, $"There is no credential for {Server}: {KubernetesAccess.FirstLine(exception.Message)}.");
        }

        try
        {
            var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation).ConfigureAwait(false);
            if (response.IsSuccessStatusCode)
            {
                return new KubernetesOutcome<HttpResponseMessage>.Answered(response);
            }

            using (response)
            {
                return new KubernetesOutcome<HttpResponseMessage>.Failed(FaultOf(response.StatusCode, await StatusOf(response, cancellation).ConfigureAwait(false), response.Headers.RetryAfter?.Delta));
            }
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            return new KubernetesOutcome<HttpResponseMessage>.Failed(FaultOf(exception));
        }
    }

    /// <summary>What a broken connection means.</summary>
    internal KubernetesFault FaultOf(Exception exception)
    {
        var message = KubernetesAccess.FirstLine(exception.InnerException?.Message ?? exception.Message);
        return exception.InnerException is AuthenticationException
            ? new KubernetesFault(KubernetesFaultKind.Untrusted, $"The certificate of {Server} is not trusted: {message}. The kubeconfig has the CA of the cluster in certificate-authority-data or certificate-authority; is it this cluster's?")
            : new KubernetesFault(KubernetesFaultKind.Unreachable, $"{Server} cannot be reached: {message}.");
    }

    /// <summary>What a status of the API means, as that of an answer or of an event in a watch.</summary>
    internal KubernetesFault FaultOf(HttpStatusCode code, ApiStatus? status, TimeSpan? retryAfter = null)
    {
        var said = string.IsNullOrEmpty(status?.Message) ? "" : $": {KubernetesAccess.FirstLine(Shortened(status.Message))}";
        return code switch
        {
            HttpStatusCode.Unauthorized => new KubernetesFault(KubernetesFaultKind.Unauthorized, $"{Server} does not take the credential: it is wrong or has expired, or there is none. Log in again, as for kubectl."),
            HttpStatusCode.Forbidden => new KubernetesFault(KubernetesFaultKind.Forbidden, $"{Server} does not allow it{said}.") { User = User().Match(status?.Message ?? "") is { Success: true } match ? match.Groups[1].Value : null },
            HttpStatusCode.NotFound => new KubernetesFault(KubernetesFaultKind.NotFound, $"{Server} knows no such thing{said}."),
            HttpStatusCode.Gone => new KubernetesFault(KubernetesFaultKind.Expired, $"{Server} no longer knows where the list was left{said}."),
            HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout or HttpStatusCode.InternalServerError =>
                new KubernetesFault(KubernetesFaultKind.Busy, $"{Server} answers {(int)code}{said}.") { RetryAfter = retryAfter },
            _ => new KubernetesFault(KubernetesFaultKind.Unexpected, $"{Server} answers {(int)code}{said}. Is it the API server of a cluster?"),
        };
    }

    /// <summary>What an answer means that is none of the API's.</summary>
    internal KubernetesFault FaultOf(HttpResponseMessage response) =>
        new(KubernetesFaultKind.Unexpected, $"{Server} answers with {response.Content.Headers.ContentType?.MediaType ?? "something"} that is none of the API's answers. Is it the API server of a cluster, and not a page to log in?");

    private static KubernetesOutcome<T>.Failed Failed<T>(KubernetesFaultKind kind, string message) => new(new KubernetesFault(kind, message));

    private static async Task<ApiStatus?> StatusOf(HttpResponseMessage response, CancellationToken cancellation)
    {
        try
        {
            var stream = await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
            await using (stream.ConfigureAwait(false))
            {
                var buffer = new byte[MaxStatus];
                var length = await stream.ReadAtLeastAsync(buffer, MaxStatus, throwOnEndOfStream: false, cancellation).ConfigureAwait(false);
                return JsonSerializer.Deserialize(buffer.AsSpan(0, length), KubernetesJson.Default.ApiStatus);
            }
        }
        catch (Exception exception) when (exception is JsonException or IOException or HttpRequestException)
        {
            return null;
        }
    }

    private static SocketsHttpHandler Handler(KubernetesClientConfiguration configuration, bool isAround)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = !isAround,
            ConnectTimeout = LongestDial,
            AutomaticDecompression = DecompressionMethods.GZip,
            EnableMultipleHttp2Connections = true,

            // So that a watch on a connection that silently went away ends.
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
            KeepAlivePingDelay = TimeSpan.FromSeconds(30),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(15),
        };
        if (configuration.SkipTlsVerify)
        {
#pragma warning disable CA5359 // It is what insecure-skip-tls-verify of the kubeconfig asks for.
            handler.SslOptions.RemoteCertificateValidationCallback = (_, _, _, _) => true;
#pragma warning restore CA5359
        }
        else if (configuration.SslCaCerts is { Count: > 0 } authorities)
        {
            var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            policy.CustomTrustStore.AddRange(authorities);
            handler.SslOptions.CertificateChainPolicy = policy;
        }

        if (ClientCertificate(configuration) is { } certificate)
        {
            handler.SslOptions.ClientCertificateContext = SslStreamCertificateContext.Create(certificate, additionalCertificates: null, offline: true);
        }

        return handler;
    }

    private static X509Certificate2? ClientCertificate(KubernetesClientConfiguration configuration)
    {
        var certificate = Pem(configuration.ClientCertificateData, configuration.ClientCertificateFilePath);
        var key = Pem(configuration.ClientCertificateKeyData, configuration.ClientKeyFilePath);
        return certificate is null || key is null ? null : X509Certificate2.CreateFromPem(certificate, key);
    }

    private static string? Pem(string? base64, string? path) =>
        !string.IsNullOrWhiteSpace(base64) ? System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(base64))
        : !string.IsNullOrWhiteSpace(path) ? File.ReadAllText(path)
        : null;

    private static string Shortened(string text) => text.Length <= 500 ? text : text[..500] + "…";

    // The API quotes whom it took the asker for: https://github.com/kubernetes/kubernetes/blob/master/staging/src/k8s.io/apiserver/pkg/endpoints/handlers/responsewriters/errors.go.
    [GeneratedRegex("User \"([^\"]+)\" cannot ")]
    private static partial Regex User();
}
