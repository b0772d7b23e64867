using Roadstead.Testing.Processes;

namespace Roadstead.Testing.Clients;

public sealed class Podman(params Mirror[] mirrors) : ContainerTool(mirrors)
{
    private protected override string Program => "podman";

    private protected override IEnumerable<string> GlobalOptions => ["--storage-driver", "vfs", "--root", StorageRoot, "--runroot", StorageRunRoot];

    /// <param name="options">Before the image, as <c>--platform=linux/arm64</c> or <c>--tls-verify=false</c>.</param>
    public Task<CommandResult> Pull(string image, params string[] options) => Run(["pull", .. options, image]);

    public async Task<bool> Exists(string image) => (await Run("image", "exists", image)).Succeeded;

    /// <summary>Digest of the manifest that was pulled (of an index: the platform's own manifest may be told instead, as podman has it).</summary>
    public async Task<string> Digest(string image) => Line(await Run("image", "inspect", "--format", "{{.Digest}}", image));

    public async Task<string> Architecture(string image) => Line(await Run("image", "inspect", "--format", "{{.Architecture}}", image));

    /// <summary>Digest of the config, which names the image.</summary>
    public async Task<string> ImageId(string image) => Line(await Run("image", "inspect", "--format", "{{.Id}}", image));
}
