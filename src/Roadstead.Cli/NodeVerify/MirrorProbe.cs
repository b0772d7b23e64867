using Roadstead.Cli.NodeConfig;
using Roadstead.Oci;
using Roadstead.Oci.Client;

namespace Roadstead.Cli.NodeVerify;

/// <summary>What the mirror itself answers this machine, with the trust and the credential that the runtime has.</summary>
internal abstract record ProbeOutcome
{
    private ProbeOutcome()
    {
    }

    /// <param name="Digest">Of the image that it serves.</param>
    /// <param name="Children">Digests of the platforms' manifests, by one of which a runtime may know it.</param>
    public sealed record Serves(string Digest, IReadOnlyList<string> Children) : ProbeOutcome
    {
        public bool Is(string digest) => digest == Digest || Children.Contains(digest);
    }

    /// <param name="Connected">It was reached, so that other projects may fare otherwise.</param>
    public sealed record Fails(VerifyCause Cause, bool Connected) : ProbeOutcome;
}

/// <inheritdoc cref="ProbeOutcome"/>
internal sealed class MirrorProbe(MirrorTrust trust, MirrorCredential? credential, TimeProvider clock)
{
    /// <summary>The image that only a Roadstead server has, under any tag.</summary>
    public const string Image = "roadstead/verify";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <param name="place">Where the mirror has the registry.</param>
    public async Task<ProbeOutcome> Ask(MirrorPlace place, string tag, CancellationToken cancellation)
    {
        if (await new MirrorDial(place.Url, trust, Patience).Fault(cancellation).ConfigureAwait(false) is { } fault)
        {
            return new ProbeOutcome.Fails(fault, Connected: false);
        }

        using var client = new RegistryClient(Settings(place.Url), clock);
        var outcome = await client.GetManifest(RepositoryName.Parse(place.Prefix + Image), Reference.Parse(tag), cancellation).ConfigureAwait(false);
        var where = $"{place.Url}/v2/{place.Prefix}{Image}/manifests/{tag}";
        return outcome switch
        {
            UpstreamOutcome<UpstreamManifest>.Found(var found) => new ProbeOutcome.Serves(found.Digest.ToString(), [.. found.Manifest.Children.Select(child => child.Descriptor.Digest.ToString())]),
            UpstreamOutcome<UpstreamManifest>.NotFound => Fails(CauseKind.ProjectUnknown, $"{place.Url} does not serve {place.Shown}{Image}.",
                "Is it a Roadstead server that is as new as this program, and the project one of its own? roadstead node render --server shows its projects.", where, null),
            UpstreamOutcome<UpstreamManifest>.Denied(var message) => Fails(CauseKind.CredentialRefused,
                credential is null ? $"{place.Url} wants a credential for {place.Shown}{Image}, and the node has none." : $"{place.Url} refuses the node's credential (user {credential.Username}).",
                "Give nodes one that may pull from the project: roadstead node install --username NAME --password-file FILE.", where, message),
            UpstreamOutcome<UpstreamManifest>.Throttled(_, var message) => Fails(CauseKind.MirrorFaulty, $"{place.Url} throttles, which a Roadstead server never does.", "Look for a proxy between.", where, message),
            UpstreamOutcome<UpstreamManifest>.Unavailable(var told) => Fails(CauseKind.MirrorFaulty, $"{place.Url} is reached, and does not answer as it should.", "Look at the server's log.", where, told.Message),
            _ => throw new InvalidOperationException("Unknown outcome."),
        };
    }

    private ProbeOutcome.Fails Fails(CauseKind kind, string what, string toDo, string where, string? evidence) =>
        new(new VerifyCause(kind, what, toDo, where, evidence is null ? null : Evidence.Of(evidence, credential)), Connected: true);

    private UpstreamSettings Settings(MirrorUrl url) => new()
    {
        Url = new Uri(url.ToString()),
        Username = credential?.Username,
        Password = credential?.Password,
        TrustedAuthorities = trust.Authorities,
        SkipVerify = trust.Any,
        AllowPrivateAddresses = true,
        ConnectTimeout = Patience,
        UserAgent = "roadstead-verify",
    };
}

/// <summary>Where the mirror has a registry.</summary>
/// <param name="Prefix">Before the repository, with a slash at its end; empty: the project is at the root.</param>
internal sealed record MirrorPlace(RegistryMirror Registry, MirrorUrl Url, string Prefix)
{
    /// <summary>The project, as messages name it.</summary>
    public string Shown => Prefix.Length > 0 ? Prefix : $"(project {Registry.Project}) ";
}
