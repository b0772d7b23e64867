using Roadstead.Oci.Client;
using Roadstead.Server.Configuration;
using Roadstead.Server.TokenExchange;

namespace Roadstead.Server.Projects;

/// <summary>Makes the exchange that an endpoint's options name.</summary>
internal static class TokenExchanges
{
    /// <summary>Null: the user name and password are sent to the registry as they are.</summary>
    public static ITokenExchange? Of(EndpointOptions options, TimeProvider clock) => options.TokenExchange switch
    {
        TokenExchangeKind.Ecr => Ecr(options, clock),
        TokenExchangeKind.Gar => ServiceAccountKey.TryParse(options.Password ?? "", out var key, out _) && (options.TokenUrl ?? key.Service) is { } service ? new GarTokenExchange(key, service, clock) : null,
        TokenExchangeKind.Acr => new AcrTokenExchange(
            options.Url, options.TokenUrl ?? new Uri($"https://login.microsoftonline.com/{options.Tenant}/oauth2/v2.0/token"), options.Username ?? "", options.Password ?? "", clock),
        _ => null,
    };

    private static EcrTokenExchange Ecr(EndpointOptions options, TimeProvider clock)
    {
        var known = EcrHost.TryParse(options.Url.Host, out var read) ? read : null;
        var service = options.TokenUrl ?? known?.TokenUrl ?? options.Url;
        var keys = new AwsKeys(options is { Username: { } id, Password: { } secret } ? new AwsKey(id, secret, null) : null);
        return new EcrTokenExchange(service, known?.Region ?? EcrHost.RegionOfService(service.Host), keys, clock);
    }
}
