using Roadstead.Api;
using Roadstead.Cli.NodeUse;

namespace Roadstead.Cli.Tests.NodeUse;

/// <summary>Which images containers use, of what runtimes say of them.</summary>
public class UsedNamesTests
{
    private static readonly string Id = new('a', 64);
    private static readonly string Other = new('b', 64);
    private static readonly string First = $"sha256:{new string('1', 64)}";
    private static readonly string Second = $"sha256:{new string('2', 64)}";

    [Fact]
    public void What_a_specification_says_is_taken_as_it_stands_and_each_name_once()
    {
        var used = Of([new("nginx", null), new("quay.io/a/b:1", $"sha256:{Id}"), new("nginx", null), new("No/Such", null)], []);
        Assert.Equal([("nginx", 2), ("No/Such", 1), ("quay.io/a/b:1", 1)], used.Select(image => (image.Image, image.Uses)));
        Assert.All(used, image => Assert.Null(image.Digests));
    }

    [Theory]
    [InlineData("sha256:")]
    [InlineData("")]
    public void An_id_is_the_image_s_name_if_it_has_one(string prefix)
    {
        var one = new KnownImage($"sha256:{Id}", ["docker.io/library/nginx:1"], [$"docker.io/library/nginx@{First}"]);
        var image = Assert.Single(Of([new(prefix + Id, null), new(prefix + Id, Id)], [one]));
        Assert.Equal(("docker.io/library/nginx:1", 2), (image.Image, image.Uses));
        Assert.Equal([First], image.Digests);
    }

    [Fact]
    public void An_id_of_an_image_of_several_names_or_of_none_is_its_digests()
    {
        var several = new KnownImage(Id, ["docker.io/library/nginx:1", "docker.io/library/nginx:latest"], [$"docker.io/library/nginx@{First}"]);
        Assert.Equal([$"docker.io/library/nginx@{First}"], Names([new(Id, Id)], [several]));
        var none = new KnownImage(Id, ["<none>:<none>"], [$"quay.io/a@{First}", $"quay.io/a@{Second}", $"<none>@{First}"]);
        Assert.Equal([$"quay.io/a@{First}", $"quay.io/a@{Second}"], Names([new($"sha256:{Id}", null)], [none]));
    }

    [Fact]
    public void An_id_of_what_is_held_no_more_is_nothing() => Assert.Empty(Of([new(Id, Id), new($"sha256:{Other}", null), new("", null)], []));

    [Fact]
    public void Digests_are_believed_while_the_image_is_of_one_repository()
    {
        KnownImage one = new(Id, ["docker.io/library/nginx:1", "docker.io/library/nginx:latest"], [$"docker.io/library/nginx@{First}", $"docker.io/library/nginx@{Second}"]);
        Assert.Equal([First, Second], Assert.Single(Of([new("nginx:1", Id)], [one])).Digests);

        // Runtimes put every name of an image together with every digest.
        var two = one with { Tags = [.. one.Tags, "mirror.example/nginx:1"] };
        Assert.Null(Assert.Single(Of([new("nginx:1", Id)], [two])).Digests);

        // It was made of another image than its name stands for elsewhere.
        Assert.Null(Assert.Single(Of([new("nginx:1", Other)], [one])).Digests);
        Assert.Null(Assert.Single(Of([new("redis:1", Id)], [one])).Digests);
        Assert.Null(Assert.Single(Of([new($"nginx@{First}", Id)], [one])).Digests);
    }

    [Fact]
    public void Where_the_image_is_not_told_the_name_leads_to_it()
    {
        KnownImage image = new($"sha256:{Id}", ["nginx:1"], [$"nginx@{First}"]);
        Assert.Equal([First], Assert.Single(Of([new("docker.io/library/nginx:1", null)], [image])).Digests);

        // As short as somebody typed it; and a name that only looks like one.
        Assert.Equal(["nginx:1"], Names([new(Id[..12], null)], [image]));
        Assert.Equal(["cafe"], Names([new("cafe", null)], [image]));
    }

    [Fact]
    public void What_was_built_on_the_node_is_left_out()
    {
        KnownImage built = new(Id, ["localhost/app:1"], [$"localhost/app@{First}"]);
        Assert.Empty(Of([new("localhost/app:1", Id), new(Id, Id), new("localhost/podman-pause:4.3.1-0", null)], [built]));
        Assert.Equal(["localhost:5000/app:1"], Names([new("localhost:5000/app:1", Id)], [built]));
    }

    private static IReadOnlyList<UsedImage> Of(IReadOnlyList<ContainerImage> containers, IReadOnlyList<KnownImage> images) => UsedNames.Of(new RuntimeUse.Told(containers, images));

    private static IEnumerable<string> Names(IReadOnlyList<ContainerImage> containers, IReadOnlyList<KnownImage> images) => Of(containers, images).Select(image => image.Image);
}
