using System.Net;
using Roadstead.Server.Configuration;
using Roadstead.Server.Projects;
using Roadstead.Testing.Images;

namespace Roadstead.Server.Tests.Projects;

/// <summary>How long a tag is believed, by what it is called.</summary>
public class FreshnessTests
{
    private const string Rules = """
        "freshness": [
            {"tags": "v*.*.*", "freshFor": "unlimited"},
            {"tags": ["latest", "main"], "freshFor": "1h", "repositories": ["org/**"]},
            {"tags": "*", "freshFor": "0", "repositories": "org/*"}]
        """;

    [Fact]
    public async Task The_first_rule_that_means_a_tag_says_how_long_it_is_believed()
    {
        await using var world = await PolicyWorld.Start($"\"freshFor\": \"1h\", {Rules}");
        (string Repository, string Tag, int Asked)[] cases = [("org/app", "v1.2.3", 1), ("org/app", "latest", 1), ("org/app", "v1.2", 3), ("other/app", "1", 1), ("org/deep/app", "1", 1)];
        foreach (var (repository, tag, asked) in cases)
        {
            world.Upstream.AddImage(repository, tag, LayerForge.Random(100));
            for (var i = 0; i < 3; i++)
            {
                Assert.Equal(HttpStatusCode.OK, (await world.Get($"mine/{repository}/manifests/{tag}")).Status);
            }

            Assert.Equal((tag, asked), (tag, world.Asked(repository, tag)));
        }
    }

    [Fact]
    public async Task A_change_is_in_force_for_the_next_request()
    {
        await using var world = await PolicyWorld.Start("");
        world.Upstream.AddImage("org/app", "v1.2.3", LayerForge.Random(100));
        await world.Get("mine/org/app/manifests/v1.2.3");
        await world.Get("mine/org/app/manifests/v1.2.3");
        Assert.Equal(2, world.Asked("org/app", "v1.2.3"));
        var told = await world.Change(Rules);
        Assert.Equal("unlimited", (string)told["settings"]!["freshness"]![0]!["freshFor"]!);
        await world.Get("mine/org/app/manifests/v1.2.3");
        Assert.Equal(2, world.Asked("org/app", "v1.2.3"));

        // One rule in the place of another, and back.
        await world.Change("""
            "freshness": [{"tags": "v*", "freshFor": "0"}]
            """);
        await world.Get("mine/org/app/manifests/v1.2.3");
        Assert.Equal(3, world.Asked("org/app", "v1.2.3"));
        await world.Change(Rules);

        // Also after a restart, from the database.
        await world.Server.Restart();
        Assert.Equal("hit", (await world.Get("mine/org/app/manifests/v1.2.3")).Cache);
        Assert.Equal(3, world.Asked("org/app", "v1.2.3"));
        await world.Change("");
        await world.Get("mine/org/app/manifests/v1.2.3");
        Assert.Equal(4, world.Asked("org/app", "v1.2.3"));
    }

    [Fact]
    public async Task With_upstream_gone_each_tag_is_served_and_listed_for_as_long_as_its_own_rule_says()
    {
        await using var world = await PolicyWorld.Start("""
            "staleFor": "0", "freshness": [{"tags": "v*", "freshFor": "unlimited"}, {"tags": "s*", "freshFor": "1h"}]
            """);
        foreach (var tag in new[] { "latest", "stable", "v1", "v2" })
        {
            await world.Pull("mine/org/app", tag, world.Upstream.AddImage("org/app", tag, LayerForge.Random(100)));
        }

        await world.Upstream.Stop();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await world.Get("mine/org/app/manifests/latest")).Status);
        Assert.Equal(HttpStatusCode.OK, (await world.Get("mine/org/app/manifests/v1")).Status);
        Assert.Equal("""{"name":"mine/org/app","tags":["stable","v1","v2"]}""", (await world.Get("mine/org/app/tags/list")).Body);
        Assert.Equal("""{"name":"mine/org/app","tags":["v1"]}""", (await world.Get("mine/org/app/tags/list?n=1&last=stable")).Body);
    }

    [Theory]
    [InlineData("org/app", "v1.2.3", "unlimited")]
    [InlineData("org/app", "xv1.2.3", "1m")]
    [InlineData("org/app", "V1.2.3", "1m")]
    [InlineData("org/app", "12", "5m")]
    [InlineData("org/app", "1", "1m")]
    [InlineData("org/app", "stable", "0")]
    [InlineData("other", "stable", "1m")]
    public void Patterns_mean_whole_names(string repository, string tag, string expected)
    {
        var rules = new FreshnessRules(
            [
                new FreshnessRule(["v*.*.*", "release-*"], null, []),
                new FreshnessRule(["1?"], TimeSpan.FromMinutes(5), []),
                new FreshnessRule(["stable"], TimeSpan.Zero, ["org/*"]),
                new FreshnessRule(["12"], TimeSpan.FromHours(1), []),
            ],
            TimeSpan.FromMinutes(1));
        Assert.Equal(expected, rules.Of(Oci.RepositoryName.Parse(repository), tag) is { } span ? Duration.Text(span) : "unlimited");
    }
}
