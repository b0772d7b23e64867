using System.Text.Json.Nodes;

namespace Roadstead.Testing.Images;

/// <summary>Makes images, indexes and artifacts in memory.</summary>
public static class ImageForge
{
    /// <param name="platform">As <c>linux/amd64</c> or <c>linux/arm/v7</c>.</param>
    /// <param name="algorithm">sha256 or sha512: of the manifest and its config; the layers keep theirs.</param>
    public static ForgedManifest Image(
        IReadOnlyList<ForgedBlob> layers, string platform = "linux/amd64", ImageFormat format = ImageFormat.Oci, string algorithm = "sha256")
    {
        var oci = format == ImageFormat.Oci;
        var config = PlatformJson(platform);
        config["config"] = new JsonObject { ["Cmd"] = new JsonArray("/bin/sh") };
        config["rootfs"] = new JsonObject { ["type"] = "layers", ["diff_ids"] = new JsonArray([.. layers.Select(layer => (JsonNode)(layer.DiffId ?? layer.Digest))]) };
        config["history"] = new JsonArray([.. layers.Select(_ => new JsonObject { ["created"] = "1970-01-01T00:00:00Z", ["created_by"] = "forge" })]);
        var typed = layers.Select(layer => !oci && layer.MediaType == Media.OciLayer ? layer with { MediaType = Media.DockerLayer } : layer);
        return Manifest(oci ? Media.OciManifest : Media.DockerManifest, Json(config, oci ? Media.OciConfig : Media.DockerConfig, algorithm), [.. typed], algorithm);
    }

    public static ForgedManifest Index(params (string Platform, ForgedManifest Image)[] images) =>
        Index([.. images.Select(image => new IndexEntry(image.Image, image.Platform))]);

    public static ForgedManifest Index(IReadOnlyList<IndexEntry> entries, ImageFormat format = ImageFormat.Oci, string algorithm = "sha256")
    {
        var index = new JsonObject
        {
            ["schemaVersion"] = 2,
            ["mediaType"] = format == ImageFormat.Oci ? Media.OciIndex : Media.DockerList,
            ["manifests"] = new JsonArray([.. entries.Select(Entry)]),
        };
        var blob = Json(index, (string)index["mediaType"]!, algorithm);
        return new ForgedManifest(blob.Bytes, blob.Digest, blob.MediaType, [], [.. entries.Select(entry => entry.Manifest)]);
    }

    /// <summary>What buildx puts beside each image of an index: provenance that refers to the image by annotation.</summary>
    /// <seealso href="https://docs.docker.com/build/metadata/attestations/attestation-storage/"/>
    public static IndexEntry Attestation(ForgedManifest subject)
    {
        var statement = Json(
            new JsonObject
            {
                ["_type"] = "https://in-toto.io/Statement/v0.1",
                ["predicateType"] = "https://slsa.dev/provenance/v0.2",
                ["subject"] = new JsonArray(new JsonObject { ["name"] = "image", ["digest"] = new JsonObject { [subject.Digest.Split(':')[0]] = subject.Digest.Split(':')[1] } }),
                ["predicate"] = new JsonObject { ["builder"] = new JsonObject { ["id"] = "" }, ["buildType"] = "https://mobyproject.org/buildkit@v1" },
            },
            Media.InToto) with
        { Annotations = new Dictionary<string, string> { ["in-toto.io/predicate-type"] = "https://slsa.dev/provenance/v0.2" } };
        return new IndexEntry(Image([statement], "unknown/unknown"), "unknown/unknown", new Dictionary<string, string>
        {
            ["vnd.docker.reference.digest"] = subject.Digest,
            ["vnd.docker.reference.type"] = "attestation-manifest",
        });
    }

    /// <summary>An artifact as the image specification lays down: an empty config, a type of its own, blobs of any kind.</summary>
    /// <param name="subject">What the artifact is about; null for nothing.</param>
    public static ForgedManifest Artifact(string artifactType, IReadOnlyList<ForgedBlob> blobs, ForgedManifest? subject = null, string algorithm = "sha256") =>
        Manifest(Media.OciManifest, Json([], Media.OciEmpty, algorithm), blobs, algorithm, manifest =>
        {
            manifest["artifactType"] = artifactType;
            if (subject is not null)
            {
                manifest["subject"] = Descriptor(subject.MediaType, subject.Digest, subject.Size);
            }
        });

    /// <summary>A blob of any kind.</summary>
    public static ForgedBlob Blob(byte[] bytes, string mediaType = "application/octet-stream", string algorithm = "sha256") =>
        new(bytes, ContentDigest.Of(bytes, algorithm), mediaType);

    internal static JsonObject PlatformJson(string platform)
    {
        var parts = platform.Split('/');
        var json = new JsonObject { ["architecture"] = parts[1], ["os"] = parts[0] };
        if (parts.Length > 2)
        {
            json["variant"] = parts[2];
        }

        return json;
    }

    internal static ForgedBlob Json(JsonObject json, string mediaType, string algorithm = "sha256") =>
        Blob(System.Text.Encoding.UTF8.GetBytes(json.ToJsonString()), mediaType, algorithm);

    internal static ForgedManifest Manifest(
        string mediaType, ForgedBlob config, IReadOnlyList<ForgedBlob> layers, string algorithm = "sha256", Action<JsonObject>? change = null)
    {
        var json = new JsonObject
        {
            ["schemaVersion"] = 2,
            ["mediaType"] = mediaType,
            ["config"] = Descriptor(config.MediaType, config.Digest, config.Size),
            ["layers"] = new JsonArray([.. layers.Select(layer => Descriptor(layer.MediaType, layer.Digest, layer.Size, layer.Annotations))]),
        };
        change?.Invoke(json);
        var blob = Json(json, mediaType, algorithm);
        return new ForgedManifest(blob.Bytes, blob.Digest, mediaType, [config, .. layers], []);
    }

    private static JsonObject Entry(IndexEntry entry)
    {
        var json = Descriptor(entry.Manifest.MediaType, entry.Manifest.Digest, entry.Manifest.Size, entry.Annotations);
        if (entry.Platform is not null)
        {
            json["platform"] = PlatformJson(entry.Platform);
        }

        return json;
    }

    private static JsonObject Descriptor(string mediaType, string digest, long size, IReadOnlyDictionary<string, string>? annotations = null)
    {
        var json = new JsonObject { ["mediaType"] = mediaType, ["digest"] = digest, ["size"] = size };
        if (annotations is not null)
        {
            json["annotations"] = new JsonObject(annotations.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value)));
        }

        return json;
    }
}
