using Roadstead.Testing.Clients;
using Roadstead.Testing.Processes;
using Roadstead.Testing.Registries;

namespace Roadstead.Testing.Images;

/// <summary>A built image or index, in an OCI layout.</summary>
/// <param name="Layout">Folder of the layout.</param>
public sealed record BuiltImage(string Layout)
{
    /// <summary>Of the manifest or index.</summary>
    public string Digest => OciLayout.RootDigest(Layout);

    /// <summary>Of the last layer: the one of more than 200 MB in <see cref="ImageSet.Large"/>.</summary>
    public (string Digest, long Size) LastLayer()
    {
        var layer = OciLayout.ReadJson(Layout, Digest)["layers"]!.AsArray()[^1]!;
        return ((string)layer["digest"]!, (long)layer["size"]!);
    }

    /// <summary>Everything in memory, as for <see cref="Upstream.FakeUpstream.Add"/>.</summary>
    public ForgedManifest Read() => OciLayout.Read(Layout);

    /// <summary>Pushes all of it, byte for byte, with skopeo.</summary>
    public Task PushTo(DockerRegistry registry, string repository, string tag) => CopyTo(registry, repository, tag, "--all", "--preserve-digests");

    internal async Task CopyTo(DockerRegistry registry, string repository, string tag, params string[] options)
    {
        using var skopeo = new Skopeo();
        string[] credential = registry.Credential is { } shown ? [$"--dest-creds={shown.Username}:{shown.Password}"] : [];
        (await skopeo.Copy(
            $"oci:{Layout}:{ImageSet.Tag}",
            $"docker://{registry.Authority}/{repository}:{tag}",
            ["--dest-tls-verify=false", .. options, .. credential])).OrThrow();
    }
}

/// <summary>
/// Images made by real tools from a real distribution: built by the first test process that asks, kept under
/// artifacts/test-images for all others and for later runs until the recipe changes.
/// </summary>
public sealed class ImageSet
{
    internal const string Tag = "latest";

    private static readonly Lazy<Task<ImageSet>> Shared = new(Open);

    private readonly string folder;

    private ImageSet(string folder) => this.folder = folder;

    /// <summary>One platform, one layer.</summary>
    public BuiltImage Plain => new(Path.Combine(folder, "plain"));

    /// <summary>An index of linux/amd64 and linux/arm64 with an attestation of each, as buildx makes them.</summary>
    public BuiltImage MultiPlatform => new(Path.Combine(folder, "multi-platform"));

    /// <summary>The plain image with a second layer of more than 200 MB that does not compress.</summary>
    public BuiltImage Large => new(Path.Combine(folder, "large"));

    public static Task<ImageSet> Get() => Shared.Value;

    private static async Task<ImageSet> Open()
    {
        // artifacts/bin/<test project>/<configuration>/ → artifacts/test-images/<recipe>/
        var images = Directory.CreateDirectory(Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "..", "test-images"))).FullName;
        var name = ContentDigest.Sha256(System.Text.Encoding.UTF8.GetBytes(ImageRecipe.Text))["sha256:".Length..][..16];
        var finished = Path.Combine(images, name);
        using var held = await FileLock.Take(Path.Combine(images, "lock"));
        if (!Directory.Exists(finished))
        {
            // Whatever else is here was made by another recipe or not finished.
            foreach (var other in Directory.EnumerateDirectories(images))
            {
                Directory.Delete(other, recursive: true);
            }

            var unfinished = Directory.CreateDirectory(finished + ".unfinished").FullName;
            await ImageRecipe.Build(unfinished);
            Directory.Move(unfinished, finished);
        }

        return new ImageSet(finished);
    }
}
