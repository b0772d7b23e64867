namespace Roadstead.Oci;

/// <summary>What a request path of the registry API asks for.</summary>
public enum OciPathKind
{
    /// <summary><c>/v2/</c>, the check of the API itself.</summary>
    Ping,

    /// <summary><c>…/manifests/&lt;reference&gt;</c>.</summary>
    Manifest,

    /// <summary><c>…/blobs/&lt;digest&gt;</c>.</summary>
    Blob,

    /// <summary><c>…/blobs/uploads/…</c>, where pushes begin.</summary>
    Upload,

    /// <summary><c>…/tags/list</c>.</summary>
    Tags,

    /// <summary><c>…/referrers/&lt;digest&gt;</c>.</summary>
    Referrers,

    /// <summary><c>/v2/_catalog</c>.</summary>
    Catalog,
}

/// <summary>A request target of the registry API, read from its raw form; the only place that knows the shapes of URLs.</summary>
/// <param name="Kind">What is asked for.</param>
/// <param name="Name">
/// The path before the keyword: a repository name whose first component may be a registry's host and port. Empty for <see cref="OciPathKind.Ping"/>
/// and <see cref="OciPathKind.Catalog"/>.
/// </param>
/// <param name="Reference">The tag or digest; null where the kind has none.</param>
/// <param name="Namespace">The registry that the <c>ns</c> parameter names; null without one.</param>
/// <remarks>OCI distribution specification, "Endpoints" and "Registry Proxying".</remarks>
public sealed record OciPath(OciPathKind Kind, string Name, Reference? Reference, RegistryName? Namespace)
{
    private const string Root = "v2";
    private static readonly OciError DigestInvalid =
        new(400, OciErrorCode.DigestInvalid, "The digest is invalid: sha256:<64 hex digits> or sha512:<128 hex digits>, in lower case.");

    private static readonly OciError NoSuchPath = new(404, OciErrorCode.Unsupported, "The registry API has no such path.");

    /// <summary>
    /// What stands before <c>/v2/</c>, as Docker writes the path of a mirror's URL: a project or a registry's host and port, whose repository the whole
    /// <see cref="Name"/> is. Null where the path starts with <c>/v2</c>.
    /// </summary>
    public string? Mount { get; init; }

    /// <summary>Which part of the list is asked for, where the kind has pages; null for the others.</summary>
    public ListPage? Page { get; init; }

    /// <summary>The type of artifact that referrers are wanted of; null for all.</summary>
    public string? ArtifactType { get; init; }

    /// <summary>The path as it was asked for, for links to further pages of it.</summary>
    public string Path => $"{(Mount is null ? "" : "/" + Mount)}/v2/{(Kind == OciPathKind.Catalog ? "_catalog" : $"{Name}/tags/list")}";

    /// <summary>True if the target belongs to the registry API, valid or not: its first or second part is <c>v2</c>.</summary>
    public static bool IsRegistryTarget(ReadOnlySpan<char> rawTarget)
    {
        var path = PathOf(rawTarget);
        if (path.IsEmpty || path[0] != '/')
        {
            return false;
        }

        path = path[1..];
        return StartsWithRoot(path) || (path.IndexOf('/') is var slash and > 0 && StartsWithRoot(path[(slash + 1)..]));
    }

    /// <summary>Reads a raw request target, as HTTP's request line has it: undecoded, with its query.</summary>
    /// <returns>The path, or the error to answer; exactly one of the two is null.</returns>
    public static (OciPath? Path, OciError? Error) Parse(ReadOnlySpan<char> rawTarget)
    {
        var (ns, nsError) = ReadNamespace(QueryOf(rawTarget));
        if (nsError is not null)
        {
            return (null, nsError);
        }

        if (Decode(PathOf(rawTarget)) is not { } path)
        {
            var ofDigest = PathOf(rawTarget).ToString().Split('/') is [.., "blobs" or "manifests" or "referrers", var reference] && reference.Contains(':', StringComparison.Ordinal);
            return (null, ofDigest ? DigestInvalid : new OciError(400, OciErrorCode.NameInvalid, "The path holds characters that no repository name has."));
        }

        switch (path.Split('/'))
        {
            case ["", Root, .. var parts]:
                return WithQuery(Read(parts, ns), rawTarget);
            case ["", var mount, ..] when !IsComponentOrHost(mount):
                return (null, new OciError(400, OciErrorCode.NameInvalid, "What stands before /v2/ is not the name of a project or registry."));
            case ["", var mount, Root, .. var parts]:
                var (found, error) = Read(parts, ns);
                return WithQuery((found is null ? null : found with { Mount = mount }, error), rawTarget);
            default:
                return (null, NoSuchPath);
        }
    }

    private static (OciPath?, OciError?) WithQuery((OciPath? Path, OciError? Error) read, ReadOnlySpan<char> rawTarget)
    {
        if (read.Path is not { Kind: OciPathKind.Tags or OciPathKind.Catalog or OciPathKind.Referrers } path)
        {
            return read;
        }

        var query = new OciQuery(QueryOf(rawTarget).ToString());
        if (path.Kind != OciPathKind.Referrers)
        {
            var (page, error) = ListPage.Read(query);
            return (page is null ? null : path with { Page = page }, error);
        }

        var type = query.Find("artifactType");
        return string.IsNullOrEmpty(type) || MediaTypes.IsMediaType(type)
            ? (path with { ArtifactType = string.IsNullOrEmpty(type) ? null : type }, null)
            : (null, new OciError(400, OciErrorCode.Unsupported, "The query's artifactType is no media type."));
    }

    private static (OciPath?, OciError?) Read(string[] parts, RegistryName? ns) =>
        parts switch
        {
            [] or [""] => (new OciPath(OciPathKind.Ping, "", null, ns), null),
            ["_catalog"] => (new OciPath(OciPathKind.Catalog, "", null, ns), null),
            [.. var name, "blobs", "uploads"] => Named(OciPathKind.Upload, name, null, ns),
            [.. var name, "blobs", "uploads", _] => Named(OciPathKind.Upload, name, null, ns),
            [.. var name, "tags", "list"] => Named(OciPathKind.Tags, name, null, ns),
            [.. var name, "manifests", var reference] => Named(OciPathKind.Manifest, name, reference, ns),
            [.. var name, "blobs", var digest] => Named(OciPathKind.Blob, name, digest, ns),
            [.. var name, "referrers", var digest] => Named(OciPathKind.Referrers, name, digest, ns),
            _ when NamesBrokenDigest(parts) => (null, DigestInvalid),
            _ => (null, NoSuchPath),
        };

    // A digest with slashes in it, as sha256:../../x: it is the digest that is wrong, not the path.
    private static bool NamesBrokenDigest(string[] parts) =>
        Enumerable.Range(1, Math.Max(0, parts.Length - 2)).Any(i => parts[i] is "blobs" or "manifests" or "referrers" && parts[i + 1].Contains(':', StringComparison.Ordinal));

    private static (OciPath?, OciError?) Named(OciPathKind kind, string[] nameParts, string? reference, RegistryName? ns)
    {
        var name = string.Join('/', nameParts);
        if (!IsName(nameParts) || name.Length > RepositoryName.MaxLength)
        {
            return (null, new OciError(400, OciErrorCode.NameInvalid,
                $"The repository name is invalid: lower-case path components, {RepositoryName.MaxLength} characters at most."));
        }

        if (reference is null)
        {
            return (new OciPath(kind, name, null, ns), null);
        }

        if (!Oci.Reference.TryParse(reference, out var parsed) || (kind != OciPathKind.Manifest && parsed.IsTag))
        {
            var isDigest = kind != OciPathKind.Manifest || reference.Contains(':', StringComparison.Ordinal);
            return (null, isDigest
                ? DigestInvalid
                : new OciError(400, OciErrorCode.TagInvalid, $"The tag is invalid: {Oci.Reference.MaxTagLength} characters at most of A-Z a-z 0-9 _ . - and no . or - first."));
        }

        return (new OciPath(kind, name, parsed, ns), null);
    }

    private static bool IsName(string[] parts) =>
        parts.Length > 0
        && (parts.Length > 1 ? IsComponentOrHost(parts[0]) : RepositoryName.IsComponent(parts[0]))
        && parts.Skip(1).All(part => RepositoryName.IsComponent(part));

    private static bool IsComponentOrHost(string part) =>
        RepositoryName.IsComponent(part) || (RegistryName.LooksLikeHost(part) && RegistryName.TryParse(part, out _));

    private static bool StartsWithRoot(ReadOnlySpan<char> path) =>
        path.StartsWith(Root, StringComparison.Ordinal) && (path.Length == Root.Length || path[Root.Length] == '/');

    private static (RegistryName?, OciError?) ReadNamespace(ReadOnlySpan<char> query)
    {
        RegistryName? found = null;
        foreach (var range in query.Split('&'))
        {
            var parameter = query[range];
            if (!parameter.StartsWith("ns=", StringComparison.Ordinal))
            {
                continue;
            }

            if (found is not null)
            {
                return (null, new OciError(400, OciErrorCode.NameInvalid, "The query names ns twice."));
            }

            if (Decode(parameter[3..]) is not { } text || !RegistryName.TryParse(text, out var name))
            {
                return (null, new OciError(400, OciErrorCode.NameInvalid, "The query's ns is not the name of a registry: host or host:port."));
            }

            found = name;
        }

        return (found, null);
    }

    private static ReadOnlySpan<char> PathOf(ReadOnlySpan<char> target)
    {
        // What looks like a URL in a query is no authority.
        var query = target.IndexOf('?');
        target = query < 0 ? target : target[..query];

        // RFC 9112 section 3.2.2: a server takes the absolute form too.
        var authority = target.IndexOf("://", StringComparison.Ordinal);
        if (authority > 0 && target[0] != '/')
        {
            var slash = target[(authority + 3)..].IndexOf('/');
            target = slash < 0 ? "/" : target[(authority + 3 + slash)..];
        }

        return target;
    }

    private static ReadOnlySpan<char> QueryOf(ReadOnlySpan<char> target)
    {
        var query = target.IndexOf('?');
        return query < 0 ? [] : target[(query + 1)..];
    }

    /// <summary>Undoes percent-encoding once; null where it hides what no name, tag, digest or host holds.</summary>
    private static string? Decode(ReadOnlySpan<char> text)
    {
        if (!text.Contains('%'))
        {
            return text.ToString();
        }

        var decoded = new System.Text.StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '%')
            {
                decoded.Append(text[i]);
                continue;
            }

            if (i + 2 >= text.Length || !byte.TryParse(text.Slice(i + 1, 2), System.Globalization.NumberStyles.AllowHexSpecifier, null, out var value)
                || !(char.IsAsciiLetterOrDigit((char)value) || ":._-".Contains((char)value, StringComparison.Ordinal)))
            {
                return null;
            }

            decoded.Append((char)value);
            i += 2;
        }

        return decoded.ToString();
    }
}
