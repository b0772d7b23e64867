using Roadstead.Api;
using Roadstead.Cli.Output;

namespace Roadstead.Cli.Tests.Output;

/// <summary>The list of nodes as the operator reads it.</summary>
public class NodeListTextTests
{
    private static readonly DateTimeOffset Now = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly NodeList Nodes = new(
        [
            new NodeStatus("node-a", NodeState.Verified, Now.AddSeconds(-5), "abc", Now, new NodeReport("1", "abc", "abc", true, null,
            [
                new RuntimeReport("containerd", "1.7.13", RuntimeState.Verified, null, Now.AddMinutes(-3)), new RuntimeReport("podman", "4.3.1", RuntimeState.Verified, null, Now.AddHours(-3)),
                new RuntimeReport("docker", null, RuntimeState.NotInstalled, null, null),
            ])),
            new NodeStatus("node-with-a-long-name.zone.example", NodeState.Failed, Now.AddHours(-2), "abc", Now, new NodeReport("1", "abc", null, false, null,
                [new RuntimeReport("crio", null, RuntimeState.Failed, "tls: \u001b[31mnot trusted", null)])),
            new NodeStatus("z", NodeState.NoRuntime, Now.AddDays(-3), null, null, new NodeReport("1", "abc", null, false, null, [])),
        ],
        new RolloutStatus("abc", 3, 1, 1, 0, 1, 1, "the roll-out is stopped: x"));

    [Fact]
    public void The_table_has_a_line_for_each_node_its_faults_and_the_roll_out() => Assert.Equal(
        """
        NODE                                RUNTIMES                         STATE       VERIFIED  SEEN
        node-a                              containerd 1.7.13, podman 4.3.1  verified    3h ago    5s ago
        node-with-a-long-name.zone.example  crio                             failed      never     2h ago
        z                                   -                                no runtime  never     3d ago
        node-with-a-long-name.zone.example: crio failed: tls:  [31mnot trusted

        roll-out of abc: 1 of 3 nodes verified, 0 in progress, 1 waiting, 1 failed
        the roll-out is stopped: x

        """,
        NodeListText.Of(Nodes, Now, null));

    [Theory]
    [InlineData(90)]
    [InlineData(80)]
    [InlineData(62)]
    [InlineData(40)]
    public void The_table_s_rows_fit_the_terminal(int width)
    {
        var rows = NodeListText.Of(Nodes, Now, width).Split('\n')[..4];
        Assert.All(rows, row => Assert.InRange(row.Length, 1, width));
        Assert.Contains(rows, row => row.Contains('…', StringComparison.Ordinal));
        Assert.All(rows, row => Assert.True(width < 60 || row.EndsWith("ago", StringComparison.Ordinal) || row.EndsWith("SEEN", StringComparison.Ordinal), row));
    }

    [Fact]
    public void Without_nodes_it_says_so() => Assert.Equal("No node has reported yet.\n", NodeListText.Of(new NodeList([], null), Now, 80));
}
