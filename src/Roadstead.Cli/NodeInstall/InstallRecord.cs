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
public sealed record InstallRecord(
    int Form, string Version, string? Server, InstalledPlan Plan, IReadOnlyList<string> Runtimes, IReadOnlyList<InstalledFile> Files, IReadOnlyList<string> MadeFolders)
{
    public const string Folder = "/var/lib/roadstead/node";
}

/// <summary>A <see cref="MirrorPlan"/> without its password.</summary>
public sealed record InstalledPlan(
    string Mirror, IReadOnlyList<InstalledRegistry> Registries, string? CaPem, bool Insecure, bool MirrorOnly, bool DigestOnly, bool SigstoreAttachments, string? Username);

/// <inheritdoc cref="RegistryMirror"/>
public sealed record InstalledRegistry(string Registry, string Project, string Upstream, string? Root);

/// <param name="Path">As the node has it.</param>
/// <param name="Installed">SHA-256, in hexadecimal digits, of what was put there.</param>
/// <param name="Original">What was there before; null: nothing.</param>
public sealed record InstalledFile(string Path, string Installed, OriginalFile? Original);

/// <param name="Backup">File name within the record's folder.</param>
/// <param name="Sha256">Of its bytes.</param>
/// <param name="Mode">Permission bits, as chmod has them.</param>
/// <param name="Modified">When it was last written, in ticks of UTC.</param>
public sealed record OriginalFile(string Backup, string Sha256, int Mode, uint Owner, uint Group, long Modified);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, WriteIndented = true)]
[JsonSerializable(typeof(InstallRecord))]
internal sealed partial class InstallRecordJson : JsonSerializerContext;
