using Roadstead.Api;
using Roadstead.Cli.NodeConfig;

namespace Roadstead.Cli.Commands;

/// <summary>Makes the plan of what the options say and what the server tells.</summary>
internal static class PlanSource
{
    public abstract record Outcome
    {
        public sealed record Ready(MirrorPlan Plan) : Outcome;

        public sealed record Failed(string Message) : Outcome;

        public sealed record WrongUsage(IReadOnlyList<string> Messages) : Outcome;
    }

    public static async Task<Outcome> Plan(PlanWish wish, CancellationToken cancellation)
    {
        string[] usage = [.. wish.UsageFaults()];
        if (usage.Length > 0)
        {
            return new Outcome.WrongUsage(usage);
        }

        try
        {
            var ca = wish.CaFile is null ? wish.KnownCa : await Read("--ca", wish.CaFile, cancellation).ConfigureAwait(false);
            var password = wish.PasswordFile is null ? null : (await Read("--password-file", wish.PasswordFile, cancellation).ConfigureAwait(false)).TrimEnd('\r', '\n');
            var credential = password is null ? null : new MirrorCredential(wish.Username!, password);
            return wish.Asked is { } server
                ? await Ask(server, wish, ca, credential, cancellation).ConfigureAwait(false)
                : new Outcome.Ready(Plan(wish, wish.Mirror!, OfOptions(wish), ca, credential));
        }
        catch (IOException exception)
        {
            return new Outcome.Failed(exception.Message);
        }
    }

    private static async Task<Outcome> Ask(MirrorUrl server, PlanWish wish, string? ca, MirrorCredential? credential, CancellationToken cancellation)
    {
        // A text that is no certificate is told of together with the plan's other faults, which needs no server.
        if (ca is not null && CertificatePem.Fault(ca) is { } fault)
        {
            return new Outcome.Failed(new PlanFault("--ca", fault).ToString());
        }

        using var http = ServerConnection.Open(ca ?? wish.KnownTrust, wish.Insecure);
        switch (await new ManagementClient(http, new Uri(server.ToString())).Mirrors(cancellation).ConfigureAwait(false))
        {
            case ApiOutcome<MirrorList>.Answered(var list):
                return OfServer(server, list, wish, ca, credential);
            case ApiOutcome<MirrorList>.Refused(_, var message):
                return new Outcome.Failed($"--server: {server} {message}. Is it a Roadstead server, and as new as this program?");
            case ApiOutcome<MirrorList>.Unreachable(var message, Untrusted: true):
                return new Outcome.Failed($"--server: the certificate of {server} is not trusted: {message.TrimEnd('.')}. Give its CA with --ca (the server shows its own at {server}/ca.crt), or say --insecure.");
            case ApiOutcome<MirrorList>.Unreachable(var message, _):
                return new Outcome.Failed($"--server: {server} cannot be reached: {message.TrimEnd('.')}. Does it run, and listen there? Without it, --mirror and --registry say the same.");
            default:
                throw new InvalidOperationException("Unknown outcome.");
        }
    }

    private static Outcome OfServer(MirrorUrl server, MirrorList list, PlanWish wish, string? ca, MirrorCredential? credential)
    {
        if (!MirrorUrl.TryParse(list.Url, out var told, out var fault))
        {
            return new Outcome.Failed($"--server: the URL that {server} calls itself by {fault}. Say --mirror.");
        }

        var mirror = wish.Mirror ?? told;
        var unknown = wish.Projects.Where(name => list.Mirrors.All(known => known.Project != name)).ToList();
        if (unknown.Count > 0)
        {
            return new Outcome.Failed($"--project: {server} mirrors nothing as {string.Join(", ", unknown)}; it has {string.Join(", ", list.Mirrors.Select(known => known.Project))}.");
        }

        var chosen = wish.Projects.Count > 0
            ? list.Mirrors.Where(known => wish.Projects.Contains(known.Project))
            : list.Mirrors.GroupBy(known => known.Registry, StringComparer.Ordinal).Select(group => group.FirstOrDefault(known => known.Primary) ?? group.First());
        var registries = chosen.Select(known => new RegistryMirror(known.Registry, known.Project, Upstream(known), Root(known, wish, told, mirror)));

        // Over plain HTTP, or with nothing checked, what the server says of its CA is of no use.
        return new Outcome.Ready(Plan(wish, mirror, [.. registries], ca ?? (mirror.IsPlain || wish.Insecure ? null : list.Ca), credential));
    }

    private static IReadOnlyList<RegistryMirror> OfOptions(PlanWish wish) =>
    [
        .. from pair in wish.Registries
           let parts = pair.Split('=')
           select new RegistryMirror(parts[0], parts[1], RegistryMirror.UpstreamOf(parts[0]), parts[0] == RegistryMirror.DockerHub ? wish.DockerHub : null),
    ];

    /// <summary>
    /// Where nodes turn when the mirror fails is where they would go without one. The server may ask a registry elsewhere, where nodes have no business; only if it is
    /// the same host is its word on scheme and port the better one.
    /// </summary>
    private static string Upstream(MirroredRegistry known) =>
        MirrorUrl.TryParse(known.Upstream, out var url, out _) && url.Authority == known.Registry ? url.ToString() : RegistryMirror.UpstreamOf(known.Registry);

    private static MirrorUrl? Root(MirroredRegistry known, PlanWish wish, MirrorUrl told, MirrorUrl mirror) =>
        wish.DockerHub is not null && known.Registry == RegistryMirror.DockerHub ? wish.DockerHub
        : known.Root is null || !MirrorUrl.TryParse(known.Root, out var root, out _) ? null
        : root.Host == told.Host ? root.At(mirror.Host)
        : root;

    private static MirrorPlan Plan(PlanWish wish, MirrorUrl mirror, IReadOnlyList<RegistryMirror> registries, string? ca, MirrorCredential? credential) => new()
    {
        Mirror = mirror,
        Registries = registries,
        CaPem = ca,
        Insecure = wish.Insecure,
        MirrorOnly = wish.MirrorOnly,
        DigestOnly = wish.DigestOnly,
        SigstoreAttachments = wish.SigstoreAttachments,
        Credential = credential,
        Version = wish.Version,
    };

    public static async Task<string> Read(string option, string path, CancellationToken cancellation)
    {
        try
        {
            return await File.ReadAllTextAsync(path, cancellation).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"{option}: {exception.Message}", exception);
        }
    }
}
