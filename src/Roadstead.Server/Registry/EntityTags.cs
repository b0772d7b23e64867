using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using Roadstead.Oci;

namespace Roadstead.Server.Registry;

/// <summary>Conditional requests. The entity tag of content is its digest.</summary>
/// <remarks>RFC 9110 section 13.</remarks>
internal static class EntityTags
{
    /// <summary>As <c>ETag</c> has it.</summary>
    public static string Of(Digest digest) => $"\"{digest}\"";

    /// <summary>True if the client said that it has this content already (section 13.1.2).</summary>
    public static bool NoneMatch(HttpRequest request, Digest digest)
    {
        if (request.Headers.IfNoneMatch.Count == 0)
        {
            return false;
        }

        var tag = new EntityTagHeaderValue(Of(digest));
        return request.GetTypedHeaders().IfNoneMatch.Any(held => held.Equals(EntityTagHeaderValue.Any) || held.Compare(tag, useStrongComparison: false));
    }

    /// <summary>True if a range that the client asks for is one of this content: of something else than it has part of, it is no use (section 13.1.5).</summary>
    public static bool RangeApplies(HttpRequest request, Digest digest) =>
        request.Headers.IfRange.Count == 0 || request.GetTypedHeaders().IfRange is not { } condition
        || condition.EntityTag?.Compare(new EntityTagHeaderValue(Of(digest)), useStrongComparison: true) == true;
}
