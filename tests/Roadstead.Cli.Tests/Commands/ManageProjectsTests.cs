using System.Text.Json.Nodes;
using Roadstead.Testing.Cli;
using Roadstead.Testing.Server;

namespace Roadstead.Cli.Tests.Commands;

/// <summary>The commands on projects and their quotas against a running server.</summary>
public sealed class ManageProjectsTests : IAsyncLifetime
{
    private TestServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await TestServer.Start(config =>
    {
        config.Storage["quota"] = "1GiB";
        config.AddEndpoint("hub", "docker.io", new Uri("https://hub.example")).AddEndpoint("quay", "quay.io", new Uri("https://quay.io")).AddProject("declared", "quay");
    });

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_project_is_made_changed_and_deleted()
    {
        var made = (await _server.Type("project", "set", "mine", "--endpoint", "hub", "--quota", "200GiB", "--platform", "linux/amd64", "--platform", "linux/arm64", "--include", "library/**")).OrThrow();
        Assert.Equal("note: the project mine is new.\n", made.Error);
        Assert.Contains("\nplatforms     linux/amd64, linux/arm64\n", made.Output, StringComparison.Ordinal);

        Assert.Equal("", (await _server.Type("project", "set", "mine", "--fresh-for", "2m", "--primary", "true", "--stale-for", "unlimited")).OrThrow().Error);
        var settings = (await _server.Json("project", "show", "mine")).GetProperty("settings");
        Assert.Equal(("2m", "200GiB", true, "unlimited"), (settings.GetProperty("freshFor").GetString(), settings.GetProperty("quota").GetString(), settings.GetProperty("primary").GetBoolean(), settings.GetProperty("staleFor").GetString()));
        Assert.Equal(2, settings.GetProperty("platforms").GetArrayLength());

        (await _server.Type("project", "set", "mine", "--unset", "platform", "--unset", "fresh-for", "--endpoint", "quay")).OrThrow();
        var project = await _server.Json("project", "show", "mine");
        Assert.Equal(("quay.io", 0, false), (project.GetProperty("registry").GetString(), project.GetProperty("settings").GetProperty("platforms").GetArrayLength(), project.GetProperty("settings").TryGetProperty("freshFor", out _)));

        Assert.Equal("", (await _server.Type("project", "delete", "mine")).OrThrow().Output);
        await _server.Fails("There is no project mine.", "project", "show", "mine");
    }

    [Fact]
    public async Task They_are_listed_as_the_API_has_them()
    {
        (await _server.Type("project", "set", "mine", "--endpoint", "hub", "--quota", "200GiB")).OrThrow();
        Assert.Equal(
            """
            PROJECT   REGISTRY   ENDPOINT  USED  QUOTA      REPOSITORIES  SOURCE
            declared  quay.io    quay      0 B   unlimited  0             file
            mine      docker.io  hub       0 B   200GiB     0             database

            """,
            (await _server.Type("project", "list")).OrThrow().Output);
        var told = (await _server.Ask("GET", "/roadstead/projects")).Json;
        Assert.True(JsonNode.DeepEquals(told, JsonNode.Parse((await _server.Json("project", "list")).GetRawText())));
    }

    [Fact]
    public async Task Quotas_are_listed_and_set()
    {
        (await _server.Type("project", "set", "mine", "--endpoint", "hub", "--platform", "linux/amd64")).OrThrow();
        Assert.Contains("\nquota         200GiB\n", (await _server.Type("quota", "set", "mine", "200GiB")).OrThrow().Output, StringComparison.Ordinal);
        Assert.Equal(1, (await _server.Json("project", "show", "mine")).GetProperty("settings").GetProperty("platforms").GetArrayLength());
        Assert.Equal(
            """
            PROJECT      USED  QUOTA      FULL
            declared     0 B   unlimited  -
            mine         0 B   200 GiB    0 %
            (the store)  0 B   1 GiB      0 %

            """,
            (await _server.Type("quota", "list")).OrThrow().Output);
        Assert.Equal(200L << 30, (await _server.Json("quota", "list")).GetProperty("projects")[1].GetProperty("quota").GetInt64());

        (await _server.Type("quota", "set", "mine", "unlimited")).OrThrow();
        Assert.False((await _server.Json("quota", "list")).GetProperty("projects")[1].TryGetProperty("quota", out _));
    }

    [Theory]
    [InlineData("80MB", "80MB")]
    [InlineData("81920000", "80000KiB")]
    [InlineData("1048576", "1MiB")]
    [InlineData("1000GiB", "1000GiB")]
    [InlineData("1001", "1001")]
    public async Task A_quota_is_shown_in_the_unit_that_leaves_the_smallest_number(string given, string shown)
    {
        (await _server.Type("project", "set", "mine", "--endpoint", "hub")).OrThrow();
        Assert.Contains($"\nquota         {shown}\n", (await _server.Type("quota", "set", "mine", given)).OrThrow().Output, StringComparison.Ordinal);
        Assert.Matches($"mine .* {shown} ", (await _server.Type("project", "list")).OrThrow().Output);
    }

    [Fact]
    public async Task Freshness_is_typed_and_shown_as_tags_and_a_time()
    {
        var made = (await _server.Type("project", "set", "mine", "--endpoint", "hub", "--freshness", "v*.*.*,stable=unlimited", "--freshness", "library/**:latest=0")).OrThrow();
        Assert.Contains("\nfreshness     v*.*.*,stable=unlimited\nfreshness     library/**:latest=0\n", made.Output, StringComparison.Ordinal);
        var rule = (await _server.Json("project", "show", "mine")).GetProperty("settings").GetProperty("freshness")[1];
        Assert.Equal(("latest", "0", "library/**"), (rule.GetProperty("tags")[0].GetString(), rule.GetProperty("freshFor").GetString(), rule.GetProperty("repositories")[0].GetString()));
        Assert.DoesNotContain("freshness", (await _server.Type("project", "set", "mine", "--unset", "freshness")).OrThrow().Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("project set api --endpoint hub", "the server's own paths begin with it")]
    [InlineData("project set declared --quota 1GiB", "The configuration file declares the project declared")]
    [InlineData("project delete declared", "The configuration file declares the project declared")]
    [InlineData("project delete none", "There is no project none.")]
    [InlineData("quota set none 1GiB", "There is no project none.")]
    public Task What_is_refused_is_told(string line, string words) => _server.Fails(words, line.Split(' '));

    [Theory]
    [InlineData("project set other --endpoint none", "roadstead: --endpoint: ")]
    [InlineData("project set other --endpoint hub --quota much", "roadstead: --quota: must be a size")]
    [InlineData("project set other --endpoint hub --freshness a=ever", "roadstead: --freshness: must be a length of time")]
    [InlineData("project set other --endpoint hub --freshness a/b=1d", "roadstead: --freshness: means no tag")]
    [InlineData("quota set declared much", "roadstead: SIZE: must be a size")]
    public Task What_was_typed_wrong_is_told_in_its_own_words(string line, string words) => _server.IsMisused(words, line.Split(' '));

    [Theory]
    [InlineData("project show ..", "NAME must be lower-case letters")]
    [InlineData("project set mine --public yes", "yes")]
    [InlineData("project set mine --unset name", "name")]
    [InlineData("project set mine --freshness v1", "--freshness v1 names no tags or no time")]
    [InlineData("project set mine --freshness a:=1d", "--freshness a:=1d names no tags or no time")]
    [InlineData("quota set mine", "argument missing for command: 'set'")]
    [InlineData("quota set ../endpoints 1GiB", "PROJECT must be lower-case letters")]
    public async Task Wrong_usage_is_2(string line, string words)
    {
        var result = await RoadsteadCli.Run([.. line.Split(' '), "--server", "http://127.0.0.1:1", "--password-file", "a"]);
        Assert.Equal((2, ""), (result.ExitCode, result.Output));
        Assert.Contains(words, result.Error, StringComparison.Ordinal);
    }
}
