using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;

namespace Roadstead.Testing.Clusters;

/// <summary>
/// The API of a cluster as far as it tells what runs there: discovery, lists in pages, watches with bookmarks, and the faults that a real one has. <c>kubectl get</c> works against it, which shows that it is honest.
/// </summary>
/// <remarks>https://kubernetes.io/docs/reference/using-api/api-concepts/.</remarks>
public sealed class KubernetesStub : IAsyncDisposable
{
    /// <summary>Whom it takes every asker for.</summary>
    public const string User = "system:serviceaccount:mirror:roadstead";

    private readonly LoopbackPort _port = LoopbackPort.Claim();
    private readonly StubState _state = new();
    private readonly X509Certificate2? _certificate;
    private readonly string? _authority;
    private WebApplication? _web;

    private KubernetesStub(TestAuthority? authority) => (_certificate, _authority, Token) = (authority?.Issue(), authority?.Pem, authority is null ? null : "stub-token");

    public Uri Address => _certificate is null ? _port.Address : new Uri($"https://{_port.Authority}");

    /// <summary>What askers must show; null: nothing, as over plain HTTP, where no client shows it. Wrong ones get 401.</summary>
    public string? Token { get; set; }

    /// <summary>Resources that may not be listed, as <c>nodes</c>.</summary>
    public HashSet<string> Forbidden { get; } = new(StringComparer.Ordinal);

    /// <summary>Resources that this cluster does not have.</summary>
    public HashSet<string> Absent { get; } = new(StringComparer.Ordinal);

    /// <summary>A watch from a forgotten version is refused with 410, and not begun and ended with an ERROR event. Both are seen.</summary>
    public bool RefusesOldWatches { get; set; }

    /// <summary>Answers with 429 so many times before it takes a request again.</summary>
    public int Busy { get; set; }

    /// <summary>Called before a page that goes on from another is made.</summary>
    public Action? BeforeNextPage { get; set; }

    /// <summary>Each page names itself as the next, which no cluster does.</summary>
    public bool RepeatsPages { get; set; }

    /// <summary>What was asked, as <c>/api/v1/pods?limit=500</c>.</summary>
    public Journal<string> Requests { get; } = new("requests to the stub of a cluster");

    /// <summary>Watches that have begun, by resource.</summary>
    public Journal<string> Watches { get; } = new("watches at the stub of a cluster");

    public static async Task<KubernetesStub> Start(TestAuthority? authority = null)
    {
        var stub = new KubernetesStub(authority);
        await stub.StartAgain();
        return stub;
    }

    public async Task StartAgain()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(IPAddress.Loopback, _port.Number, listen =>
            {
                if (_certificate is not null)
                {
                    listen.UseHttps(https =>
                    {
                        https.ServerCertificate = _certificate;
                        https.ClientCertificateMode = ClientCertificateMode.AllowCertificate;
                        https.AllowAnyClientCertificate();
                    });
                }
            });
        });
        _web = builder.Build();
        _web.Run(context => new StubAnswer(this, _state, context).Give());
        await _web.StartAsync();
    }

    /// <summary>Ends all connections; new ones are refused until <see cref="StartAgain"/>.</summary>
    public async Task Stop()
    {
        if (_web is { } running)
        {
            _web = null;
            await running.StopAsync(new CancellationToken(canceled: true));
            await running.DisposeAsync();
        }
    }

    /// <summary>Makes or replaces an object.</summary>
    /// <param name="item">With its kind.</param>
    public void Put(JsonObject item)
    {
        var copy = item.DeepClone().AsObject();
        _state.Put((string)copy["kind"]!, copy);
    }

    public void Delete(string kind, string? space, string name) => _state.Delete(kind, space, name);

    /// <inheritdoc cref="StubState.Bookmark"/>
    public void Bookmark() => _state.Bookmark();

    /// <inheritdoc cref="StubState.Compact"/>
    public void Compact() => _state.Compact();

    /// <summary>Breaks all connections of watches off, in the midst of a line.</summary>
    public void BreakWatches() => WatchesBreak?.Invoke();

    internal event Action? WatchesBreak;

    /// <summary>A kubeconfig for it, with its token.</summary>
    /// <param name="user">The user's part of it, as lines of YAML; null: the token.</param>
    public string Kubeconfig(string? user = null) => $$"""
        apiVersion: v1
        kind: Config
        current-context: stub
        contexts:
          - name: stub
            context: {cluster: stub, user: stub}
        clusters:
          - name: stub
            cluster:
              server: {{Address.ToString().TrimEnd('/')}}
        {{(_authority is null ? "" : $"      certificate-authority-data: {Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(_authority))}")}}
        users:
          - name: stub
            user:
              {{user ?? $"token: {Token ?? "none"}"}}

        """;

    public async ValueTask DisposeAsync()
    {
        await Stop();
        _port.Dispose();
        _certificate?.Dispose();
    }

    internal bool TakeBusy()
    {
        if (Busy == 0)
        {
            return false;
        }

        Busy--;
        return true;
    }
}
