using System.Text;
using Roadstead.Fuzz.Inputs;
using Roadstead.Fuzz.Runs;
using Roadstead.Oci;

namespace Roadstead.Fuzz;

public class ManifestFuzz
{
    private static readonly Gen<string> ContentTypes = Gen.OneOf(
        Gen.OneOf([.. MediaTypes.Manifests, "application/json; charset=utf-8", ""]), Mutated.Text([.. MediaTypes.Manifests, "application/vnd.docker.distribution.manifest.v1+prettyjws"]));

    [Theory, Fuzz]
    public void Any_bytes_are_a_sound_manifest_or_a_fault(Length length) => Property.ForBytes(length, Manifests.Documents, bytes => CheckOutcome(bytes, null));

    [Theory, Fuzz]
    public void So_they_are_under_any_content_type(Length length) =>
        Property.ForAll(length, Gen.Select(ContentTypes, Manifests.Documents), (type, bytes) => CheckOutcome(bytes, type));

    [Theory, Fuzz]
    public void What_the_specification_makes_is_read_as_it_was_meant(Length length) => Property.ForAll(length, Manifests.Any, sample =>
    {
        var (manifest, fault) = ManifestReader.Read(Encoding.UTF8.GetBytes(sample.Json), null);
        Assert.Null(fault);
        Assert.Equal((sample.Manifest.MediaType, sample.Manifest.Subject), (manifest!.MediaType, manifest.Subject));
        Assert.Equal(sample.Manifest.Children, manifest.Children);
    });

    [Theory, Fuzz]
    public void A_key_that_is_given_twice_is_a_fault_wherever_it_stands(Length length) =>
        Property.ForAll(length, Gen.Select(Manifests.Any, Gen.UInt), (sample, which) =>
        {
            var opens = sample.Json.Index().Where(letter => letter.Item == '{').Select(letter => letter.Index).ToList();
            var at = opens[(int)(which % (uint)opens.Count)] + 1;
            var twice = sample.Json.Insert(at, "\"twice\":1,\"tw\\u0069ce\":2" + (sample.Json[at] == '}' ? "" : ","));
            Assert.Null(ManifestReader.Read(Encoding.UTF8.GetBytes(twice), null).Manifest);
        });

    private static void CheckOutcome(byte[] bytes, string? contentType)
    {
        var looks = ManifestReader.LooksLikeManifest(bytes);
        var (manifest, fault) = ManifestReader.Read(bytes, contentType);
        Assert.True(manifest is null != fault is null);
        if (manifest is null)
        {
            return;
        }

        Assert.True(looks || contentType is not null, "it is read as what it does not look like");
        Assert.Contains(manifest.MediaType, MediaTypes.Manifests);
        Assert.All(manifest.Children, child =>
        {
            Assert.Equal(manifest.IsIndex, child.Role == ChildRole.Manifest);
            Assert.True(child.Descriptor.Size >= 0);
            Assert.Equal(child.Descriptor.Digest, Digest.Parse(child.Descriptor.Digest.ToString()));
            Assert.Equal(child.Role == ChildRole.ForeignLayer, !manifest.IsIndex && MediaTypes.IsForeignLayer(child.Descriptor.MediaType));
        });
        Assert.True(manifest.Subject is null || Digest.TryParse(manifest.Subject.Value.ToString(), out _));
    }
}
