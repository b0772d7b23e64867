using Roadstead.Cli.NodeConfig;
using Roadstead.Cli.NodeInstall;

namespace Roadstead.Cli.NodeFormats;

/// <summary>Docker's daemon.json: the lists in it that mirrors need.</summary>
internal static class DaemonJsonFile
{
    public const string Mirrors = "registry-mirrors";
    public const string Insecure = "insecure-registries";
    public const string Consequence = "dockerd does not start with it (\"unable to configure the Docker daemon with file\"). Mend it, then run this again.";

    /// <summary>A list of the file, empty if it is not there. Null: it is no list of strings, and the faults say where.</summary>
    public static IReadOnlyList<string>? List(JsonFile json, string key, List<NodeFault> faults)
    {
        if (json.Root.Member(key) is { Strings: null } wrong)
        {
            faults.Add(new NodeFault(Docker.DaemonJsonPath, json.Line(wrong), $"{key} must be a list of strings", Consequence));
            return null;
        }

        return json.Root.Member(key)?.Strings ?? [];
    }
}
