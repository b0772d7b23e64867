using Roadstead.Testing.Processes;

namespace Roadstead.Testing.Clients;

public sealed class Skopeo(params Mirror[] mirrors) : ContainerTool(mirrors)
{
    private protected override string Program => "skopeo";

    private protected override IEnumerable<string> GlobalOptions => [];

    /// <param name="source">With its transport, as <c>docker://docker.io/library/busybox:1</c> or <c>oci:/folder:tag</c>.</param>
    /// <param name="options">As <c>--all</c> or <c>--src-tls-verify=false</c>.</param>
    public Task<CommandResult> Copy(string source, string destination, params string[] options) => Run(["copy", .. options, source, destination]);

    /// <summary>Copies images from their registry to folders below <paramref name="folder"/>, each named as its image.</summary>
    /// <param name="image">Without a transport; without a tag, all its tags are meant.</param>
    public Task<CommandResult> Sync(string image, string folder, params string[] options) =>
        Run(["sync", "--src", "docker", "--dest", "dir", "--scoped", .. options, image, folder]);

    /// <param name="repository">With its transport and no tag.</param>
    public Task<CommandResult> ListTags(string repository, params string[] options) => Run(["list-tags", .. options, repository]);

    public Task<CommandResult> Inspect(string image, params string[] options) => Run(["inspect", .. options, image]);
}
