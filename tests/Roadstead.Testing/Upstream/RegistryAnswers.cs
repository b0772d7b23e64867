using System.Globalization;
using System.Text.Json;

namespace Roadstead.Testing.Upstream;

/// <summary>Answers as a registry and its CDN do that have no fault.</summary>
internal sealed class RegistryAnswers(RegistryContent content, FakeAuth auth, Func<Uri> cdn)
{
    private int links;

    public bool RedirectsBlobs { get; set; }

    public bool ServesRanges { get; set; } = true;

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

    private FakeResponse Tags(RecordedRequest request) => content.Knows(request.Repository)
        ? FakeResponse.Text(200, "application/json", JsonSerializer.Serialize(new { name = request.Repository, tags = content.Tags(request.Repository) }))
        : FakeResponse.Error(404, "NAME_UNKNOWN");

    private string Signature(string digest) => string.Create(
        CultureInfo.InvariantCulture,
        $"X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires=1200&X-Amz-Signature=5161{digest.GetHashCode(StringComparison.Ordinal):x8}{Volatile.Read(ref links):x4}");
}
