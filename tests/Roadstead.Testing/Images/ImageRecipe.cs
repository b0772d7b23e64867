using System.Text.Json.Nodes;
using Roadstead.Testing.Clients;
using Roadstead.Testing.Processes;

namespace Roadstead.Testing.Images;

/// <summary>How the images of <see cref="ImageSet"/> are made.</summary>
internal static class ImageRecipe
{
    private const int LargeFile = 208 * 1024 * 1024;

    // The files by which a system knows itself, and a shell that needs nothing else. More packages, set up, take a minute.
    private static readonly string[] Packages = ["base-files", "busybox-static"];

    /// <summary>Says everything that decides what the images are like; another text makes other images.</summary>
    public static string Text => $"1 {string.Join(' ', Packages)} {LargeFile}";

    public static async Task Build(string folder)
    {
        using var scratch = new TemporaryFolder("images");
        using var buildah = new Buildah();
        var root = scratch["root.tar"];
        await MakeRoot(root, scratch);

        var container = await buildah.From("scratch");
        (await buildah.Run("add", container, root, "/")).OrThrow();
        (await buildah.Run("config", "--cmd", "/bin/busybox sh", "--label", "org.opencontainers.image.title=plain", container)).OrThrow();
        (await buildah.Commit(container, $"oci:{Path.Combine(folder, "plain")}:{ImageSet.Tag}")).OrThrow();

        await WriteRandom(scratch["random"]);
        container = await buildah.From($"oci:{Path.Combine(folder, "plain")}:{ImageSet.Tag}");
        (await buildah.Run("add", container, scratch["random"], "/random")).OrThrow();
        (await buildah.Run("config", "--label", "org.opencontainers.image.title=large", container)).OrThrow();
        (await buildah.Commit(container, $"oci:{Path.Combine(folder, "large")}:{ImageSet.Tag}")).OrThrow();

        var amd64 = OciLayout.Read(Path.Combine(folder, "plain"));
        var arm64 = ForArchitecture(amd64, "arm64");
        OciLayout.Write(Path.Combine(folder, "multi-platform"), ImageSet.Tag, ImageForge.Index(
        [
            new IndexEntry(amd64, "linux/amd64"),
            new IndexEntry(arm64, "linux/arm64"),
            ImageForge.Attestation(amd64),
            ImageForge.Attestation(arm64),
        ]));
    }

    private static async Task MakeRoot(string tar, TemporaryFolder scratch)
    {
        var (codename, sources) = await AptSources.Read();
        await File.WriteAllLinesAsync(scratch["sources.list"], sources);
        (await Command.Run("mmdebstrap",
        [
            "--mode=root",
            "--variant=extract",
            $"--include={string.Join(',', Packages)}",
            .. (await AptSources.Proxies()).Select(line => $"--aptopt={line}"),
            codename,
            tar,
            scratch["sources.list"],
        ])).OrThrow();
    }

    private static async Task WriteRandom(string path)
    {
        var random = new Random(1);
        var piece = new byte[1024 * 1024];
        await using var file = File.Create(path);
        for (var written = 0; written < LargeFile; written += piece.Length)
        {
            random.NextBytes(piece);
            await file.WriteAsync(piece);
        }
    }

    /// <summary>The same layers under a config that names another architecture.</summary>
    private static ForgedManifest ForArchitecture(ForgedManifest image, string architecture)
    {
        var config = (JsonObject)JsonNode.Parse(image.Blobs[0].Bytes)!;
        config["architecture"] = architecture;
        return ImageForge.Manifest(image.MediaType, ImageForge.Json(config, image.Blobs[0].MediaType), image.Layers);
    }
}
