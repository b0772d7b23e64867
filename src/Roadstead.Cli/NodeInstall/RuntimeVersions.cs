using System.ComponentModel;
using System.Text.RegularExpressions;
using Roadstead.Cli.NodeConfig;

namespace Roadstead.Cli.NodeInstall;

/// <summary>What version of a runtime a node has: as its program says on this machine, as the package's record has it on a file system that is elsewhere.</summary>
internal static partial class RuntimeVersions
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Null: nothing says.</summary>
    public static RuntimeVersion? Of(NodeFiles files, DetectedRuntime found) => found.Runtime.Name switch
    {
        "microk8s" => OfSnap(files),
        _ when found.Evidence.EndsWith("/skopeo", StringComparison.Ordinal) || found.Evidence.EndsWith("/buildah", StringComparison.Ordinal) => null,
        "docker" => OfProgram(files, "dockerd") ?? OfPackage(files, "docker.io", "docker-ce"),
        "crio" => OfProgram(files, "crio") ?? OfPackage(files, "cri-o"),
        "containerd" => OfProgram(files, "containerd") ?? OfPackage(files, "containerd", "containerd.io"),
        var name => OfProgram(files, name) ?? OfPackage(files, name),
    };

    /// <summary>The value of a key of os-release(5) as a version.</summary>
    public static RuntimeVersion? OfSystem(NodeFiles files, string key) => SystemWord(files, key) is { } word ? RuntimeVersion.Parse(word) : null;

    public static string? SystemId(NodeFiles files) => SystemWord(files, "ID");

    /// <summary>The first word of what a program says that is a version.</summary>
    public static RuntimeVersion? Read(string output) =>
        output.Split([' ', '\n', ',', '\t'], StringSplitOptions.RemoveEmptyEntries).Where(word => Dotted().IsMatch(word)).Select(RuntimeVersion.Parse).FirstOrDefault(version => version is not null);

    private static RuntimeVersion? OfProgram(NodeFiles files, string name)
    {
        if (!files.IsThisMachine || RuntimeDetector.Program(files, name) is not { } program)
        {
            return null;
        }

        try
        {
            return SystemProgram.Run(program, ["--version"], Patience) is { ExitCode: 0 } result ? Read(result.Output) : null;
        }
        catch (Win32Exception)
        {
            // Of another architecture, or not to be run by us.
            return null;
        }
    }

    private static RuntimeVersion? OfPackage(NodeFiles files, params string[] packages)
    {
        foreach (var entry in (files.Text("/var/lib/dpkg/status") ?? "").Split("\n\n"))
        {
            if (packages.Any(package => entry.StartsWith($"Package: {package}\n", StringComparison.Ordinal)) && entry.Contains("\nStatus: install ok installed\n", StringComparison.Ordinal)
                && PackageVersion().Match(entry) is { Success: true } match)
            {
                return RuntimeVersion.Parse(match.Groups[1].Value);
            }
        }

        return null;
    }

    private static RuntimeVersion? OfSnap(NodeFiles files) =>
        SnapVersion().Match(files.Text("/snap/microk8s/current/meta/snap.yaml") ?? "") is { Success: true } match ? RuntimeVersion.Parse(match.Groups[1].Value) : null;

    private static string? SystemWord(NodeFiles files, string key) =>
        (files.Text("/etc/os-release") ?? files.Text("/usr/lib/os-release") ?? "").Split('\n').FirstOrDefault(line => line.StartsWith($"{key}=", StringComparison.Ordinal)) is { } line
            ? line[(key.Length + 1)..].Trim().Trim('"', '\'') : null;

    [GeneratedRegex(@"^v?\d+\.\d+")]
    private static partial Regex Dotted();

    // An epoch before the colon is Debian's, not the program's.
    [GeneratedRegex(@"^Version: (?:\d+:)?(\S+)$", RegexOptions.Multiline)]
    private static partial Regex PackageVersion();

    [GeneratedRegex(@"^version:\s*['""]?([^\s'""]+)", RegexOptions.Multiline)]
    private static partial Regex SnapVersion();
}
