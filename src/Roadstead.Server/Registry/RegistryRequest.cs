using Microsoft.AspNetCore.Http;
using Roadstead.Oci;
using Roadstead.Server.Mirroring;
using Roadstead.Server.Projects;

namespace Roadstead.Server.Registry;

/// <summary>One request of the registry API, on its way to an answer and to a line of the log.</summary>
internal sealed class RegistryRequest(HttpContext context)
{
    public HttpContext Context { get; } = context;

    public OciPath? Path { get; set; }

    public Arrival Arrival => new(Context.Features.Get<BoundListener>()?.Project, Context.Request.Host.Host, Context.Request.Host.Port);

    public Route? Route { get; set; }

    /// <summary>Bytes of the body that were sent.</summary>
    public long Bytes { get; set; }

    /// <summary>Why a body ended short of its length; null if it did not.</summary>
    public string? Cut { get; set; }

    public CacheOutcome Outcome { get; private set; } = CacheOutcome.Bypass;

    public bool IsHead => HttpMethods.IsHead(Context.Request.Method);

    /// <summary>Sets where the answer comes from, before its headers go out.</summary>
    public void Set(CacheOutcome outcome, string? staleReason = null)
    {
        Outcome = outcome;
        Context.Response.Headers["X-Roadstead-Cache"] = NameOf(outcome);
        if (staleReason is not null)
        {
            // RFC 9111 section 5.5 retired the header; runtimes log it all the same.
            Context.Response.Headers.Warning = $"299 - \"{staleReason}\"";
        }
    }

    public static string NameOf(CacheOutcome outcome) => outcome switch
    {
        CacheOutcome.Hit => "hit",
        CacheOutcome.Miss => "miss",
        CacheOutcome.Stale => "stale",
        _ => "bypass",
    };
}
