using System.Globalization;
using System.Text.Json;

namespace Roadstead.Testing.Upstream;

/// <summary>Answers as a registry and its CDN do that have no fault.</summary>
internal sealed class RegistryAnswers(RegistryContent content, FakeAuth auth, Func<Uri> cdn)
{
    private int links;

    public bool RedirectsBlobs { get; set; }

    public bool ServesRanges { get; set; } = true;

    public int? TagsPerPage { get; set; }

    public bool ServesReferrers { get; set; }

    /// <summary>The CDN denies the links given out so far.</summary>
    public void ExpireLinks() => Interlocked.Increment(ref links);

    public FakeResponse Origin(RecordedRequest request)
    {
        if (request.Kind == RequestKind.Token)
        {
            return auth.AnswerToken(request);
        }

        if (auth.Challenge(request) is { } challenge)
        {
            return challenge;
        }

        if (request.Method is not ("GET" or "HEAD"))
        {
            return FakeResponse.Error(405, "UNSUPPORTED");
        }

        return request.Kind switch
        {
            RequestKind.Ping => FakeResponse.Text(200, "application/json", "{}"),
            RequestKind.Manifest => Manifest(request),
            RequestKind.Blob => Blob(request),
            RequestKind.Tags => Tags(request),
            RequestKind.Referrers when ServesReferrers => Referrers(request),
            _ => FakeResponse.Error(404, "NAME_UNKNOWN"),
        };
    }

    public FakeResponse Cdn(RecordedRequest request)
    {
        var digest = request.Path.TrimStart('/');
        return content.Blob(digest) is not { } bytes ? FakeResponse.Text(404, "application/xml", "<Error><Code>NoSuchKey</Code></Error>")
            : request.Query != Signature(digest) ? FakeResponse.Text(403, "application/xml", "<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>")
            : Bytes(request, digest, bytes);
    }

    private FakeResponse Manifest(RecordedRequest request)
    {
        if (content.Manifest(request.Repository, request.Reference) is not { } manifest)
        {
            return FakeResponse.Error(404, content.Knows(request.Repository) ? "MANIFEST_UNKNOWN" : "NAME_UNKNOWN");
        }

        var response = new FakeResponse { Body = manifest.Bytes };
        response.Headers["Content-Type"] = manifest.MediaType;
        response.Headers["Docker-Content-Digest"] = manifest.Digest;
        response.Headers["Docker-Distribution-API-Version"] = "registry/2.0";
        response.Headers["ETag"] = $"\"{manifest.Digest}\"";
        return response;
    }

    private FakeResponse Blob(RecordedRequest request) =>
        content.Blob(request.Repository, request.Reference) is not { } bytes ? FakeResponse.Error(404, "BLOB_UNKNOWN")
        : RedirectsBlobs ? FakeResponse.Redirect(307, new Uri(cdn(), $"/{request.Reference}?{Signature(request.Reference)}").ToString())
        : Bytes(request, request.Reference, bytes);

    private FakeResponse Bytes(RecordedRequest request, string digest, byte[] bytes)
    {
        var response = new FakeResponse { Body = bytes };
        response.Headers["Content-Type"] = "application/octet-stream";
        response.Headers["Docker-Content-Digest"] = digest;
        if (!ServesRanges)
        {
            return response;
        }

        response.Headers["Accept-Ranges"] = "bytes";
        if (request.Range is not null && ByteRange.Parse(request.Range, bytes.Length) is { } range)
        {
            response.Status = range.IsSatisfiable ? 206 : 416;
            response.Body = range.IsSatisfiable ? bytes[range.First..(range.Last + 1)] : [];
            response.Headers["Content-Range"] = range.ContentRange;
        }

        return response;
    }

    private FakeResponse Tags(RecordedRequest request)
    {
        if (!content.Knows(request.Repository))
        {
            return FakeResponse.Error(404, "NAME_UNKNOWN");
        }

        var tags = content.Tags(request.Repository);
        if (TagsPerPage is not { } most)
        {
            return FakeResponse.Text(200, "application/json", JsonSerializer.Serialize(new { name = request.Repository, tags }));
        }

        var query = System.Web.HttpUtility.ParseQueryString(request.Query);
        var count = Math.Min(most, int.Parse(query["n"] ?? "1000", CultureInfo.InvariantCulture));
        var rest = tags.Where(tag => string.CompareOrdinal(tag, query["last"] ?? "") > 0).ToList();
        var response = FakeResponse.Text(200, "application/json", JsonSerializer.Serialize(new { name = request.Repository, tags = rest.Take(count) }));
        if (rest.Count > count)
        {
            // As registries behind proxies do: under a name that nobody asked them by.
            response.Headers["Link"] = $"<http://internal.example{request.Path}?last={rest[count - 1]}&n={count}&orderby=>; rel=\"next\"";
        }

        return response;
    }

    /// <summary>One descriptor a page, to have pages. The link is the registry's own affair, its parameters as well.</summary>
    private FakeResponse Referrers(RecordedRequest request)
    {
        var all = content.Referrers(request.Repository, request.Reference);
        var last = System.Web.HttpUtility.ParseQueryString(request.Query)["token"];
        var page = all.SkipWhile(_ => last is not null).Take(1).ToList();
        if (last is not null)
        {
            page = [.. all.SkipWhile(entry => entry.Digest != last).Skip(1).Take(1)];
        }

        var response = FakeResponse.Text(200, "application/vnd.oci.image.index.v1+json", JsonSerializer.Serialize(new
        {
            schemaVersion = 2,
            mediaType = "application/vnd.oci.image.index.v1+json",
            manifests = page.Select(entry => new { mediaType = entry.MediaType, digest = entry.Digest, size = entry.Bytes.Length, artifactType = entry.ArtifactType, annotations = new { made = "by test" } }),
        }));
        if (page.Count > 0 && all[^1].Digest != page[0].Digest)
        {
            response.Headers["Link"] = $"<{request.Path}?token={page[0].Digest}>; rel=next";
        }

        return response;
    }

    private string Signature(string digest) => string.Create(
        CultureInfo.InvariantCulture,
        $"X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires=1200&X-Amz-Signature=5161{digest.GetHashCode(StringComparison.Ordinal):x8}{Volatile.Read(ref links):x4}");
}
