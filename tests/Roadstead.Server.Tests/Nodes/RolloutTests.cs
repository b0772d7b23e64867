using Roadstead.Api;
using Roadstead.Server.Configuration;
using Roadstead.Server.Nodes;

namespace Roadstead.Server.Tests.Nodes;

/// <summary>Who may change when, as a function of what all nodes said.</summary>
public class RolloutTests
{
    private static readonly DateTimeOffset Now = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly BatchSize Quarter = new(25, IsPercent: true);

    [Fact]
    public void What_is_in_force_already_is_repaired_without_leave_even_while_the_roll_out_is_stopped()
    {
        var node = Waiting("a") with { Current = "new" };
        Assert.IsType<RolloutDecision.GoesOn>(Ask(node, node, Failing("b")));
    }

    [Fact]
    public void The_first_node_goes_alone()
    {
        Assert.IsType<RolloutDecision.Granted>(Ask(Waiting("a"), Waiting("a"), Waiting("b")));
        Assert.Contains("a is the first to get new", Reason(Waiting("b"), InProgress("a"), Waiting("b")), StringComparison.Ordinal);
        Assert.IsType<RolloutDecision.GoesOn>(Ask(InProgress("a"), InProgress("a"), Waiting("b")));
    }

    [Fact]
    public void Where_there_are_canaries_only_they_go_first()
    {
        var canary = Waiting("canary") with { Canary = true };
        Assert.Contains("the canaries go first: canary", Reason(Waiting("a"), Waiting("a"), canary), StringComparison.Ordinal);
        Assert.IsType<RolloutDecision.Granted>(Ask(canary, Waiting("a"), canary));

        // One that has not looked since the target changed is waited for; one that is gone is not.
        var behind = canary with { Target = "old", Current = "old" };
        Assert.IsType<RolloutDecision.Waits>(Ask(Waiting("a"), Waiting("a"), behind));
        Assert.IsType<RolloutDecision.Granted>(Ask(Waiting("a"), Waiting("a"), behind with { SeenAt = Now - Rollout.LiveFor }));
    }

    [Theory]
    [InlineData(25, true, 8, 2)]
    [InlineData(25, true, 3, 1)]
    [InlineData(100, true, 8, 8)]
    [InlineData(3, false, 8, 3)]
    public void After_the_first_is_verified_a_batch_goes_at_once(int value, bool isPercent, int nodes, int most)
    {
        var batch = new BatchSize(value, isPercent);
        var all = Enumerable.Range(0, nodes - 1).Select(i => Waiting($"n{i}")).Append(Verified("first")).ToList();
        for (var i = 0; i < Math.Min(most, nodes - 1); i++)
        {
            Assert.IsType<RolloutDecision.Granted>(Rollout.Decide(all, all[i], Now, batch));
            all[i] = InProgress(all[i].Name);
        }

        if (most < nodes)
        {
            Assert.Contains($"{most} of at most {most} nodes", Assert.IsType<RolloutDecision.Waits>(Rollout.Decide(all, all[nodes - 2], Now, batch)).Reason, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_node_that_fails_at_the_target_stops_all_but_itself()
    {
        var reason = Reason(Waiting("c"), Verified("a"), Failing("b"), Waiting("c"));
        Assert.Contains("b failed at new: crio: no route", reason, StringComparison.Ordinal);
        Assert.Contains("stopped", reason, StringComparison.Ordinal);
        Assert.IsType<RolloutDecision.Waits>(Ask(InProgress("d"), Verified("a"), Failing("b"), InProgress("d")));
        var failing = Failing("b") with { Current = null };
        Assert.IsType<RolloutDecision.GoesOn>(Ask(failing, Verified("a"), failing));
        Assert.IsType<RolloutDecision.Granted>(Ask(Waiting("c"), Verified("a"), Verified("b"), Waiting("c")));
    }

    [Fact]
    public void What_fails_at_another_target_or_before_it_was_let_go_on_stops_nobody()
    {
        var broken = Waiting("b") with { Current = "old", State = NodeState.Failed, Cause = "x" };
        Assert.IsType<RolloutDecision.Granted>(Ask(broken, broken, Waiting("a")));
        Assert.IsType<RolloutDecision.Granted>(Ask(Waiting("a"), broken, Waiting("a")));
        var granted = broken with { Granted = "new", GrantedAt = Now, SeenAt = Now };
        Assert.False(granted.HasFailed);
        Assert.True((granted with { SeenAt = Now.AddMilliseconds(1) }).HasFailed);
        Assert.IsType<RolloutDecision.Granted>(Ask(Waiting("a"), Verified("c"), Failing("b") with { Target = "newer" }, Waiting("a")));
    }

    [Fact]
    public void A_node_that_was_let_go_on_and_falls_silent_stops_the_others_until_it_speaks()
    {
        var silent = InProgress("b") with { SeenAt = Now - Rollout.Silence };
        Assert.Contains("b was let put new in force", Reason(Waiting("c"), Verified("a"), silent, Waiting("c")), StringComparison.Ordinal);
        var batch = new BatchSize(2, IsPercent: false);
        Assert.IsType<RolloutDecision.Granted>(Rollout.Decide([Verified("a"), silent with { SeenAt = Now - Rollout.Silence + TimeSpan.FromSeconds(1) }, Waiting("c")], Waiting("c"), Now, batch));
        Assert.IsType<RolloutDecision.Granted>(Rollout.Decide([Verified("a"), silent with { SeenAt = Now - Rollout.LiveFor }, Waiting("c")], Waiting("c"), Now, batch));
    }

    [Fact]
    public void A_node_that_the_admin_excused_stops_nobody_and_takes_no_place()
    {
        var excused = Failing("b") with { Excused = "new", Canary = true };
        Assert.IsType<RolloutDecision.Granted>(Ask(Waiting("c"), excused, Waiting("c")));
        Assert.IsType<RolloutDecision.Granted>(Ask(Waiting("c"), Verified("a"), excused, Waiting("c")));
        Assert.IsType<RolloutDecision.Waits>(Ask(Waiting("c"), excused with { Excused = "old" }, Waiting("c")));
    }

    [Fact]
    public void The_status_is_that_of_the_target_that_came_last()
    {
        var older = Verified("z") with { Target = "old", Current = "old", TargetSince = Now.AddHours(-3) };
        var status = Rollout.Newest([Verified("a"), InProgress("b"), Failing("c"), Waiting("d"), Waiting("e") with { Current = "old" }, older], Now)!;
        Assert.Equal(("new", 5, 2, 1, 1, 2, 1), (status.Target, status.Total, status.Updated, status.Verified, status.InProgress, status.Waiting, status.Failed));
        Assert.Contains("c failed", status.Stopped, StringComparison.Ordinal);
        Assert.Null(Rollout.Newest([older with { SeenAt = Now - Rollout.LiveFor }], Now));
        Assert.Null(Rollout.Newest([Verified("a")], Now)!.Stopped);
    }

    [Fact]
    public void A_node_on_which_nothing_pulls_takes_no_place_and_proves_nothing()
    {
        var empty = Verified("a") with { State = NodeState.NoRuntime };
        Assert.False(empty.IsInProgress);
        Assert.IsType<RolloutDecision.Granted>(Ask(Waiting("b"), empty, Waiting("b")));
        Assert.IsType<RolloutDecision.Waits>(Ask(Waiting("c"), empty, InProgress("b"), Waiting("c")));
    }

    private static RolloutDecision Ask(RolloutNode asking, params RolloutNode[] all) => Rollout.Decide(all, asking, Now, Quarter);

    private static string Reason(RolloutNode asking, params RolloutNode[] all) => Assert.IsType<RolloutDecision.Waits>(Ask(asking, all)).Reason;

    private static RolloutNode Waiting(string name) => new(name, "new", Now.AddHours(-1), null, false, NodeState.Unverified, null, Now, null, null, null);

    private static RolloutNode InProgress(string name) => Waiting(name) with { Granted = "new", GrantedAt = Now.AddMinutes(-20) };

    private static RolloutNode Verified(string name) => InProgress(name) with { Current = "new", State = NodeState.Verified };

    private static RolloutNode Failing(string name) => InProgress(name) with { Current = "new", State = NodeState.Failed, Cause = "crio: no route" };
}
