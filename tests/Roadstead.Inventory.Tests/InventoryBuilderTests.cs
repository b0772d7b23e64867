using Roadstead.Api;

namespace Roadstead.Inventory.Tests;

public class InventoryBuilderTests
{
    private const string Digest = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    [Fact]
    public void Other_spellings_of_an_image_are_one_and_the_order_is_that_of_the_references()
    {
        var inventory = Built(builder =>
        {
            builder.Add("quay.io/a/b:1", "x/Pod/z");
            builder.Add("nginx", "prod/Pod/a");
            builder.Add("docker.io/library/nginx:latest", "prod/Pod/b");
            builder.Add("index.docker.io/nginx", "prod/Pod/a", 3);
            builder.Add($"nginx:1@{Digest}", "prod/Pod/c");
        });
        Assert.Equal(["docker.io/library/nginx:latest 5", $"docker.io/library/nginx@{Digest} 1", "quay.io/a/b:1 1"], inventory.Images.Select(image => $"{image.Image} {image.Uses}"));
        Assert.Equal(["prod/Pod/a", "prod/Pod/b"], inventory.Images[0].UsedBy!);
        Assert.Null(inventory.Malformed);
    }

    [Fact]
    public void Of_many_places_the_first_five_in_order_are_kept_whatever_the_order_they_come_in()
    {
        var inventory = Built(builder => Array.ForEach([7, 3, 9, 1, 5, 4, 8, 1], at => builder.Add("nginx", $"prod/Pod/{at}")));
        Assert.Equal(["prod/Pod/1", "prod/Pod/3", "prod/Pod/4", "prod/Pod/5", "prod/Pod/7"], inventory.Images.Single().UsedBy!);
        Assert.Equal(8, inventory.Images.Single().Uses);
    }

    [Fact]
    public void What_is_no_image_is_kept_as_such_once_and_shortened()
    {
        var inventory = Built(builder =>
        {
            builder.Add("UPPER/case", "a/Pod/a");
            builder.Add("UPPER/case", "a/Pod/b");
            builder.Add(new string('x', 5000) + "/:", null);
        });
        Assert.Empty(inventory.Images);
        Assert.Equal(2, inventory.Malformed!.Count);
        Assert.Equal(["a/Pod/a", "a/Pod/b"], inventory.Malformed[0].UsedBy!);
        Assert.NotEmpty(inventory.Malformed[0].Fault);
        Assert.Equal(InventoryBuilder.MaxMalformedText, inventory.Malformed[1].Text.Length);
    }

    [Fact]
    public void So_much_that_is_no_image_does_not_fill_the_memory()
    {
        var builder = new InventoryBuilder();
        for (var at = 0; at < InventoryBuilder.MostMalformed + 10; at++)
        {
            builder.Add($"No/{at}", null);
        }

        Assert.Equal(10, builder.MoreMalformed);
        Assert.Equal(InventoryBuilder.MostMalformed, builder.Build(default, "list").Malformed!.Count);
    }

    [Fact]
    public void More_images_than_an_inventory_may_have_are_no_inventory()
    {
        var builder = new InventoryBuilder();
        for (var at = 0; at <= ClusterInventory.MostImages; at++)
        {
            builder.Add($"a{at}", null);
        }

        Assert.True(builder.IsOverfull);
        Assert.Contains("100000", Assert.IsType<InventoryOutcome.Failed>(InventoryOutcome.Of(builder, default, "list", [], isPartial: false)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nginx:1", $"docker.io/library/nginx@{Digest}", true)]
    [InlineData("nginx:1", $"docker-pullable://nginx@{Digest}", true)]
    [InlineData("quay.io/a/b", $"quay.io/a/b@{Digest}", true)]
    [InlineData("quay.io/a/b", $"quay.io/a/c@{Digest}", false)]
    [InlineData("quay.io/a/b", $"mirror.example:5000/quay/a/b@{Digest}", false)]
    [InlineData("nginx:1", Digest, false)]
    [InlineData("nginx:1", $"docker://{Digest}", false)]
    [InlineData("nginx:1", "", false)]
    [InlineData("nginx:1", "docker.io/library/nginx:1", false)]
    [InlineData($"nginx@{Digest}", $"docker.io/library/nginx@{Digest}", false)]
    public void A_digest_of_a_status_counts_only_under_the_very_repository_of_a_tag(string text, string imageId, bool counts)
    {
        var inventory = Built(builder => builder.Add(text, null, 1, imageId));
        Assert.Equal(counts ? [Digest] : null, inventory.Images.Single().Digests);
    }

    private static ClusterInventory Built(Action<InventoryBuilder> add)
    {
        var builder = new InventoryBuilder();
        add(builder);
        return builder.Build(DateTimeOffset.UnixEpoch, "list");
    }
}
