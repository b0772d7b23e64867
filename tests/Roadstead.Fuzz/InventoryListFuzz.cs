using System.Text.Json;
using Roadstead.Api;
using Roadstead.Fuzz.Inputs;
using Roadstead.Fuzz.Runs;
using Roadstead.Inventory;
using Roadstead.Inventory.Lists;
using Roadstead.Oci;

namespace Roadstead.Fuzz;

public class InventoryListFuzz
{
    private static readonly Gen<string> Image = Gen.Select(Names.Repository, Names.Word, (repository, tag) => $"quay.io/{repository}:{tag}");

    private static readonly Gen<string> Pod = Gen.Select(Image, Names.Word, Gen.OneOf("Pod", "Deployment", "Service", "CronJob"), (image, name, kind) =>
    {
        var containers = $$"""{"containers": [{"name": "c", "image": "{{image}}", "env": [{"name": "A", "value": "\ud83d\ude00"}]}], "volumes": [{"image": {"reference": "{{image}}"} }, {}]}""";
        var spec = kind switch { "Deployment" => $$"""{"template": {"spec": {{containers}} } }""", "CronJob" => $$"""{"jobTemplate": {"spec": {"template": {"spec": {{containers}} } } } }""", _ => containers };
        return $$"""{"kind": "{{kind}}", "metadata": {"name": "{{name}}", "namespace": "n"}, "spec": {{spec}}, "status": {"phase": "Running"} }""";
    });

    private static readonly Gen<string> Documents = Gen.OneOf(
        Pod.Array[0, 4].Select(pods => $$"""{"kind": "List", "items": [{{string.Join(",\n", pods)}}], "metadata": {} }"""),
        Pod.Array[1, 3].Select(pods => string.Join("\n", pods)),
        Image.Array[0, 4].Select(images => $"[{string.Join(",", images.Select(image => $"\"{image}\""))}]"),
        Image.Array[0, 6].Select(images => string.Join("\n", images.Index().Select(image => image.Index % 2 == 0 ? image.Item : $"   {image.Index} {image.Item}"))));

    [Theory, Fuzz]
    public void Any_bytes_in_any_pieces_are_the_same_inventory_or_none(Length length) => Property.ForBytes(length, Mutated.Bytes(Documents), bytes =>
    {
        var whole = Told(Read(bytes, int.MaxValue));
        Assert.Equal(whole, Told(Read(bytes, 1)));
        Assert.Equal(whole, Told(Read(bytes, 7)));
        if (Read(bytes, int.MaxValue) is InventoryOutcome.Taken(var inventory, _, _))
        {
            Assert.All(inventory.Images, image => Assert.Equal(image.Image, ImageReference.Parse(image.Image).ToString()));
            Assert.Equal(inventory.Images.Select(image => image.Image).Distinct().Order(StringComparer.Ordinal), inventory.Images.Select(image => image.Image));
        }
    });

    [Theory, Fuzz]
    public void Each_image_of_a_list_is_in_the_inventory(Length length) => Property.ForAll(length, Image.Array[1, 20], images =>
    {
        var outcome = Read(System.Text.Encoding.UTF8.GetBytes(string.Join('\n', images)), int.MaxValue);
        var expected = images.GroupBy(image => image).OrderBy(image => image.Key, StringComparer.Ordinal).Select(image => (image.Key, image.Count()));
        Assert.Equal(expected, Assert.IsType<InventoryOutcome.Taken>(outcome).Inventory.Images.Select(image => (image.Image, image.Uses)));
    });

    private static InventoryOutcome Read(byte[] bytes, int most)
    {
        using var input = new Pieces(bytes, most);
        return new ListSource(TimeProvider.System).Take(input, withRelated: true, CancellationToken.None).GetAwaiter().GetResult();
    }

    private static string Told(InventoryOutcome outcome) => outcome is InventoryOutcome.Taken(var inventory, var notes, _)
        ? JsonSerializer.Serialize(inventory with { TakenAt = default }, ApiJson.Default.ClusterInventory) + string.Join('\n', notes)
        : outcome.ToString()!;

    /// <summary>Gives so many bytes at once, and no more.</summary>
    private sealed class Pieces(byte[] bytes, int most) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => base.ReadAsync(buffer[..Math.Min(buffer.Length, most)], cancellationToken);
    }
}
