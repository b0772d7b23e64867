using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.Data.Sqlite;
using Roadstead.Api;
using Roadstead.Testing.Server;

namespace Roadstead.Server.Tests.Nodes;

/// <summary>Nodes that report to a real server.</summary>
public class NodeApiTests
{
    private const string Whole = """{"agentVersion":"1.0","target":"t1","current":null,"canary":false,"mirrorUrl":"http://m:5000","runtimes":[{"name":"containerd","version":"1.7.13","state":"unverified"}]}""";

    private static CancellationToken Stops => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_report_is_kept_whole_and_survives_a_restart()
    {
        await using var server = await TestServer.Start();
        var at = new DateTimeOffset(2030, 1, 2, 3, 4, 5, TimeSpan.Zero);
        var report = new NodeReport("1.2.3", "t1", "t0", true, "https://mirror.example:5000",
        [
            new RuntimeReport("crio", "1.30.2", RuntimeState.Verified, null, at), new RuntimeReport("containerd", null, RuntimeState.Failed, "tls:\nnot\u001b trusted", null),
            new RuntimeReport("docker", null, RuntimeState.NotInstalled, null, null), new RuntimeReport("k3s", "1", RuntimeState.RestartNeeded, null, null),
        ]);
        Assert.Equal(new NodeInstruction(true, null), Answer(await Client(server).Report("node-1.zone.example", report, Stops)));
        var before = Assert.Single(Answer(await Client(server).Nodes(Stops)).Nodes);
        await server.Restart();
        var node = Assert.Single(Answer(await Client(server).Nodes(Stops)).Nodes);
        Assert.Equal(("node-1.zone.example", NodeState.Failed, "t1"), (node.Name, node.State, node.Granted));
        Assert.Equal((before.LastSeen, before.GrantedAt), (node.LastSeen, node.GrantedAt));
        Assert.Equal(node.LastSeen, node.GrantedAt);
        Assert.Equal(report with { Runtimes = [] }, node.Report with { Runtimes = [] });
        Assert.Equal([report.Runtimes[0], report.Runtimes[1] with { Message = "tls: not  trusted" }, report.Runtimes[2], report.Runtimes[3]], node.Report.Runtimes);
        await server.WaitForLog(line => line.Contains("node node-1.zone.example new → failed revision=t0 cause=\"containerd: tls: not  trusted\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_roll_out_goes_its_way_is_stopped_by_a_failing_node_and_goes_on()
    {
        await using var server = await TestServer.Start(config => config.Extra = "nodes: {batch: 1}\n");
        Assert.True((await Report(server, "canary", canary: true)).Proceed);
        Assert.Contains("canaries go first: canary", (await Report(server, "a")).Reason, StringComparison.Ordinal);
        Assert.Contains("canaries go first", (await Report(server, "b")).Reason, StringComparison.Ordinal);
        Assert.True((await Report(server, "canary", "t1", RuntimeState.Verified, canary: true)).Proceed);
        Assert.True((await Report(server, "a")).Proceed);
        Assert.Contains("1 of at most 1 nodes", (await Report(server, "b")).Reason, StringComparison.Ordinal);

        Assert.True((await Report(server, "a", "t1", RuntimeState.Failed, "x509: unknown authority")).Proceed);
        Assert.Contains("a failed at t1: containerd: x509: unknown authority", (await Report(server, "b")).Reason, StringComparison.Ordinal);
        await server.WaitForLog(line => line.Contains("ALERT rollout stopped target=t1 verified=1 of=3", StringComparison.Ordinal));
        await server.Restart();
        var rollout = Answer(await Client(server).Nodes(Stops)).Rollout!;
        Assert.Equal(("t1", 3, 2, 1, 0, 1, 1), (rollout.Target, rollout.Total, rollout.Updated, rollout.Verified, rollout.InProgress, rollout.Waiting, rollout.Failed));
        Assert.Contains("a failed at t1", rollout.Stopped, StringComparison.Ordinal);

        Assert.IsType<ApiOutcome<bool>.Answered>(await Admin(server).Resume(Stops));
        await server.WaitForLog(line => line.Contains("rollout resumed by the admin; excused: a", StringComparison.Ordinal));
        Assert.True((await Report(server, "b")).Proceed);
        await Report(server, "a", "t1", RuntimeState.Verified);
        await Report(server, "b", "t1", RuntimeState.Verified);
        await server.WaitForLog(line => line.Contains("rollout complete target=t1 verified=3 of=3", StringComparison.Ordinal));
        await server.WaitForLog(line => line.Contains("node a failed → verified", StringComparison.Ordinal));
        var metrics = await server.Client.GetStringAsync(new Uri("/metrics", UriKind.Relative), Stops);
        Assert.Contains("roadstead_nodes{state=\"verified\"} 3", metrics, StringComparison.Ordinal);
        Assert.Contains("roadstead_nodes{state=\"failed\"} 0", metrics, StringComparison.Ordinal);

        // Its failing was excused until it was well again.
        await Report(server, "a", "t1", RuntimeState.Failed);
        Assert.False((await Report(server, "d")).Proceed);
    }

    [Fact]
    public async Task Of_many_nodes_that_ask_at_once_one_is_the_first()
    {
        await using var server = await TestServer.Start();
        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => Report(server, $"node-{i}")));
        Assert.Single(answers, answer => answer.Proceed);
        Assert.Equal((40, 1, 39), (Answer(await Client(server).Nodes(Stops)).Rollout!.Total, Answer(await Client(server).Nodes(Stops)).Rollout!.InProgress, Answer(await Client(server).Nodes(Stops)).Rollout!.Waiting));
    }

    [Fact]
    public async Task A_node_that_is_silent_for_a_day_counts_no_more_and_for_a_month_is_deleted()
    {
        await using var server = await TestServer.Start();
        Assert.True((await Report(server, "lost")).Proceed);
        await Report(server, "older");
        Assert.False((await Report(server, "a")).Proceed);
        await server.Stop();
        SeenBefore(server, "lost", TimeSpan.FromDays(1.1));
        SeenBefore(server, "older", TimeSpan.FromDays(30.1));
        await server.StartAgain();
        Assert.True((await Report(server, "a")).Proceed);
        var list = Answer(await Client(server).Nodes(Stops));
        Assert.Equal([("a", NodeState.Unverified), ("lost", NodeState.Gone)], list.Nodes.Select(node => (node.Name, node.State)));
        Assert.Equal(1, list.Rollout!.Total);
        await Report(server, "lost", "t1", RuntimeState.Verified);
        await server.WaitForLog(line => line.Contains("node lost gone → verified", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_admin_has_a_node_forgotten()
    {
        await using var server = await TestServer.Start();
        await Report(server, "a");
        Assert.IsType<ApiOutcome<bool>.Answered>(await Admin(server).Forget("a", Stops));
        Assert.Empty(Answer(await Client(server).Nodes(Stops)).Nodes);
        var again = Assert.IsType<ApiOutcome<bool>.Refused>(await Admin(server).Forget("a", Stops));
        Assert.Equal((404, "answers 404: No node of that name has reported"), (again.Status, again.Message));
        Assert.Equal(401, Assert.IsType<ApiOutcome<bool>.Refused>(await Client(server).Forget("a", Stops)).Status);
    }

    [Theory]
    [InlineData("Node-1")]
    [InlineData("-a")]
    [InlineData("a..b")]
    [InlineData("a_b")]
    [InlineData("a%2Fb")]
    [InlineData("%C3%A4")]
    [InlineData("a.")]
    public async Task A_name_that_no_node_can_have_is_refused(string name)
    {
        await using var server = await TestServer.Start();
        var (status, body) = await Put(server, name, Whole);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("""{"errors":[{"code":"BAD_REQUEST","message":"A node""", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_may_be_as_long_as_DNS_allows_and_no_longer()
    {
        await using var server = await TestServer.Start();
        Assert.Equal(HttpStatusCode.OK, (await Put(server, new string('a', 253), Whole)).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await Put(server, new string('a', 254), Whole)).Status);
    }

    [Theory]
    [InlineData("", "at $, line 1, byte 0")]
    [InlineData("null", "null")]
    [InlineData("[]", "at $")]
    [InlineData("{", "not the JSON")]
    [InlineData("{} {}", "not the JSON")]
    [InlineData("{}", "agentVersion is missing")]
    [InlineData("""{"agentVersion":"1","target":"t","runtimes":null}""", "at $.runtimes")]
    [InlineData("""{"agentVersion":"1","target":"t"}""", "runtimes is missing")]
    [InlineData("""{"agentVersion":"1","target":"","runtimes":[]}""", "target is missing or empty")]
    [InlineData("""{"agentVersion":"1","target":"01234567890123456789012345678901234567890123456789012345678901234","runtimes":[]}""", "target is longer than 64")]
    [InlineData("""{"agentVersion":"1\u0007","target":"t","runtimes":[]}""", "agentVersion has a control character")]
    [InlineData("""{"agentVersion":"1","target":"t","runtimes":[null]}""", "runtimes[0] is null")]
    [InlineData("""{"agentVersion":"1","target":"t","runtimes":[{"name":"crio","state":"broken"}]}""", "at $.runtimes[0].state")]
    [InlineData("""{"agentVersion":"1","target":"t","runtimes":[{"name":"crio","state":2}]}""", "at $.runtimes[0].state")]
    [InlineData("""{"agentVersion":"1","target":"t","runtimes":[{"name":"crio","state":"verified","verifiedAt":"yesterday"}]}""", "at $.runtimes[0].verifiedAt")]
    [InlineData("""{"agentVersion":"1","target":"t","canary":"yes","runtimes":[]}""", "at $.canary")]
    public async Task Odd_JSON_is_told_where_it_is_odd(string body, string expected)
    {
        await using var server = await TestServer.Start();
        var (status, answer) = await Put(server, "a", body);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("\"BAD_REQUEST\"", answer, StringComparison.Ordinal);
        Assert.Contains(expected, answer, StringComparison.Ordinal);
        Assert.DoesNotContain("Roadstead.", answer, StringComparison.Ordinal);
        Assert.Empty(Answer(await Client(server).Nodes(Stops)).Nodes);
    }

    [Fact]
    public async Task What_a_later_agent_sends_beside_is_passed_over_and_a_long_message_is_cut()
    {
        await using var server = await TestServer.Start();
        var body = Whole.Replace("\"canary\"", "\"later\":{\"x\":[1]},\"canary\"", StringComparison.Ordinal)
            .Replace("\"unverified\"", $"\"failed\",\"message\":\"{new string('x', 5000)}\"", StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await Put(server, "a", body)).Status);
        Assert.Equal(1001, Answer(await Client(server).Nodes(Stops)).Nodes[0].Report.Runtimes[0].Message!.Length);
    }

    [Theory]
    [InlineData(1_100_000, false)]
    [InlineData(1_100_000, true)]
    [InlineData(2_000_000, false)]
    [InlineData(2_000_000, true)]
    public async Task A_body_that_is_too_long_is_refused(int length, bool isChunked)
    {
        await using var server = await TestServer.Start();
        var (status, answer) = isChunked
            ? await RawHttp.Send(server.Address, $"PUT {NodeList.PathOf("a")} HTTP/1.1\r\nAuthorization: {server.Node()}\r\nTransfer-Encoding: chunked", $"{length:x}\r\n{new string(' ', length)}\r\n0\r\n\r\n")
            : await RawHttp.Send(server.Address, $"PUT {NodeList.PathOf("a")} HTTP/1.1\r\nAuthorization: {server.Node()}\r\nContent-Length: {length.ToString(CultureInfo.InvariantCulture)}", new string(' ', length));
        Assert.Equal(413, status);
        Assert.Contains("longer than 1048576 bytes", answer, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await Put(server, "a", Whole)).Status);
    }

    [Fact]
    public async Task A_body_is_not_read_before_the_token_is_right()
    {
        await using var server = await TestServer.Start();
        var (status, _) = await RawHttp.Send(server.Address, $"PUT {NodeList.PathOf("a")} HTTP/1.1\r\nContent-Length: 70000", new string('x', 70000));
        Assert.Equal(401, status);
    }

    [Fact]
    public async Task While_the_database_takes_no_writes_a_node_is_told_so_and_pulls_of_the_verify_image_work()
    {
        await using var world = await World.Start();
        var server = world.Server;
        await Report(server, "a");
        await using var holder = new SqliteConnection($"Data Source={Database(server)};Pooling=false");
        await holder.OpenAsync(Stops);
        Execute(holder, "BEGIN EXCLUSIVE");
        var refused = Assert.IsType<ApiOutcome<NodeInstruction>.Refused>(await Client(server).Report("b", Of("t1", null, RuntimeState.Unverified), Stops));
        Assert.Equal(503, refused.Status);
        Assert.Contains("The report is not kept: the server's database", refused.Message, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await world.Read("dockerhub/roadstead/verify/manifests/x")).Status);
        Assert.Contains("roadstead_nodes", await server.Client.GetStringAsync(new Uri("/metrics", UriKind.Relative), Stops), StringComparison.Ordinal);
        Execute(holder, "COMMIT");
        ApiOutcome<NodeInstruction> outcome;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Stops);
        patience.CancelAfter(TimeSpan.FromSeconds(60));
        do
        {
            outcome = await Client(server).Report("b", Of("t1", null, RuntimeState.Unverified), patience.Token);
        }
        while (outcome is not ApiOutcome<NodeInstruction>.Answered);
    }

    [Fact]
    public async Task A_damaged_database_is_repaired_with_its_nodes()
    {
        await using var server = await TestServer.Start();
        await Report(server, "a", "t1", RuntimeState.Verified);
        await server.Stop();
        await File.WriteAllTextAsync(Database(server) + ".damaged", "", Stops);
        await server.StartAgain();
        Assert.Contains(server.Log.Items, line => line.Contains("ALERT database repaired", StringComparison.Ordinal));
        Assert.Equal(NodeState.Verified, Assert.Single(Answer(await Client(server).Nodes(Stops)).Nodes).State);
    }

    private static async Task<NodeInstruction> Report(TestServer server, string name, string? current = null, RuntimeState state = RuntimeState.Unverified, string? message = null, bool canary = false) =>
        Answer(await Client(server).Report(name, Of("t1", current, state, message) with { Canary = canary }, Stops));

    private static NodeReport Of(string target, string? current, RuntimeState state, string? message = null) =>
        new("1.0", target, current, false, "http://mirror:5000", [new RuntimeReport("containerd", "1.7.13", state, message, null)]);

    private static T Answer<T>(ApiOutcome<T> outcome) => Assert.IsType<ApiOutcome<T>.Answered>(outcome).Value;

    private static ManagementClient Client(TestServer server) => new(server.Client, server.Address, new ApiCredential.Node(server.NodeToken()));

    private static ManagementClient Admin(TestServer server) => new(server.Client, server.Address, new ApiCredential.User("admin", server.AdminPassword()));

    private static async Task<(HttpStatusCode Status, string Body)> Put(TestServer server, string name, string body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, $"{NodeList.Path}/{name}") { Content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue("application/json")) };
        request.Headers.Authorization = server.Node();
        using var response = await server.Client.SendAsync(request, Stops);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(Stops));
    }

    private static string Database(TestServer server) => Path.Combine(server.StoragePath, "roadstead.db");

    private static void SeenBefore(TestServer server, string name, TimeSpan ago)
    {
        using var connection = new SqliteConnection($"Data Source={Database(server)};Pooling=false");
        connection.Open();
        Execute(connection, $"UPDATE node SET seen_at = seen_at - {(long)ago.TotalMilliseconds} WHERE name = '{name}'");
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // A test's own.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }
}
