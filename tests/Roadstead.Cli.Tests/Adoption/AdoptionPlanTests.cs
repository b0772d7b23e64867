using Roadstead.Api;
using Roadstead.Cli.Adoption;

namespace Roadstead.Cli.Tests.Adoption;

/// <summary>What is made for registries that nothing mirrors.</summary>
public class AdoptionPlanTests
{
    [Fact]
    public void Each_registry_that_no_project_mirrors_gets_an_endpoint_and_a_project_and_no_other()
    {
        var plan = Plan(
            [Image("docker.io/library/a:1", ImageState.Ready, "dockerhub"), Image("ghcr.io/x/a:1"), Image("ghcr.io/x/b:1"), Image("registry.example:5000/a:1"), Image("quay.io/x/a:1", ImageState.Uncovered, "quay")]);
        Assert.Equal(
            [
                ("ghcr.io", 2, "ghcr", "ghcr", "https://ghcr.io"),
                ("registry.example:5000", 1, "registry.example-5000", "registry.example-5000", "https://registry.example:5000"),
            ],
            plan.Select(registry => (registry.Registry, registry.Images, registry.Endpoint, registry.Project, registry.Options!.Url!)));
    }

    [Fact]
    public void Docker_Hub_is_asked_where_it_serves() => Assert.Equal("https://registry-1.docker.io", Assert.Single(Plan([Image("docker.io/library/a:1")])).Options!.Url);

    [Fact]
    public void A_name_that_is_taken_gets_a_number_and_an_endpoint_that_is_there_is_used()
    {
        var plan = Plan([Image("ghcr.io/x/a:1"), Image("mine.example/a:1")], endpoints: [("ghcr", "elsewhere.example"), ("own", "mine.example")], projects: ["ghcr", "ghcr-2"]);
        Assert.Equal(
            [("ghcr.io", "ghcr-2", "ghcr-3", false), ("mine.example", "own", "mine.example", true)],
            plan.Select(registry => (registry.Registry, registry.Endpoint, registry.Project, registry.Options is null)));
    }

    [Fact]
    public void What_the_operator_says_of_a_registry_counts_for_it_alone()
    {
        var wish = new AdoptionWish(
            new Dictionary<string, string> { ["a.example"] = "http://127.0.0.1:5000" }, registry => registry == "b.example" ? ("robot", "secret") : null, AllowPrivateAddresses: true);
        var plan = Plan([Image("a.example/a:1"), Image("b.example/a:1")], wish);
        Assert.Equal(
            [("http://127.0.0.1:5000", null, null, true), ("https://b.example", "robot", "secret", true)],
            plan.Select(registry => (registry.Options!.Url!, registry.Options.Username, registry.Options.Password, registry.Options.AllowPrivateAddresses!.Value)));
        Assert.DoesNotContain("secret", plan[1].ToString(), StringComparison.Ordinal);
    }

    private static IReadOnlyList<AdoptedRegistry> Plan(ImageReadiness[] images, AdoptionWish? wish = null, (string Name, string Registry)[]? endpoints = null, string[]? projects = null)
    {
        var health = new EndpointHealthStatus("unknown", null, null);
        return AdoptionPlan.Of(
            new ClusterReadiness("list", DateTimeOffset.UnixEpoch, 0, [], images),
            new EndpointList([.. (endpoints ?? []).Select(endpoint => new EndpointStatus(1, "database", new EndpointSpec(endpoint.Registry, "https://x.example") { Name = endpoint.Name }, false, false, false, health, null, [], default, default))]),
            new ProjectList([.. (projects ?? []).Select(project => new ProjectStatus(1, "database", new ProjectSpec { Name = project }, null, 0, 0, default, default))]),
            wish ?? new AdoptionWish(new Dictionary<string, string>(), _ => null, null));
    }

    private static ImageReadiness Image(string image, ImageState state = ImageState.Uncovered, string? project = null) => new(image, 1, state) { Project = project };
}
