using Roadstead.Cli.NodeConfig;
using Roadstead.Cli.NodeInstall;

namespace Roadstead.Cli.Commands;

/// <summary>What was asked for, before files are read and servers asked.</summary>
internal sealed record PlanWish(
    MirrorUrl? Server, MirrorUrl? Mirror, IReadOnlyList<string> Registries, IReadOnlyList<string> Projects, bool MirrorOnly, bool DigestOnly, bool SigstoreAttachments, bool Insecure,
    string? CaFile, string? Username, string? PasswordFile, MirrorUrl? DockerHub, RuntimeVersion? Version)
{
    public const string ServerVariable = "ROADSTEAD_SERVER";

    /// <summary>What the environment says; it counts where no option says otherwise.</summary>
    public string? ServerOfEnvironment { get; init; }

    /// <summary>The CA that an install before was given; null: none.</summary>
    public string? KnownCa { get; init; }

    /// <summary>The CA by which the server itself was trusted before; nodes get what it tells now.</summary>
    public string? KnownTrust { get; init; }

    /// <summary>Who logged in before, with a password that nobody kept.</summary>
    private string? KnownUsername { get; init; }

    /// <summary>The server to ask; null: none.</summary>
    public MirrorUrl? Asked => Server ?? (Registries.Count == 0 && ServerOfEnvironment is { } text && MirrorUrl.TryParse(text, out var url, out _) ? url : null);

    /// <summary>What was asked for before, where this says neither a server nor registries; options that are given count.</summary>
    public PlanWish Remembering(InstallRecord? record)
    {
        if (record is null || Server is not null || Registries.Count > 0)
        {
            return this;
        }

        var plan = record.Plan;
        var isOfServer = record.Server is not null || ServerOfEnvironment is not null;
        var trust = CaFile is null && !Insecure ? plan.CaPem : null;
        return this with
        {
            Server = ServerOfEnvironment is null ? Url(record.Server) : null,
            Mirror = Mirror ?? (isOfServer ? Url(record.Wish?.Mirror) : Url(plan.Mirror)),
            Registries = isOfServer ? [] : [.. plan.Registries.Select(known => $"{known.Registry}={known.Project}")],
            Projects = Projects.Count > 0 ? Projects : isOfServer ? record.Wish?.Projects ?? [] : [],
            MirrorOnly = MirrorOnly || plan.MirrorOnly,
            DigestOnly = DigestOnly || plan.DigestOnly,
            SigstoreAttachments = SigstoreAttachments || plan.SigstoreAttachments,
            Insecure = Insecure || (plan.Insecure && CaFile is null),
            DockerHub = DockerHub ?? Url(record.Wish?.DockerHub),
            KnownCa = record.Wish is { GaveCa: true } ? trust : null,
            KnownTrust = trust,
            KnownUsername = plan.Username,
        };
    }

    /// <summary>What contradicts itself or is missing.</summary>
    public IEnumerable<string> UsageFaults()
    {
        if (Server is null && Registries.Count == 0 && ServerOfEnvironment is { } text && !MirrorUrl.TryParse(text, out _, out var fault))
        {
            yield return $"{ServerVariable} {fault}";
        }
        else if (Asked is null && Registries.Count == 0)
        {
            yield return "say --server URL to ask the server, or --mirror URL with a --registry REGISTRY=PROJECT for each registry";
        }

        if (Server is not null && Registries.Count > 0)
        {
            yield return "--registry stands instead of asking a server: give it with --mirror, without --server";
        }

        if (Registries.Count > 0 && Mirror is null && Server is null)
        {
            yield return "--registry needs --mirror: the URL under which nodes reach the server";
        }

        if (Projects.Count > 0 && Asked is null)
        {
            yield return "--project chooses from what a server tells: it needs --server";
        }

        foreach (var pair in Registries.Where(pair => pair.Split('=') is not [{ Length: > 0 }, { Length: > 0 }]))
        {
            yield return $"--registry {pair} must be REGISTRY=PROJECT, as docker.io=dockerhub";
        }

        if (Username is null != PasswordFile is null)
        {
            yield return "--username and --password-file go together";
        }
        else if (KnownUsername is not null && Username is null)
        {
            yield return $"the install before logged in as {KnownUsername}, and no record holds a password: give --username and --password-file again, or --server to go without";
        }
    }

    /// <summary>What a record keeps of it beside the plan.</summary>
    public InstalledWish ToRecord() => new(Mirror?.ToString(), Projects, DockerHub?.ToString(), CaFile is not null || KnownCa is not null);

    private static MirrorUrl? Url(string? text) => text is not null && MirrorUrl.TryParse(text, out var url, out _) ? url : null;
}
