using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Roadstead.Testing.Upstream;

public enum RequestKind
{
    Ping,
    Manifest,
    Blob,
    Tags,
    Referrers,
    Token,
    Other,
}

/// <summary>A request as it reached a fake, and what became of it.</summary>
public sealed partial class RecordedRequest
{
    private readonly TaskCompletionSource finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long bytesSent;

    public required string Method { get; init; }

    /// <summary>Path and query, byte for byte as sent.</summary>
    public required string Target { get; init; }

    public required IReadOnlyDictionary<string, string> Headers { get; init; }

    public required DateTimeOffset At { get; init; }

    /// <summary>The body, of a POST to the token service.</summary>
    public string Body { get; init; } = "";

    /// <summary>Of the certificate that the client showed; null: none.</summary>
    public string? ClientThumbprint { get; private init; }

    public RequestKind Kind { get; private init; }

    public string Repository { get; private init; } = "";

    /// <summary>Tag or digest.</summary>
    public string Reference { get; private init; } = "";

    public string Path => Target.Split('?')[0];

    /// <summary>Without the question mark; empty if there is none.</summary>
    public string Query => Target.Contains('?', StringComparison.Ordinal) ? Target[(Target.IndexOf('?', StringComparison.Ordinal) + 1)..] : "";

    public string? Authorization => Headers.GetValueOrDefault("Authorization");

    public bool HasAuthorization => Authorization is not null;

    public string? Range => Headers.GetValueOrDefault("Range");

    /// <summary>All Accept lines, joined by commas.</summary>
    public string? Accept => Headers.GetValueOrDefault("Accept");

    public string? UserAgent => Headers.GetValueOrDefault("User-Agent");

    /// <summary>The answer's status; 0 before there is one.</summary>
    public int Status { get; private set; }

    /// <summary>Bytes of the body that the kernel has taken so far.</summary>
    public long BytesSent => Interlocked.Read(ref bytesSent);

    /// <summary>Ends when the fake is done with this request, also when its client left.</summary>
    public Task Finished => finished.Task;

    public override string ToString() => $"{Method} {Target}{(Range is null ? "" : $" [{Range}]")}{(HasAuthorization ? " [authorization]" : "")} → {Status}";

    internal static async Task<RecordedRequest> Record(HttpContext context, TimeProvider clock)
    {
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        using var reader = new StreamReader(context.Request.Body);
        var path = target.Split('?')[0];
        var match = Shape().Match(path);
        return new RecordedRequest
        {
            Method = context.Request.Method,
            Target = target,
            Headers = context.Request.Headers.ToDictionary(header => header.Key, header => string.Join(",", header.Value.ToArray()), StringComparer.OrdinalIgnoreCase),
            At = clock.GetUtcNow(),
            ClientThumbprint = context.Connection.ClientCertificate?.Thumbprint,
            Body = await reader.ReadToEndAsync(),
            Kind = path switch
            {
                "/v2/" or "/v2" => RequestKind.Ping,
                "/token" => RequestKind.Token,
                _ => !match.Success ? RequestKind.Other : match.Groups["kind"].Value switch
                {
                    "manifests" => RequestKind.Manifest,
                    "blobs" => RequestKind.Blob,
                    "tags" => RequestKind.Tags,
                    _ => RequestKind.Referrers,
                },
            },
            Repository = match.Groups["repository"].Value,
            Reference = match.Groups["reference"].Value,
        };
    }

    internal void Answer(int status) => Status = status;

    internal void Sent(int bytes) => Interlocked.Add(ref bytesSent, bytes);

    internal void Finish() => finished.TrySetResult();

    [GeneratedRegex("^/v2/(?<repository>.+)/(?<kind>manifests|blobs|tags|referrers)/(?<reference>[^/]+)$")]
    private static partial Regex Shape();
}
