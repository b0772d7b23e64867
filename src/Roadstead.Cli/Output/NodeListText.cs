using System.Globalization;
using Roadstead.Api;

namespace Roadstead.Cli.Output;

/// <summary>The list of nodes as a table.</summary>
internal static class NodeListText
{
    private static readonly string[] Titles = ["NODE", "RUNTIMES", "STATE", "VERIFIED", "SEEN"];

    /// <param name="nodes">What the server said.</param>
    /// <param name="now">The time.</param>
    /// <param name="width">Columns of the terminal; null: as wide as it is.</param>
    public static string Of(NodeList nodes, DateTimeOffset now, int? width)
    {
        if (nodes.Nodes.Count == 0)
        {
            return "No node has reported yet.\n";
        }

        var lines = TextTable.Lines([Titles, .. nodes.Nodes.Select(node => Row(node, now))], [1, 0], width)
            .Concat(nodes.Nodes.SelectMany(Causes))
            .Concat(nodes.Rollout is { } rollout ? ["", .. Rollout(rollout)] : Array.Empty<string>());
        return string.Concat(lines.Select(line => line + "\n"));
    }

    private static string[] Row(NodeStatus node, DateTimeOffset now)
    {
        var runtimes = node.Report.Runtimes.Where(runtime => runtime.State != RuntimeState.NotInstalled).ToList();
        return
        [
            Printable.Line(node.Name),
            runtimes.Count == 0 ? "-" : Printable.Line(string.Join(", ", runtimes.Select(runtime => $"{runtime.Name}{(runtime.Version is null ? "" : " " + runtime.Version)}"))),
            Word(node.State),

            // A node is verified as of its runtime that was verified longest ago.
            runtimes.Count == 0 || runtimes.Exists(runtime => runtime.VerifiedAt is null) ? "never" : AgeText.Of(runtimes.Min(runtime => runtime.VerifiedAt)!.Value, now),
            AgeText.Of(node.LastSeen, now),
        ];
    }

    private static IEnumerable<string> Causes(NodeStatus node) => node.Report.Runtimes
        .Where(runtime => runtime.State is RuntimeState.Failed or RuntimeState.RestartNeeded)
        .Select(runtime => Printable.Line($"{node.Name}: {runtime.Name} {(runtime.State == RuntimeState.Failed ? "failed" : "needs a restart")}{(runtime.Message is null ? "" : ": " + runtime.Message)}"));

    private static IEnumerable<string> Rollout(RolloutStatus rollout)
    {
        yield return string.Create(CultureInfo.InvariantCulture, $"roll-out of {Printable.Line(rollout.Target)}: {rollout.Verified} of {rollout.Total} nodes verified, {rollout.InProgress} in progress, {rollout.Waiting} waiting, {rollout.Failed} failed");
        if (rollout.Stopped is { } reason)
        {
            yield return Printable.Line(reason);
        }
    }

    private static string Word(NodeState state) => state switch
    {
        NodeState.NoRuntime => "no runtime",
        NodeState.RestartNeeded => "restart needed",
        _ => state.ToString().ToLowerInvariant(),
    };
}
