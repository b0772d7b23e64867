using System.Net.Http.Headers;
using System.Text;

namespace Roadstead.Api;

/// <summary>What a client of the management API shows.</summary>
public abstract record ApiCredential
{
    private ApiCredential()
    {
    }

    /// <summary>The <c>Authorization</c> header's value.</summary>
    internal abstract AuthenticationHeaderValue Header { get; }

    /// <summary>Says which it is, and not the secret.</summary>
    public sealed override string ToString() => this is Node ? "the node token" : "a name and password";

    /// <summary>The node token.</summary>
    /// <param name="Token">RFC 6750's.</param>
    public sealed record Node(string Token) : ApiCredential
    {
        internal override AuthenticationHeaderValue Header => new("Bearer", Token);
    }

    /// <summary>A user, as <c>admin</c>, and its password.</summary>
    /// <param name="Name">Without a colon.</param>
    /// <param name="Password">Any text.</param>
    public sealed record User(string Name, string Password) : ApiCredential
    {
        internal override AuthenticationHeaderValue Header => new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{Name}:{Password}")));
    }
}
