using System.Text.Json;
using Roadstead.Cli.NodeConfig;
using Roadstead.Cli.NodeFormats;

namespace Roadstead.Cli.NodeInstall;

/// <summary>dockerd takes the values of daemon.json up on SIGHUP, but keeps that of a key which is no longer there until it is restarted. moby, daemon/reload.go.</summary>
internal static class DaemonJsonKeys
{
    private static readonly string[] Keys = [DaemonJsonFile.Mirrors, DaemonJsonFile.Insecure];

    private static readonly JsonDocumentOptions Lenient = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    /// <summary>What a change needs, given what its file does.</summary>
    public static IReadOnlyList<InstalledReload> Strengthen(FileChange change, IReadOnlyList<InstalledReload> reloads) =>
        change.Path == Docker.DaemonJsonPath && Names(change.Before).Except(Names(change.After)).Intersect(Keys).Any()
            ? [.. reloads.Select(reload => reload.Reload == Reload.Signal ? reload with { Reload = Reload.Restart } : reload)]
            : reloads;

    private static IEnumerable<string> Names(byte[]? content)
    {
        if (content is null)
        {
            return [];
        }

        try
        {
            using var document = JsonDocument.Parse(content, Lenient);
            return document.RootElement.ValueKind == JsonValueKind.Object ? [.. document.RootElement.EnumerateObject().Select(member => member.Name)] : [];
        }
        catch (JsonException)
        {
            // dockerd would not have read it either.
            return [];
        }
    }
}
