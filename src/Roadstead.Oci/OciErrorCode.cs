namespace Roadstead.Oci;

/// <summary>The codes of error bodies.</summary>
/// <remarks>OCI distribution specification, "Error Codes"; the last three are distribution's own, which clients know as well.</remarks>
public static class OciErrorCode
{
    /// <summary>The blob is not in this repository.</summary>
    public const string BlobUnknown = "BLOB_UNKNOWN";

    /// <summary>A digest of a wrong form.</summary>
    public const string DigestInvalid = "DIGEST_INVALID";

    /// <summary>The manifest is not in this repository.</summary>
    public const string ManifestUnknown = "MANIFEST_UNKNOWN";

    /// <summary>A repository name of a wrong form.</summary>
    public const string NameInvalid = "NAME_INVALID";

    /// <summary>No project or registry of that name is mirrored.</summary>
    public const string NameUnknown = "NAME_UNKNOWN";

    /// <summary>The registry, or its upstream, refuses access.</summary>
    public const string Denied = "DENIED";

    /// <summary>The registry does not do that.</summary>
    public const string Unsupported = "UNSUPPORTED";

    /// <summary>Upstream throttles.</summary>
    public const string TooManyRequests = "TOOMANYREQUESTS";

    /// <summary>A tag of a wrong form.</summary>
    public const string TagInvalid = "TAG_INVALID";

    /// <summary>The content cannot be had now.</summary>
    public const string Unavailable = "UNAVAILABLE";

    /// <summary>A page of a list with a number of entries that is none.</summary>
    public const string PaginationNumberInvalid = "PAGINATION_NUMBER_INVALID";

    /// <summary>A fault of the server itself.</summary>
    public const string Unknown = "UNKNOWN";
}

/// <summary>An error answer of the registry API.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Code">One of <see cref="OciErrorCode"/>.</param>
/// <param name="Message">What happened, to what, and what to do.</param>
public sealed record OciError(int Status, string Code, string Message);
