using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Roadstead.Fuzz.Inputs;
using Roadstead.Fuzz.Runs;
using Roadstead.Oci;

namespace Roadstead.Fuzz;

public class ReferrerListFuzz
{
    private static readonly JsonDocumentOptions Depth = new() { MaxDepth = 128 };

    [Theory, Fuzz]
    public void Any_bytes_are_a_list_that_reads_as_it_is_written_or_none(Length length) => Property.ForBytes(length, Manifests.Documents, bytes =>
    {
        if (ReferrerList.Read(bytes) is not { } list)
        {
            return;
        }

        var written = list.ToIndex(null);
        Assert.Equal(MediaTypes.OciIndex, ManifestReader.Read(written, null).Manifest!.MediaType);
        Assert.Equal(list.IsEmpty, Entries(list).Count == 0);
        Assert.Equal(written, ReferrerList.Read(written)!.ToIndex(null));
    });

    [Theory, Fuzz]
    public void Entries_are_handed_on_as_they_came(Length length) => Property.ForAll(length, Manifests.Indexes, sample =>
    {
        var list = ReferrerList.Read(Encoding.UTF8.GetBytes(sample.Json))!;
        var given = (JsonArray)JsonNode.Parse(sample.Json)!["manifests"]!;
        Assert.Equal(given.Select(entry => entry!.ToJsonString()), Entries(list).Select(entry => entry!.ToJsonString()));
        Assert.Equal(Entries(list).Count * 2, Entries(list.With(list)).Count);
        Assert.Equal(list.IsEmpty, list.With(ReferrerList.Empty).IsEmpty);
    });

    [Theory, Fuzz]
    public void Each_entry_is_in_the_list_of_its_type_and_in_no_other(Length length) =>
        Property.ForAll(length, Gen.Select(Names.Digest, Gen.OneOf("a/b", "c/d", "\\u0061/b", "\\ud83d\\ude00")).Array[0, 8], entries =>
        {
            var index = string.Join(',', entries.Select(entry => $$"""{"mediaType":"x","digest":"{{entry.Item1}}","size":1,"artifactType":"{{entry.Item2}}"}"""));
            var list = ReferrerList.Read(Encoding.UTF8.GetBytes($$"""{"schemaVersion":2,"manifests":[{{index}}]}"""))!;
            Assert.Equal(entries.Count(entry => entry.Item2 is "a/b" or "\\u0061/b"), Entries(list, "a/b").Count);
            Assert.Equal(entries.Length, new[] { "a/b", "c/d", "\ud83d\ude00", "" }.Sum(type => Entries(list, type).Count));
        });

    private static JsonArray Entries(ReferrerList list, string? type = null) => (JsonArray)JsonNode.Parse(list.ToIndex(type), documentOptions: Depth)!["manifests"]!;
}
