namespace Roadstead.Testing.Upstream;

/// <summary>The ways in which upstreams have been seen to misbehave.</summary>
public static class Faults
{
    /// <summary>Another answer instead: a status with a body of any kind.</summary>
    public static Fault Status(int status, string body = "", string mediaType = "text/plain", params (string Name, string Value)[] headers) =>
        new(shape: (_, response) =>
        {
            response.Replace(FakeResponse.Text(status, mediaType, body));
            Put(response, headers);
        });

    /// <summary>An OCI error, as <c>Error(404, "MANIFEST_UNKNOWN")</c>.</summary>
    public static Fault Error(int status, string code) => new(shape: (_, response) => response.Replace(FakeResponse.Error(status, code)));

    /// <param name="retryAfter">Seconds or an HTTP date; null for no Retry-After.</param>
    public static Fault TooManyRequests(string? retryAfter = null) => new(shape: (_, response) =>
    {
        response.Replace(FakeResponse.Error(429, "TOOMANYREQUESTS"));
        if (retryAfter is not null)
        {
            response.Headers["Retry-After"] = retryAfter;
        }
    });

    /// <summary>200 and a web page, as a captive portal or a login page answers.</summary>
    public static Fault HtmlPage() => Status(200, "<!DOCTYPE html><html><body>Please log in</body></html>", "text/html; charset=utf-8");

    /// <summary>The answer otherwise unchanged, with these headers put in place; an empty value removes one.</summary>
    public static Fault Headers(params (string Name, string Value)[] headers) => new(shape: (_, response) => Put(response, headers));

    /// <summary>Another body, with the answer's status and headers.</summary>
    public static Fault Body(Func<byte[], byte[]> change) => new(shape: (_, response) => response.Body = change(response.Body));

    /// <summary>No byte of the answer until the gate lets it through.</summary>
    public static Fault StallBeforeHeaders(Gate gate) => new(before: gate.Pass);

    /// <summary>Headers and <paramref name="bytes"/> of the body, then nothing until the gate lets the rest through.</summary>
    public static Fault StallAfter(long bytes, Gate gate) => new(shape: (_, response) => response.WaitAt(bytes, gate));

    /// <summary>The body in pieces of <paramref name="bytes"/>; each but the first waits at the gate.</summary>
    public static Fault Drip(int bytes, Gate gate) => new(shape: (_, response) =>
    {
        for (long offset = bytes; offset < response.Body.Length; offset += bytes)
        {
            response.WaitAt(offset, gate);
        }
    });

    /// <summary>The connection is closed after <paramref name="bytes"/> of the body; the declared length stays.</summary>
    public static Fault TruncateAfter(long bytes) => new(shape: (_, response) => response.EndAt(bytes, BodyEnd.Close));

    /// <summary>The connection is reset after <paramref name="bytes"/> of the body.</summary>
    public static Fault ResetAfter(long bytes) => new(shape: (_, response) => response.EndAt(bytes, BodyEnd.Reset));

    /// <summary>The body's last byte is another one.</summary>
    public static Fault WrongLastByte() => Body(body => [.. body[..^1], (byte)~body[^1]]);

    /// <summary>More bytes than the manifest declares; Content-Length agrees with them.</summary>
    public static Fault Longer(int bytes = 1) => Body(body => [.. body, .. new byte[bytes]]);

    /// <summary>Fewer bytes than the manifest declares; Content-Length agrees with them.</summary>
    public static Fault Shorter(int bytes = 1) => Body(body => body[..^bytes]);

    /// <summary>More bytes on the connection than Content-Length declares.</summary>
    public static Fault BeyondContentLength(int bytes = 1) => new(shape: (_, response) => response.BeyondDeclared = new byte[bytes]);

    /// <summary>No Content-Length: a chunked body, or a HEAD that tells no size.</summary>
    public static Fault WithoutContentLength() => new(shape: (_, response) => response.DeclaresLength = false);

    public static Fault LyingDigest(string digest) => Headers(("Docker-Content-Digest", digest));

    public static Fault Redirect(string location, int status = 307) => new(shape: (_, response) => response.Replace(FakeResponse.Redirect(status, location)));

    /// <summary>Sends whoever asks to the same place again.</summary>
    public static Fault RedirectLoop(int status = 307) => new(shape: (request, response) => response.Replace(FakeResponse.Redirect(status, request.Target)));

    /// <summary>Any bytes on the wire, then the end of the connection.</summary>
    public static Fault Raw(string text) => new(shape: (_, response) => response.Raw = System.Text.Encoding.Latin1.GetBytes(text));

    private static void Put(FakeResponse response, (string Name, string Value)[] headers)
    {
        foreach (var (name, value) in headers)
        {
            if (value.Length == 0)
            {
                response.Headers.Remove(name);
            }
            else
            {
                response.Headers[name] = value;
            }
        }
    }
}
