using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Roadstead.Server.Registry;
using Roadstead.Server.Tls;
using Roadstead.Server.Transport;
using KestrelListen = Microsoft.AspNetCore.Server.Kestrel.Core.ListenOptions;

namespace Roadstead.Server;

/// <summary>Has Kestrel listen where the configuration says.</summary>
internal static class ListenAddresses
{
    public static void Apply(KestrelServerOptions kestrel, IReadOnlyList<Configuration.ListenOptions> entries)
    {
        var limit = kestrel.ApplicationServices.GetRequiredService<ConnectionLimit>();
        var unsent = new UnsentShare();
        foreach (var entry in entries)
        {
            void Configure(KestrelListen listen)
            {
                listen.Use(next => connection => limit.Serve(connection, next));
                if (entry.Project is { } project)
                {
                    var bound = new BoundListener(project);
                    listen.Use(next => connection =>
                    {
                        connection.Features.Set(bound);
                        return next(connection);
                    });
                }

                if (entry.Url.Scheme == Uri.UriSchemeHttps)
                {
                    var certificate = kestrel.ApplicationServices.GetRequiredService<CertificateInForce>();
                    listen.UseHttps(new TlsHandshakeCallbackOptions
                    {
                        OnConnection = _ => ValueTask.FromResult(new System.Net.Security.SslServerAuthenticationOptions { ServerCertificateContext = certificate.Context() }),
                    });
                }
                else
                {
                    listen.Use(next => DirectTransport.Use(next, unsent));
                }
            }

            if (entry.AnyAddress)
            {
                kestrel.ListenAnyIP(entry.Url.Port, Configure);
            }
            else if (entry.Url.Host == "localhost")
            {
                kestrel.ListenLocalhost(entry.Url.Port, Configure);
            }
            else
            {
                kestrel.Listen(IPAddress.Parse(entry.Url.DnsSafeHost), entry.Url.Port, Configure);
            }
        }
    }
}
