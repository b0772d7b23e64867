using Roadstead.Testing.Processes;

namespace Roadstead.Testing.Clients;

public sealed class Podman(params Mirror[] mirrors) : ContainerTool(mirrors)
{
    /// <summary>What storage.conf says for pulls of parts.</summary>
    public const string PartialPulls = """pull_options = {enable_partial_images = "true", use_hard_links = "false", ostree_repos = ""}""";

    private protected override string Program => "podman";

    // Its storage.conf says where and how it stores.
    private protected override IEnumerable<string> GlobalOptions => [];

    /// <summary>Of layers in zstd:chunked form only the files are fetched that the storage lacks, by one request of many ranges.</summary>
    public static Podman WithPartialPulls(params Mirror[] mirrors)
    {
        var podman = new Podman(mirrors);
        // The vfs driver cannot take a layer by files.
        podman.UseStorage("overlay", PartialPulls);
        return podman;
    }

    /// <param name="options">Before the image, as <c>--platform=linux/arm64</c> or <c>--tls-verify=false</c>.</param>
    public Task<CommandResult> Pull(string image, params string[] options) => Run(["pull", .. options, image]);

    public async Task<bool> Exists(string image) => (await Run("image", "exists", image)).Succeeded;

    /// <summary>Digest of the manifest that was pulled (of an index: the platform's own manifest may be told instead, as podman has it).</summary>
    public async Task<string> Digest(string image) => Line(await Run("image", "inspect", "--format", "{{.Digest}}", image));

    public async Task<string> Architecture(string image) => Line(await Run("image", "inspect", "--format", "{{.Architecture}}", image));

    /// <summary>Digest of the config, which names the image.</summary>
    public async Task<string> ImageId(string image) => Line(await Run("image", "inspect", "--format", "{{.Id}}", image));
}
