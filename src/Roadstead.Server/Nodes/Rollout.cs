using Roadstead.Api;
using Roadstead.Server.Configuration;

namespace Roadstead.Server.Nodes;

/// <summary>
/// How a configuration spreads over nodes: first one node, a canary where there are any; after a node pulls through the mirror with it, a batch at a time;
/// no further node once one failed at it or fell silent. Computes, and does nothing else.
/// </summary>
internal static class Rollout
{
    /// <summary>A node that has not reported for so long does not count.</summary>
    public static readonly TimeSpan LiveFor = TimeSpan.FromDays(1);

    /// <summary>How long a node that was let put its target in force may be silent.</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromMinutes(15);

    private const int MaxNames = 3;

    public static bool IsLive(RolloutNode node, DateTimeOffset now) => now - node.SeenAt < LiveFor;

    /// <summary>Whether the node that asks may put its target in force.</summary>
    /// <param name="nodes">All that are known, the one that asks among them.</param>
    /// <param name="asking">The one that asks, as it reports now.</param>
    /// <param name="now">The time.</param>
    /// <param name="batch">How many may be changed at once.</param>
    public static RolloutDecision Decide(IReadOnlyList<RolloutNode> nodes, RolloutNode asking, DateTimeOffset now, BatchSize batch)
    {
        // What was put in force once is put right again without leave: someone changed a file.
        if (asking.Target == asking.Current)
        {
            return new RolloutDecision.GoesOn();
        }

        var live = nodes.Where(node => IsLive(node, now)).ToList();
        var cohort = live.Where(node => node.Target == asking.Target).ToList();
        var stops = cohort.Where(node => Stops(node, now)).ToList();

        // The one that failed may try again: its success is what lets the others go on.
        if (stops.Count > 0 && stops.TrueForAll(node => node.Name != asking.Name))
        {
            return new RolloutDecision.Waits(StopReason(stops[0]));
        }

        return asking.Granted == asking.Target ? new RolloutDecision.GoesOn()
            : cohort.Exists(node => node.IsVerified) ? AmongOthers(cohort, batch)
            : First(live, cohort, asking);
    }

    /// <summary>How the newest target spreads; null where no live node has one.</summary>
    public static RolloutStatus? Newest(IReadOnlyList<RolloutNode> nodes, DateTimeOffset now) => nodes
        .Where(node => IsLive(node, now))
        .GroupBy(node => node.Target, StringComparer.Ordinal)
        .OrderByDescending(cohort => cohort.Min(node => node.TargetSince)).ThenBy(cohort => cohort.Key, StringComparer.Ordinal)
        .FirstOrDefault() is { } newest ? Status(nodes, newest.Key, now) : null;

    /// <summary>How a target spreads.</summary>
    public static RolloutStatus Status(IReadOnlyList<RolloutNode> nodes, string target, DateTimeOffset now)
    {
        var cohort = nodes.Where(node => IsLive(node, now) && node.Target == target).ToList();
        return new RolloutStatus(
            target,
            cohort.Count,
            cohort.Count(node => node.Current == target),
            cohort.Count(node => node.IsVerified),
            cohort.Count(node => node is { IsDone: false, HasFailed: false } && (node.IsInProgress || node.Current == target)),
            cohort.Count(node => node.Current != target && node.Granted != target),
            cohort.Count(node => node.HasFailed),
            cohort.Find(node => Stops(node, now)) is { } stop ? StopReason(stop) : null);
    }

    /// <summary>True for a node on whose account the others must wait.</summary>
    public static bool Stops(RolloutNode node, DateTimeOffset now) => IsLive(node, now) && !node.IsExcused && (node.HasFailed || (node.IsInProgress && now - node.SeenAt >= Silence));

    private static RolloutDecision First(List<RolloutNode> live, List<RolloutNode> cohort, RolloutNode asking)
    {
        // A canary that does not want this target yet will: it has not looked since that changed.
        var canaries = live.Where(node => node.Canary && !(node.Target == asking.Target && node.IsExcused)).ToList();
        if (canaries.Count > 0 && !asking.Canary)
        {
            return new RolloutDecision.Waits($"no node has verified {asking.Target} yet, and the canaries go first: {Names(canaries)}");
        }

        return Busy(cohort) is [var first, ..]
            ? new RolloutDecision.Waits($"{first.Name} is the first to get {asking.Target}; the others follow when its pulls came through the mirror")
            : new RolloutDecision.Granted();
    }

    private static RolloutDecision AmongOthers(List<RolloutNode> cohort, BatchSize batch)
    {
        var (busy, most) = (Busy(cohort), batch.Of(cohort.Count));
        return busy.Count < most
            ? new RolloutDecision.Granted()
            : new RolloutDecision.Waits($"{busy.Count} of at most {most} nodes at once are being changed: {Names(busy)}");
    }

    /// <summary>Those that take a place: one whose failing the admin has excused takes none.</summary>
    private static List<RolloutNode> Busy(List<RolloutNode> cohort) => cohort.FindAll(node => node is { IsInProgress: true, IsExcused: false });

    private static string StopReason(RolloutNode node) => node.HasFailed
        ? $"the roll-out is stopped: {node.Name} failed at {node.Target}: {node.Cause ?? "it does not say why"}"
        : $"the roll-out is stopped: {node.Name} was let put {node.Target} in force at {node.GrantedAt:u} and has not reported since {node.SeenAt:u}";

    private static string Names(List<RolloutNode> nodes) =>
        string.Join(", ", nodes.Take(MaxNames).Select(node => node.Name)) + (nodes.Count > MaxNames ? $" and {nodes.Count - MaxNames} more" : "");
}
