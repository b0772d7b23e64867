using Microsoft.AspNetCore.Http.Headers;
using Microsoft.Net.Http.Headers;

namespace Roadstead.Server.Registry;

/// <summary>Conditional requests.</summary>
/// <remarks>RFC 9110 section 13.1.2.</remarks>
internal static class EntityTags
{
    /// <summary>True if the client said that it has <paramref name="tag"/> already.</summary>
    public static bool NoneMatch(RequestHeaders headers, EntityTagHeaderValue tag) =>
        headers.IfNoneMatch.Any(held => held.Equals(EntityTagHeaderValue.Any) || held.Compare(tag, useStrongComparison: false));
}
