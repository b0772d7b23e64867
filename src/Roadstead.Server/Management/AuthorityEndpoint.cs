using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Roadstead.Server.Tls;

namespace Roadstead.Server.Management;

/// <summary><c>/ca.crt</c>: the certificate of the authority that clients must trust, for <c>tls: auto</c>.</summary>
internal static class AuthorityEndpoint
{
    public static void MapAuthority(this IEndpointRouteBuilder routes, CertificateInForce? certificate) => routes.MapGet("/ca.crt", context =>
        certificate?.CaPem is { } pem
            ? TextAnswer.Write(context, pem, type: "application/x-pem-file")
            : TextAnswer.Write(context, "This server has no CA of its own: tls is not auto. What its certificate is signed by, its operator knows.\n", StatusCodes.Status404NotFound));
}
