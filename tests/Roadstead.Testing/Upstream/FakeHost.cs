using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;
using System.Security.Cryptography.X509Certificates;

namespace Roadstead.Testing.Upstream;

/// <summary>One listening address of a fake: records every request, applies faults, and can be away or deaf.</summary>
public sealed class FakeHost : IAsyncDisposable
{
    private readonly LoopbackPort port = LoopbackPort.Claim();
    private readonly Lock guard = new();
    private readonly List<FaultRule> rules = [];
    private readonly Func<RecordedRequest, FakeResponse> answer;
    private Gate frozen = OpenGate();
    private WebApplication? web;

    public FakeHost(string name, Func<RecordedRequest, FakeResponse> answer)
    {
        this.answer = answer;
        Requests = new Journal<RecordedRequest>($"requests to the {name}");
    }

    public Uri Address => Certificate is null ? port.Address : new Uri($"https://{port.Authority}");

    /// <summary>Null: plain HTTP. From the next handshake on, if it was not null at the start.</summary>
    public X509Certificate2? Certificate { get; set; }

    /// <summary>Clients are asked for a certificate, and may have none. From the next start on.</summary>
    public bool AsksForClientCertificate { get; set; }

    /// <summary><c>127.0.0.1:port</c>.</summary>
    public string Authority => port.Authority;

    public Journal<RecordedRequest> Requests { get; }

    /// <summary>From now on, requests that match get the fault, the first <paramref name="times"/> of them or all. The earliest rule that applies wins.</summary>
    public FaultRule Fault(Func<RecordedRequest, bool> when, Fault fault, int? times = null)
    {
        var rule = new FaultRule(when, fault, times);
        lock (guard)
        {
            rules.Add(rule);
        }

        return rule;
    }

    /// <summary>Ends every fault for requests to come.</summary>
    public void ClearFaults()
    {
        lock (guard)
        {
            rules.Clear();
        }
    }

    public async Task Start()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            // Clients may be as slow as a test makes them.
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Listen(System.Net.IPAddress.Loopback, port.Number, listen =>
            {
                if (Certificate is not null)
                {
                    listen.UseHttps(https =>
                    {
                        https.ServerCertificateSelector = (_, _) => Certificate;
                        https.ClientCertificateMode = AsksForClientCertificate ? ClientCertificateMode.AllowCertificate : ClientCertificateMode.NoCertificate;
                        https.AllowAnyClientCertificate();
                    });
                }
            });
        });
        // See ResponseWriter: a flush is over when the kernel has the bytes.
        builder.WebHost.UseSockets(sockets => sockets.MaxWriteBufferSize = 1);
        web = builder.Build();
        web.Run(Handle);
        await web.StartAsync();
    }

    /// <summary>Ends all connections; new ones are refused until <see cref="Start"/>.</summary>
    public async Task Stop()
    {
        if (web is { } running)
        {
            web = null;
            await running.StopAsync(new CancellationToken(canceled: true));
            await running.DisposeAsync();
        }
    }

    /// <summary>Accepts connections and requests but sends nothing, answers under way included, until <see cref="Thaw"/>.</summary>
    public void Freeze() => frozen = new Gate();

    public void Thaw()
    {
        var gate = frozen;
        frozen = OpenGate();
        gate.Open();
    }

    public async ValueTask DisposeAsync()
    {
        await Stop();
        port.Dispose();
    }

    private static Gate OpenGate()
    {
        var gate = new Gate();
        gate.Open();
        return gate;
    }

    private async Task Handle(HttpContext context)
    {
        var request = await RecordedRequest.Record(context, TimeProvider.System);
        var gone = context.RequestAborted;
        try
        {
            var fault = Match(request);
            Requests.Add(request);
            await frozen.Pass(gone);
            await (fault?.Before(gone) ?? Task.CompletedTask);
            var response = answer(request);
            fault?.Shape(request, response);
            await ResponseWriter.Write(context, request, response, () => frozen.Pass(gone));
        }
        catch (Exception fault) when (gone.IsCancellationRequested && fault is OperationCanceledException or IOException or System.Net.Sockets.SocketException)
        {
            // The client left, or the fake was stopped.
        }
        finally
        {
            request.Finish();
        }
    }

    private Fault? Match(RecordedRequest request)
    {
        lock (guard)
        {
            return rules.Find(rule => rule.Take(request))?.Fault;
        }
    }
}
