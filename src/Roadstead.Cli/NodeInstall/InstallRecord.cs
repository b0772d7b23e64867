using System.Text.Json.Serialization;
using Roadstead.Cli.NodeConfig;

namespace Roadstead.Cli.NodeInstall;

/// <summary>What was installed on a node, and what was there before: kept in <see cref="Folder"/>, beside the originals. Holds no password.</summary>
/// <param name="Form">Of the record itself; a program that does not know it changes nothing.</param>
/// <param name="Version">Of the program that wrote it.</param>
/// <param name="Server">The server that was asked; null: the plan was given by options.</param>
/// <param name="Plan">What the node is to use.</param>
/// <param name="Runtimes">Names of the runtimes that were configured.</param>
/// <param name="Files">Every file that was made or changed.</param>
/// <param name="MadeFolders">Folders that were made, the outer ones first.</param>
/// <param name="Wish">What was asked for beside the plan, for the next time.</param>
/// <param name="Pending">What has not been taken up yet.</param>
/// <param name="Revision">What the plan is called in reports to the server; null: the install was made by hand.</param>
public sealed record InstallRecord(
    int Form, string Version, string? Server, InstalledPlan Plan, IReadOnlyList<string> Runtimes, IReadOnlyList<InstalledFile> Files, IReadOnlyList<string> MadeFolders, InstalledWish? Wish = null,
    IReadOnlyList<PendingReload>? Pending = null, string? Revision = null)
{
    public const string Folder = "/var/lib/roadstead/node";

    public const int CurrentForm = 1;
}

/// <summary>A <see cref="MirrorPlan"/> without its password.</summary>
public sealed record InstalledPlan(
    string Mirror, IReadOnlyList<InstalledRegistry> Registries, string? CaPem, bool Insecure, bool MirrorOnly, bool DigestOnly, bool SigstoreAttachments, string? Username)
{
    public static InstalledPlan Of(MirrorPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return new InstalledPlan(
            plan.Mirror.ToString(), [.. plan.Registries.Select(known => new InstalledRegistry(known.Registry, known.Project, known.Upstream, known.Root?.ToString()))], plan.CaPem, plan.Insecure,
            plan.MirrorOnly, plan.DigestOnly, plan.SigstoreAttachments, plan.Credential?.Username);
    }

    /// <summary>The plan again.</summary>
    /// <param name="credential">What it had of that name; null where it had none.</param>
    public MirrorPlan ToPlan(MirrorCredential? credential) => new()
    {
        Mirror = Url(Mirror),
        Registries = [.. Registries.Select(known => new RegistryMirror(known.Registry, known.Project, known.Upstream, known.Root is null ? null : Url(known.Root)))],
        CaPem = CaPem,
        Insecure = Insecure,
        MirrorOnly = MirrorOnly,
        DigestOnly = DigestOnly,
        SigstoreAttachments = SigstoreAttachments,
        Credential = credential,
    };

    private static MirrorUrl Url(string text) => MirrorUrl.TryParse(text, out var url, out var fault) ? url : throw new FormatException($"{text} {fault}.");
}

/// <inheritdoc cref="RegistryMirror"/>
public sealed record InstalledRegistry(string Registry, string Project, string Upstream, string? Root);

/// <summary>Options that a plan no longer shows.</summary>
/// <param name="Mirror">What <c>--mirror</c> said; null: what the server says of itself.</param>
/// <param name="GaveCa">The plan's CA was given, not told by the server, and so does not follow the server's.</param>
public sealed record InstalledWish(string? Mirror, IReadOnlyList<string> Projects, string? DockerHub, bool GaveCa);

/// <param name="Path">As the node has it.</param>
/// <param name="Installed">SHA-256, in hexadecimal digits, of what was put there; empty: the file was removed.</param>
/// <param name="Original">What was there before; null: nothing.</param>
/// <param name="Earlier">What an install before had put there, while a later one is under way; null: there is nothing of the kind.</param>
/// <param name="HasOthers">Somebody changed it after it was first installed, and what was installed since holds that too: the original would lose it.</param>
/// <param name="Reloads">What takes a change of it up.</param>
/// <param name="IsSecret">It holds a password, or did before.</param>
/// <param name="IsShared">What somebody puts into it later is kept; else it is put right.</param>
public sealed record InstalledFile(
    string Path, string Installed, OriginalFile? Original, string? Earlier = null, bool HasOthers = false, IReadOnlyList<InstalledReload>? Reloads = null, bool IsSecret = false,
    bool IsShared = false);

/// <param name="Backup">File name within the record's folder.</param>
/// <param name="Sha256">Of its bytes.</param>
/// <param name="Mode">Permission bits, as chmod has them.</param>
/// <param name="Modified">When it was last written, in ticks of UTC.</param>
/// <param name="ModifiedRest">The nanoseconds that a tick is too coarse for, 0 to 99.</param>
public sealed record OriginalFile(string Backup, string Sha256, int Mode, uint Owner, uint Group, long Modified, int ModifiedRest = 0);

/// <param name="Services">The units that it is of, the first that the node has.</param>
public sealed record InstalledReload(string Runtime, Reload Reload, IReadOnlyList<string> Services);

/// <summary>A reload or restart that was left to the operator.</summary>
/// <param name="Since">A process that started later has read the files.</param>
public sealed record PendingReload(string Runtime, Reload Reload, IReadOnlyList<string> Services, IReadOnlyList<string> Paths, DateTimeOffset Since);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, UseStringEnumConverter = true, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(InstallRecord))]
[JsonSerializable(typeof(InstalledPlan))]
internal sealed partial class InstallRecordJson : JsonSerializerContext;
