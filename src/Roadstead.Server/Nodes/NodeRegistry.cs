using System.Data.Common;
using System.Text.Json;
using Roadstead.Api;
using Roadstead.Server.Configuration;
using Roadstead.Server.Metadata;
using Roadstead.Server.Telemetry;

namespace Roadstead.Server.Nodes;

/// <summary>The nodes that report: what each said last, and whether it may change.</summary>
/// <remarks>Decides within the database's one writer, so that of two nodes that ask at once only one is the first.</remarks>
internal sealed partial class NodeRegistry
{
    /// <summary>More nodes than a cluster can have; whoever holds the node token cannot fill the disk with names.</summary>
    public const int MaxNodes = 20_000;

    private static readonly TimeSpan ForgottenAfter = TimeSpan.FromDays(30);

    private readonly Database _database;
    private readonly BatchSize _batch;
    private readonly ServerMetrics _metrics;
    private readonly TimeProvider _clock;
    private readonly RolloutLog _rollouts;
    private readonly ILogger<NodeRegistry> _log;

    public NodeRegistry(Database database, RoadsteadOptions options, ServerMetrics metrics, TimeProvider clock, RolloutLog rollouts, ILogger<NodeRegistry> log)
    {
        (_database, _batch, _metrics, _clock, _rollouts, _log) = (database, options.Nodes.Batch, metrics, clock, rollouts, log);
        metrics.Registry.AddBeforeCollectCallback(ShowStates);
    }

    /// <summary>Raised when a node has told what its containers use, or is forgotten; true: that is other than it was.</summary>
    public event Action<bool>? UseTold;

    /// <summary>Keeps a report and says whether its node may put its target in force.</summary>
    /// <returns>Null where there are more nodes than are kept.</returns>
    /// <exception cref="DbException">It cannot be kept.</exception>
    public async Task<NodeInstruction?> Report(string name, NodeReport report, CancellationToken cancellation)
    {
        if (await Write(connection => Keep(connection, name, report), cancellation).ConfigureAwait(false) is not { } kept)
        {
            return null;
        }

        if (report.Images is not null || kept.IsUseOther)
        {
            UseTold?.Invoke(kept.IsUseOther);
        }

        if (kept.From != kept.To)
        {
            LogState(_log, name, kept.From, kept.To, report.Current ?? "none", NodeStates.CauseOf(report) ?? "none");
        }

        if (kept.Status is not null)
        {
            _rollouts.Look(kept.Status);
        }

        return kept.Instruction;
    }

    /// <summary>What the containers of all nodes use, of those that have told.</summary>
    /// <exception cref="DbException">It cannot be read.</exception>
    public IReadOnlyList<NodeUse> Uses() => [.. _database.Read(NodeImageTable.All).Select(NodeImages.Read).OfType<NodeUse>()];

    /// <summary>True if a node has told what its containers use.</summary>
    /// <exception cref="DbException">That cannot be read.</exception>
    public bool KnowsUses() => !_database.Read(NodeImageTable.IsEmpty);

    /// <summary>All nodes, and how the newest target spreads.</summary>
    /// <param name="withImages">With what their containers use.</param>
    /// <exception cref="DbException">They cannot be read.</exception>
    public NodeList List(bool withImages)
    {
        var uses = withImages ? Uses().ToDictionary(use => use.Node) : [];
        var now = _clock.GetUtcNow();
        var rows = _database.Read(NodeTable.All);
        var nodes = rows.ConvertAll(NodeStates.ToNode);
        var rollout = Rollout.Newest(nodes, now);
        if (rollout is not null)
        {
            _rollouts.Look(rollout);
        }

        return new NodeList([.. rows.Zip(nodes, (row, node) => new NodeStatus(row.Name, StateOf(node, now), row.SeenAt, row.Granted, row.GrantedAt, With(ReportOf(row), uses.GetValueOrDefault(row.Name))))], rollout);
    }

    /// <returns>False where there is no such node.</returns>
    /// <exception cref="DbException">It cannot be forgotten.</exception>
    public async Task<bool> Forget(string name, CancellationToken cancellation)
    {
        var known = await Write(connection => NodeTable.Remove(connection, name) && Forget(connection), cancellation).ConfigureAwait(false);
        if (known)
        {
            LogForgotten(_log, name);
            UseTold?.Invoke(true);
        }

        return known;
    }

    /// <summary>Has every stopped roll-out go on: the nodes that stop one now stop it no more, until they were well and fail again.</summary>
    /// <exception cref="DbException">That cannot be kept.</exception>
    public async Task Resume(CancellationToken cancellation)
    {
        var now = _clock.GetUtcNow();
        var (excused, statuses) = await Write(
            connection =>
            {
                var stops = NodeTable.All(connection).ConvertAll(NodeStates.ToNode).FindAll(node => Rollout.Stops(node, now));
                stops.ForEach(node => NodeTable.Excuse(connection, node.Name));
                var nodes = NodeTable.All(connection).ConvertAll(NodeStates.ToNode);
                return (stops, stops.Select(node => node.Target).Distinct(StringComparer.Ordinal).Select(target => Rollout.Status(nodes, target, now)).ToList());
            },
            cancellation).ConfigureAwait(false);
        LogResumed(_log, excused.Count == 0 ? "none" : string.Join(", ", excused.Select(node => node.Name)));
        statuses.ForEach(_rollouts.Look);
    }

    private static bool Forget(DbConnection connection)
    {
        NodeImageTable.RemoveUnknown(connection);
        return true;
    }

    /// <summary>Done or not, nobody waits for it longer than he would.</summary>
    private Task<T> Write<T>(Func<DbConnection, T> write, CancellationToken cancellation) => _database.Write(write, cancellation).WaitAsync(cancellation);

    private Kept? Keep(DbConnection connection, string name, NodeReport report)
    {
        var now = _clock.GetUtcNow();
        var known = NodeTable.Find(connection, name);
        if (known is null && NodeTable.Count(connection) >= MaxNodes)
        {
            return null;
        }

        var row = Merge(known, name, report, now);
        var from = known is null ? "new" : NodeStates.Word(StateOf(NodeStates.ToNode(known), now));
        var isSteady = known is not null && row.Target == row.InForce && from == row.State
            && (known.Target, known.InForce, known.Canary, known.Excused) == (row.Target, row.InForce, row.Canary, row.Excused);
        if (isSteady)
        {
            // A thousand nodes that are well cost a row each, and not a look at all the others.
            NodeTable.Put(connection, row);
            return new Kept(from, row.State, new NodeInstruction(true, null), null, NodeImages.Keep(connection, name, report));
        }

        NodeTable.RemoveUnseenSince(connection, now - ForgottenAfter);
        var isGone = NodeImageTable.RemoveUnknown(connection);
        NodeTable.Put(connection, row);
        var isOther = NodeImages.Keep(connection, name, report);
        var nodes = NodeTable.All(connection).ConvertAll(NodeStates.ToNode);
        var decision = Rollout.Decide(nodes, NodeStates.ToNode(row), now, _batch);
        if (decision is RolloutDecision.Granted)
        {
            row = row with { Granted = row.Target, GrantedAt = now, Excused = null };
            NodeTable.Put(connection, row);
            nodes[nodes.FindIndex(node => node.Name == name)] = NodeStates.ToNode(row);
        }

        var reason = (decision as RolloutDecision.Waits)?.Reason;
        return new Kept(from, row.State, new NodeInstruction(reason is null, reason), Rollout.Status(nodes, row.Target, now), isGone || isOther);
    }

    private static NodeRow Merge(NodeRow? known, string name, NodeReport report, DateTimeOffset now)
    {
        var sameTarget = known is not null && known.Target == report.Target;
        var row = new NodeRow(
            name, JsonSerializer.Serialize(report with { Images = null, Malformed = null }, ApiJson.Default.NodeReport), report.Target, sameTarget ? known!.TargetSince : now, report.Current, report.Canary,
            NodeStates.Word(NodeStates.Of(report)), NodeStates.CauseOf(report), now, known?.Granted, known?.GrantedAt, sameTarget ? known!.Excused : null);

        // Well again: its next failing counts.
        return NodeStates.ToNode(row).IsDone ? row with { Excused = null } : row;
    }

    private static NodeReport With(NodeReport report, NodeUse? use) => use is null ? report : report with { Images = use.Images, Malformed = use.Malformed };

    private static NodeState StateOf(RolloutNode node, DateTimeOffset now) => Rollout.IsLive(node, now) ? node.State : NodeState.Gone;

    // A damaged page of the database may hold anything; what the columns say is still of use.
    private static NodeReport ReportOf(NodeRow row)
    {
        try
        {
            if (JsonSerializer.Deserialize(row.Report, ApiJson.Default.NodeReport) is { Runtimes: not null } report)
            {
                return report;
            }
        }
        catch (JsonException)
        {
            // As below.
        }

        return new NodeReport("unknown", row.Target, row.InForce, row.Canary, null, []);
    }

    private void ShowStates()
    {
        try
        {
            var now = _clock.GetUtcNow();
            var counts = _database.Read(NodeTable.All).ConvertAll(row => StateOf(NodeStates.ToNode(row), now)).CountBy(state => state).ToDictionary();
            foreach (var state in Enum.GetValues<NodeState>())
            {
                _metrics.Nodes.WithLabels(NodeStates.Word(state)).Set(counts.GetValueOrDefault(state));
            }
        }
        catch (Exception exception) when (exception is DbException or FormatException or InvalidCastException)
        {
            // The database's own faults are told where pulls meet them; the last numbers stay.
        }
    }

    private sealed record Kept(string From, string To, NodeInstruction Instruction, RolloutStatus? Status, bool IsUseOther);

    [LoggerMessage(LogLevel.Information, "node {Name} {From} → {To} revision={Revision} cause=\"{Cause}\"")]
    private static partial void LogState(ILogger log, string name, string from, string to, string revision, string cause);

    [LoggerMessage(LogLevel.Information, "node {Name} forgotten by the admin")]
    private static partial void LogForgotten(ILogger log, string name);

    [LoggerMessage(LogLevel.Information, "rollout resumed by the admin; excused: {Nodes}")]
    private static partial void LogResumed(ILogger log, string nodes);
}
