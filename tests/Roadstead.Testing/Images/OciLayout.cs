using System.Text.Json.Nodes;

namespace Roadstead.Testing.Images;

/// <summary>Images in a folder, as the image-layout specification has them.</summary>
public static class OciLayout
{
    /// <summary>Digest of the manifest that the layout's first entry names.</summary>
    public static string RootDigest(string folder) => (string)Index(folder)["manifests"]![0]!["digest"]!;

    /// <summary>Path of a blob or manifest.</summary>
    public static string PathOf(string folder, string digest) => Path.Combine([folder, "blobs", .. digest.Split(':')]);

    public static JsonNode ReadJson(string folder, string digest) => JsonNode.Parse(File.ReadAllBytes(PathOf(folder, digest)))!;

    /// <summary>The layout's first entry with everything below it, in memory.</summary>
    public static ForgedManifest Read(string folder)
    {
        var entry = Index(folder)["manifests"]![0]!;
        return Read(folder, (string)entry["digest"]!, (string)entry["mediaType"]!);
    }

    public static void Write(string folder, string tag, ForgedManifest manifest)
    {
        WriteContent(folder, manifest);
        File.WriteAllText(Path.Combine(folder, "oci-layout"), """{"imageLayoutVersion":"1.0.0"}""");
        File.WriteAllText(Path.Combine(folder, "index.json"), new JsonObject
        {
            ["schemaVersion"] = 2,
            ["manifests"] = new JsonArray(new JsonObject
            {
                ["mediaType"] = manifest.MediaType,
                ["digest"] = manifest.Digest,
                ["size"] = manifest.Size,
                ["annotations"] = new JsonObject { ["org.opencontainers.image.ref.name"] = tag },
            }),
        }.ToJsonString());
    }

    private static JsonNode Index(string folder) => JsonNode.Parse(File.ReadAllBytes(Path.Combine(folder, "index.json")))!;

    private static ForgedManifest Read(string folder, string digest, string mediaType)
    {
        var json = ReadJson(folder, digest);
        var descriptors = json["layers"] is JsonArray layers ? layers.Prepend(json["config"]) : [];
        var children = json["manifests"] as JsonArray ?? [];
        return new ForgedManifest(
            File.ReadAllBytes(PathOf(folder, digest)),
            digest,
            mediaType,
            [.. descriptors.Select(blob => new ForgedBlob(File.ReadAllBytes(PathOf(folder, (string)blob!["digest"]!)), (string)blob["digest"]!, (string)blob["mediaType"]!))],
            [.. children.Select(child => Read(folder, (string)child!["digest"]!, (string)child["mediaType"]!))]);
    }

    private static void WriteContent(string folder, ForgedManifest manifest)
    {
        WriteFile(folder, manifest.Digest, manifest.Bytes);
        foreach (var blob in manifest.Blobs)
        {
            WriteFile(folder, blob.Digest, blob.Bytes);
        }

        foreach (var child in manifest.Children)
        {
            WriteContent(folder, child);
        }
    }

    private static void WriteFile(string folder, string digest, byte[] bytes)
    {
        var path = PathOf(folder, digest);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, bytes);
    }
}
