using Roadstead.Testing.Processes;

namespace Roadstead.Testing.Clients;

public sealed class Buildah(params Mirror[] mirrors) : ContainerTool(mirrors)
{
    private protected override string Program => "buildah";

    private protected override IEnumerable<string> GlobalOptions => ["--storage-driver", "vfs", "--root", StorageRoot, "--runroot", StorageRunRoot];

    public Task<CommandResult> Pull(string image, params string[] options) => Run(["pull", .. options, image]);

    public async Task<bool> Exists(string image) => (await Run("inspect", "--type", "image", image)).Succeeded;

    /// <summary>Starts a working container and returns its name.</summary>
    public async Task<string> From(string image) => Line(await Run("from", image));

    /// <summary>Commits without a time of day, so that the same content gives the same digest.</summary>
    public Task<CommandResult> Commit(string container, string destination) =>
        Run("commit", "--format", "oci", "--timestamp", "0", "--rm", container, destination);
}
