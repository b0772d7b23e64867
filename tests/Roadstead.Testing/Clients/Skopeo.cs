using Roadstead.Testing.Processes;

namespace Roadstead.Testing.Clients;

public sealed class Skopeo(params Mirror[] mirrors) : ContainerTool(mirrors)
{
    private protected override string Program => "skopeo";

    private protected override IEnumerable<string> GlobalOptions => [];

    /// <param name="source">With its transport, as <c>docker://docker.io/library/busybox:1</c> or <c>oci:/folder:tag</c>.</param>
    /// <param name="options">As <c>--all</c> or <c>--src-tls-verify=false</c>.</param>
    public Task<CommandResult> Copy(string source, string destination, params string[] options) => Run(["copy", .. options, source, destination]);

    public Task<CommandResult> Inspect(string image, params string[] options) => Run(["inspect", .. options, image]);
}
