namespace Roadstead.E2E.Pulls;

/// <summary>An image as a client names it, and as the server's log names what is asked of it: by a tag or by the digest.</summary>
internal sealed record PulledImage(string Registry, string Project, string Repository, string Reference, string Digest)
{
    /// <summary>As <c>docker.io/library/plain:1</c>.</summary>
    public string Name => Registry + "/" + Path;

    /// <summary>As <c>library/plain:1</c>.</summary>
    public string Path => $"{Repository}{(Reference.Contains(':', StringComparison.Ordinal) ? '@' : ':')}{Reference}";

    public override string ToString() => Name;
}
