namespace Roadstead.Cli.NodeConfig;

/// <summary>What a node is to use: the mirror, which registries it stands for, and how. A runtime's configuration is computed from this alone.</summary>
public sealed record MirrorPlan
{
    /// <summary>The server as nodes call it.</summary>
    public required MirrorUrl Mirror { get; init; }

    public required IReadOnlyList<RegistryMirror> Registries { get; init; }

    /// <summary>The certificates, as PEM, that nodes must trust to reach the mirror; null: those they trust already.</summary>
    public string? CaPem { get; init; }

    /// <summary>The mirror may speak plain HTTP, or bear a certificate that nobody checks.</summary>
    public bool Insecure { get; init; }

    /// <summary>The registries themselves are never asked.</summary>
    public bool MirrorOnly { get; init; }

    /// <summary>Only pulls by digest go to the mirror; a tag is looked up at the registry itself.</summary>
    public bool DigestOnly { get; init; }

    /// <summary>Signatures are looked for beside the image, under the mirror's name.</summary>
    public bool SigstoreAttachments { get; init; }

    /// <summary>Null: the mirror is pulled from without one.</summary>
    public MirrorCredential? Credential { get; init; }

    /// <summary>Null: not known, so only what every version takes is used.</summary>
    public RuntimeVersion? Version { get; init; }

    /// <summary>True if the node knows the version and it is this one or a later one.</summary>
    public bool IsAtLeast(int major, int minor) => Version is { } version && version >= new RuntimeVersion(major, minor, 0);

    /// <summary>True if the node knows the version and it is older than this one.</summary>
    public bool IsBefore(int major, int minor) => Version is { } version && version < new RuntimeVersion(major, minor, 0);
}

/// <summary>A registry and where the mirror has it.</summary>
/// <param name="Registry">Its name in image references, as <c>docker.io</c>.</param>
/// <param name="Project">The server's project, as <c>dockerhub</c>.</param>
/// <param name="Upstream">Where the registry itself is, as <c>https://registry-1.docker.io</c>: what containerd asks when the mirror fails.</param>
/// <param name="Root">A URL of the server under which the project is at the root; null: there is none.</param>
public sealed record RegistryMirror(string Registry, string Project, string Upstream, MirrorUrl? Root = null)
{
    public const string DockerHub = "docker.io";

    /// <summary>The URL that a client turns to for a registry's name when nothing is configured.</summary>
    public static string UpstreamOf(string registry) => registry == DockerHub ? "https://registry-1.docker.io" : $"https://{registry}";
}

/// <summary>What a node shows the mirror.</summary>
public sealed record MirrorCredential(string Username, string Password)
{
    /// <summary>The pair in base64, as HTTP's Basic scheme and auth.json have it.</summary>
    public string Base64 => Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"{Username}:{Password}"));

    /// <summary>Null: the text is no such pair.</summary>
    public static MirrorCredential? FromBase64(string? text)
    {
        var bytes = new byte[text?.Length ?? 0];
        return text is not null && Convert.TryFromBase64String(text, bytes, out var count) && System.Text.Encoding.UTF8.GetString(bytes, 0, count).Split(':', 2) is [{ Length: > 0 } name, var password]
            ? new MirrorCredential(name, password)
            : null;
    }

    /// <summary>A record would print its members.</summary>
    public override string ToString() => $"credential of {Username}";
}
