using Roadstead.Api;
using Roadstead.Fuzz.Runs;
using Roadstead.Server.Configuration;
using Roadstead.Server.Nodes;

namespace Roadstead.Fuzz;

/// <summary>A cluster of nodes that report in any order, fail, mend themselves, fall silent and change their minds.</summary>
public class RolloutFuzz
{
    private static readonly Gen<BatchSize> Batches = Gen.OneOf(Gen.Int[1, 5].Select(number => new BatchSize(number, false)), Gen.Int[1, 100].Select(percent => new BatchSize(percent, true)));
    private static readonly Gen<Step[]> Steps = Gen.Select(Gen.Int[0, 7], Gen.Int[0, 9], Gen.Int[0, 20]).Select((node, action, minutes) => new Step(node, action, minutes)).Array[0, 120];

    [Theory, Fuzz]
    public void No_order_of_reports_breaks_the_policy_and_all_end_verified_when_all_pulls_work(Length length) =>
        Property.ForAll(length, Gen.Select(Batches, Gen.Int[1, 8], Gen.Int[0, 255], Steps), (input) =>
        {
            var (batch, nodes, canaries, steps) = input;
            var cluster = new Cluster(batch, nodes, canaries);
            foreach (var step in steps)
            {
                cluster.Run(step);
            }

            cluster.SettleWhenAllPullsWork();
        }, input => $"batch {input.Item1}, {input.Item2} nodes, canaries {input.Item3:b}: {string.Join(' ', input.Item4.Select(step => $"{step.Node}.{step.Action}+{step.Minutes}"))}", cases: 1500);

    private readonly record struct Step(int Node, int Action, int Minutes);

    private sealed class Cluster
    {
        private readonly BatchSize _batch;
        private readonly RolloutNode[] _nodes;
        private DateTimeOffset _now = DateTimeOffset.UnixEpoch;

        public Cluster(BatchSize batch, int nodes, int canaries)
        {
            _batch = batch;
            _nodes = [.. Enumerable.Range(0, nodes).Select(i => new RolloutNode($"n{i}", "a", _now, null, (canaries & (1 << i)) != 0, NodeState.Unverified, null, _now, null, null, null))];
        }

        public void Run(Step step)
        {
            _now += TimeSpan.FromMinutes(step.Minutes) + TimeSpan.FromMilliseconds(1);
            ref var node = ref _nodes[step.Node % _nodes.Length];
            switch (step.Action)
            {
                case 0:
                    // The operator changes the configuration of this node.
                    Report(ref node, node with { Target = node.Target == "a" ? "b" : "a", TargetSince = _now, Excused = null });
                    break;
                case 1 or 2 when node.Granted == node.Target:
                    Report(ref node, node with { State = NodeState.Failed, Cause = "x" });
                    break;
                case 3:
                    for (var i = 0; i < _nodes.Length; i++)
                    {
                        _nodes[i] = Rollout.Stops(_nodes[i], _now) ? _nodes[i] with { Excused = _nodes[i].Target } : _nodes[i];
                    }

                    break;
                case 4:
                    break;
                case 5 or 6 when node.Current == node.Target:
                    Report(ref node, node with { State = NodeState.Verified, Cause = null });
                    break;
                default:
                    Report(ref node, node);
                    break;
            }
        }

        public void SettleWhenAllPullsWork()
        {
            for (var round = 0; round < 4 * _nodes.Length + 8; round++)
            {
                for (var i = 0; i < _nodes.Length; i++)
                {
                    _now += TimeSpan.FromSeconds(10);
                    ref var node = ref _nodes[i];
                    Report(ref node, node with { Target = "b", TargetSince = node.Target == "b" ? node.TargetSince : _now, State = node.Current == "b" ? NodeState.Verified : NodeState.Unverified, Cause = null });
                }
            }

            Assert.All(_nodes, node => Assert.True(node.IsVerified, node.ToString()));
            Assert.Null(Rollout.Status(_nodes, "b", _now).Stopped);
        }

        /// <summary>As the server keeps a report, and as a node does what it is told.</summary>
        private void Report(ref RolloutNode node, RolloutNode report)
        {
            node = report with { SeenAt = _now };
            node = node.IsDone ? node with { Excused = null } : node;
            var decision = Rollout.Decide(_nodes, node, _now, _batch);
            if (decision is RolloutDecision.Granted)
            {
                node = node with { Granted = node.Target, GrantedAt = _now, Excused = null };
            }

            if (decision is not RolloutDecision.Waits && node.Current != node.Target)
            {
                AssertMayChange(node, decision is RolloutDecision.Granted);
                node = node with { Current = node.Target, State = NodeState.Unverified };
            }
        }

        private void AssertMayChange(RolloutNode node, bool isNew)
        {
            // What the policy promises, said without its words: nobody is live no more here, for a day never passes between two reports.
            var cohort = _nodes.Where(other => other.Target == node.Target && _now - other.SeenAt < TimeSpan.FromDays(1)).ToList();
            var others = cohort.Where(other => other.Name != node.Name).ToList();
            bool IsBusy(RolloutNode other) => other.Granted == node.Target && !(other.Current == node.Target && other.State == NodeState.Verified) && other.Excused != node.Target;
            bool Stopped(RolloutNode other) => other.Excused != node.Target && other.State != NodeState.Verified
                && ((other.State == NodeState.Failed && (other.Current == node.Target || (other.Granted == node.Target && other.SeenAt > other.GrantedAt)))
                    || (IsBusy(other) && _now - other.SeenAt >= TimeSpan.FromMinutes(15)));
            if (!Stopped(node) && isNew)
            {
                Assert.DoesNotContain(others, Stopped);
            }

            if (!isNew)
            {
                return;
            }

            var busy = others.Count(IsBusy);
            if (others.Any(other => other.Current == node.Target && other.State == NodeState.Verified))
            {
                Assert.True(busy + 1 <= Math.Max(1, _batch.IsPercent ? cohort.Count * _batch.Value / 100 : _batch.Value), $"{busy} others are being changed");
            }
            else
            {
                Assert.Equal(0, busy);
                Assert.True(node.Canary || !_nodes.Any(other => other.Canary && _now - other.SeenAt < TimeSpan.FromDays(1) && !(other.Target == node.Target && other.Excused == node.Target)), "a canary waits");
            }
        }
    }
}
