using System.Text;
using Roadstead.Oci;

namespace Roadstead.Fuzz.Inputs;

/// <summary>Manifests and indexes as other programs may write them: keys in any order, escapes, keys that nobody knows.</summary>
internal static class Manifests
{
    private static readonly Gen<string> BlobType = Gen.OneOf(
        "application/vnd.oci.image.layer.v1.tar+gzip", "application/vnd.docker.image.rootfs.diff.tar.gzip", "application/vnd.oci.empty.v1+json", "text/plain");

    private static readonly Gen<(string Key, string Value)[]> Unknown = Gen.Select(
        Names.Word.Select(word => "x-" + word), Gen.OneOf("null", "1e400", "\"\\ud83d\\ude00\"", "[[[]]]", "{\"size\":-1}", "\"\\\"\\\\\"", "-0")).HashSet[0, 2]
        .Select(keys => keys.DistinctBy(key => key.Item1).Select(key => (key.Item1, key.Item2)).ToArray());

    private static readonly Gen<Platform?> Platforms = Gen.Select(Names.Word, Names.Word, Names.Word, Gen.Int[0, 2], (os, architecture, variant, kind) =>
        kind == 0 ? null : new Platform(os, architecture, kind == 1 ? null : variant));

    /// <summary>A document, what it means, and whether it says its own type.</summary>
    public sealed record Sample(string Json, Manifest Manifest, bool IsTyped);

    private static Gen<Written> Descriptors(Gen<string> types) => Gen.Select(types, Names.Digest, Gen.Long[0, long.MaxValue], Platforms, Unknown, Gen.UInt, (type, digest, size, platform, unknown, order) =>
        new Written(new Descriptor(type, Digest.Parse(digest), size, platform), Object(
            order,
            [
                ("mediaType", Quoted(type)), ("digest", Quoted(digest)), ("size", $"{size}"),
                .. platform is null ? [] : new[] { ("platform", Platform(platform)) }, .. unknown,
            ])));

    public static readonly Gen<Sample> Images = Gen.Select(
        Descriptors(BlobType), Descriptors(BlobType).Array[0, 5], Descriptors(BlobType), Gen.OneOf(MediaTypes.OciManifest, MediaTypes.DockerManifest), Unknown, Gen.UInt,
        (config, layers, subject, type, unknown, order) => new Sample(
            Object(order, [.. Head(type, order), ("config", config.Json), ("layers", Array(layers)), .. Subject(subject, order), .. unknown]),
            new Manifest(IsTyped(order) ? type : MediaTypes.OciManifest, [.. layers.Prepend(config).Select(layer => new ManifestChild(ChildRole.Blob, layer.Descriptor))], SubjectOf(subject, order)),
            IsTyped(order)));

    public static readonly Gen<Sample> Indexes = Gen.Select(
        Descriptors(Gen.OneOf(MediaTypes.OciManifest, MediaTypes.OciIndex)).Array[0, 6], Descriptors(BlobType), Gen.OneOf(MediaTypes.OciIndex, MediaTypes.DockerList), Unknown, Gen.UInt,
        (manifests, subject, type, unknown, order) => new Sample(
            Object(order, [.. Head(type, order), ("manifests", Array(manifests)), .. Subject(subject, order), .. unknown]),
            new Manifest(IsTyped(order) ? type : MediaTypes.OciIndex, [.. manifests.Select(manifest => new ManifestChild(ChildRole.Manifest, manifest.Descriptor))], SubjectOf(subject, order)),
            IsTyped(order)));

    public static readonly Gen<Sample> Any = Gen.OneOf(Images, Indexes);

    /// <summary>Text that is JSON in most places and nonsense in some.</summary>
    public static readonly Gen<byte[]> Documents = Gen.Frequency<byte[]>(
        (6, Mutated.Bytes(Any.Select(sample => sample.Json))),
        (2, Nasty.Text("{\"schemaVersion\":2,", "\"manifests\":[", "\"layers\":[", "{\"mediaType\":\"", "\"digest\":", "\"size\":1", "\"\\ud800\"", "}]}", "\"subject\":{").Select(Encoding.UTF8.GetBytes)),
        (1, Gen.Int[1, 5000].Select(depth => Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("{\"manifests\":[", depth)) + string.Concat(Enumerable.Repeat("]}", depth % 2 == 0 ? depth : 1))))));

    private static bool IsTyped(uint order) => order % 3 > 0;

    private static IEnumerable<(string, string)> Head(string type, uint order) => IsTyped(order) ? [("schemaVersion", "2"), ("mediaType", Quoted(type))] : [("schemaVersion", "2")];

    private static IEnumerable<(string, string)> Subject(Written subject, uint order) => order % 5 == 0 ? [("subject", subject.Json)] : [];

    private static Digest? SubjectOf(Written subject, uint order) => order % 5 == 0 ? subject.Descriptor.Digest : null;

    private static string Array(Written[] items) => $"[{string.Join(",\n", items.Select(item => item.Json))}]";

    private static string Platform(Platform platform) =>
        $"{{\"os\":{Quoted(platform.Os)},\"architecture\":{Quoted(platform.Architecture)}{(platform.Variant is null ? "" : $",\"variant\":{Quoted(platform.Variant)}")}}}";

    private static string Quoted(string text) => $"\"{text}\"";

    /// <summary>Writes keys from any of them on; every other one with an escape in it.</summary>
    private static string Object(uint order, (string Key, string Value)[] keys)
    {
        var first = (int)(order % (uint)keys.Length);
        var written = keys[first..].Concat(keys[..first]).Select((key, i) => ((order >> i) & 1) == 0 ? $"\"{key.Key}\" : {key.Value}" : $"\"\\u{(int)key.Key[0]:x4}{key.Key[1..]}\":{key.Value}");
        return $"{{{string.Join(", ", written)}}}";
    }

    private sealed record Written(Descriptor Descriptor, string Json);
}
