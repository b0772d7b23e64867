using System.Net.Http.Headers;
using System.Text;

namespace Roadstead.Oci.Client;

/// <summary>A user name and password, as a registry takes them.</summary>
/// <param name="Username">The user name.</param>
/// <param name="Password">The password, or the token that stands for it.</param>
/// <param name="Life">How long they hold from when they were given.</param>
public sealed record RegistryCredential(string Username, string Password, TimeSpan Life)
{
    /// <summary>RFC 7617.</summary>
    internal AuthenticationHeaderValue Header { get; } = new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{Username}:{Password}")));

    /// <summary>A record would print its members, and a log line the password.</summary>
    public override string ToString() => "credential";
}

/// <summary>Gives what an operator has, a key of a cloud's, for a user name and password that the cloud's registry takes for some hours.</summary>
public interface ITokenExchange
{
    /// <summary>The service that is asked, for messages, as <c>the token service api.ecr.eu-central-1.amazonaws.com (ECR)</c>.</summary>
    string Name { get; }

    /// <summary>Asks the cloud's token service once.</summary>
    /// <param name="http">Sends requests on the endpoint's way: its proxy, its guard, its authorities.</param>
    /// <param name="cancellation">Ends when the time for it is over.</param>
    /// <returns>Denied where the service does not take the key. No message holds a part of a secret or of a body.</returns>
    Task<UpstreamOutcome<RegistryCredential>> Exchange(HttpMessageInvoker http, CancellationToken cancellation);
}
