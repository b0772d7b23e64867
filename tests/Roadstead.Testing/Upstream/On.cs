namespace Roadstead.Testing.Upstream;

/// <summary>Which requests: for rules of faults, for counting and for waiting.</summary>
public static class On
{
    public static bool Any(RecordedRequest request) => request is not null;

    public static bool Ping(RecordedRequest request) => request.Kind == RequestKind.Ping;

    public static bool Token(RecordedRequest request) => request.Kind == RequestKind.Token;

    /// <summary>Everything but the token service.</summary>
    public static bool Registry(RecordedRequest request) => request.Kind != RequestKind.Token;

    /// <summary>GET and HEAD of manifests.</summary>
    public static Func<RecordedRequest, bool> Manifest(string? repository = null, string? reference = null) =>
        Kind(RequestKind.Manifest, repository, reference);

    public static Func<RecordedRequest, bool> Blob(string? repository = null, string? digest = null) =>
        Kind(RequestKind.Blob, repository, digest);

    public static Func<RecordedRequest, bool> Get(this Func<RecordedRequest, bool> which) => Method("GET", which);

    public static Func<RecordedRequest, bool> Head(this Func<RecordedRequest, bool> which) => Method("HEAD", which);

    private static Func<RecordedRequest, bool> Method(string method, Func<RecordedRequest, bool> which) =>
        request => request.Method == method && which(request);

    private static Func<RecordedRequest, bool> Kind(RequestKind kind, string? repository, string? reference) => request =>
        request.Kind == kind
        && (repository is null || request.Repository == repository)
        && (reference is null || request.Reference == reference);
}
