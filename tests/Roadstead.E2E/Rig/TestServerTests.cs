using Roadstead.Testing.Processes;
using Roadstead.Testing.Server;

namespace Roadstead.E2E.Rig;

/// <summary>What the tests' own process and configuration code promises to those who wait for a server.</summary>
public sealed class TestServerTests
{
    [Fact]
    public async Task A_wait_for_a_line_ends_with_the_process_and_shows_its_log()
    {
        await using var child = await ChildProcess.Start("sh", ["-c", "echo first; echo second >&2; exit 3"]);
        var fault = await Assert.ThrowsAsync<InvalidOperationException>(() => child.Log.WaitFor(line => line == "third"));
        Assert.Contains("exit code 3", fault.Message, StringComparison.Ordinal);
        Assert.Contains("first", fault.Message, StringComparison.Ordinal);
        Assert.Contains("second", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_child_ends_on_sigterm_and_on_sigkill()
    {
        await using var polite = await ChildProcess.Start("sh", ["-c", "tail -f /dev/null > /dev/null 2>&1 & trap 'kill $!; echo bye; exit 7' TERM; echo up; wait"]);
        await polite.Log.WaitFor(line => line == "up");
        Assert.Equal(7, await polite.Stop());
        Assert.Equal("bye", polite.Log.Items[^1]);

        await using var deaf = await ChildProcess.Start("sh", ["-c", "trap '' TERM; echo up; exec tail -f /dev/null"]);
        await deaf.Log.WaitFor(line => line == "up");
        await Assert.ThrowsAsync<TimeoutException>(() => deaf.Stop(TimeSpan.FromMilliseconds(50)));
        Assert.Equal(137, await deaf.Exited);
    }

    [Fact]
    public void The_configuration_is_what_was_asked_for()
    {
        var config = new ServerConfig { FreshFor = "1s", Extra = "publicUrl: http://mirror" };
        config.AddEndpoint("hub", "docker.io", new Uri("http://127.0.0.1:7/"), ("allowPrivateAddresses", true), ("tokenHosts", new[] { "a" }));
        config.AddProject("dockerhub", "hub", ("public", true)).AddProject("own", null);
        Assert.Equal(
            """
            listen: ["http://127.0.0.1:5"]
            storage: {path: "/s", watermark: never}
            defaults: {freshFor: "1s"}
            endpoints:
              - {"name": "hub", "registry": "docker.io", "url": "http://127.0.0.1:7", "allowPrivateAddresses": true, "tokenHosts": ["a"]}
            projects:
              - {"name": "dockerhub", "endpoint": "hub", "public": true}
              - {"name": "own"}
            publicUrl: http://mirror

            """,
            config.ToYaml(new Uri("http://127.0.0.1:5"), "/s"));
    }
}
