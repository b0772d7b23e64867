using Roadstead.Cli.NodeConfig;
using Roadstead.Cli.NodeFormats;
using Roadstead.Cli.NodeInstall;

namespace Roadstead.Cli.NodeVerify;

/// <summary>What a runtime has on the node to reach the mirror by: its CA and its credential.</summary>
/// <param name="rendered">What the runtime's files should be.</param>
internal sealed class NodeTrust(NodeFiles files, MirrorPlan plan, RuntimeConfiguration rendered)
{
    public MirrorTrust TrustFor(MirrorUrl url)
    {
        var path = CaPath(url);
        var text = path is null ? null : files.Text(path);
        return new MirrorTrust(text is null ? [] : MirrorTrust.Read(text) ?? [], path, plan.Insecure);
    }

    /// <summary>What is wrong with the CA's file; null: nothing.</summary>
    public VerifyCause? CaFault(MirrorUrl url)
    {
        if (CaPath(url) is not { } path)
        {
            return null;
        }

        return files.Text(path) is not { } text
            ? new VerifyCause(CauseKind.ConfigurationMissing, $"The CA that {url} is trusted by is not there.", "Install it again: roadstead node install.", path)
            : MirrorTrust.Read(text) is null
                ? new VerifyCause(CauseKind.ConfigurationBroken, "The file of the CA holds no certificate that can be read (PEM).", "Install it again: roadstead node install.", path)
                : null;
    }

    /// <summary>What the node shows the mirror: of the files that the runtime reads, else of the plan; null: nothing.</summary>
    public MirrorCredential? Credential(RegistryMirror registry) =>
        rendered.Files.Select(file => InRendered(file.Path, registry)).Concat(AuthFiles().Select(InAuthJson)).FirstOrDefault(found => found is not null) ?? plan.Credential;

    private string? CaPath(MirrorUrl url)
    {
        var paths = rendered.Files.Select(file => file.Path).Where(path => path.EndsWith(".crt", StringComparison.Ordinal)).ToList();
        return paths.FirstOrDefault(path => path.Contains($"/{url.Authority}/", StringComparison.Ordinal)) ?? paths.FirstOrDefault();
    }

    // A plan that was read from a record has no password, so that the files of credentials are not among what is rendered.
    private IEnumerable<string> AuthFiles() =>
        new[] { Environment.GetEnvironmentVariable("REGISTRY_AUTH_FILE"), CrioConf.Read(files, []).Word(CrioConf.AuthFileKey)?.Value, Crio.AuthFile, Podman.AuthFile }.OfType<string>().Where(path => path.Length > 0);

    private MirrorCredential? InRendered(string path, RegistryMirror registry) =>
        path.EndsWith(".json", StringComparison.Ordinal) ? InAuthJson(path)
        : path.EndsWith($"/{registry.Registry}/hosts.toml", StringComparison.Ordinal) && files.Text(path) is { } text
            ? MirrorCredential.FromBase64(HostsTomlFile.Read(path, text, true, [])?.Authorization(plan.Mirror.ApiUrl(registry))?.Replace("Basic ", "", StringComparison.OrdinalIgnoreCase))
            : null;

    private MirrorCredential? InAuthJson(string path) => files.Text(path) is { } text ? AuthJsonFile.Credential(path, text, plan.Mirror.Authority) : null;
}
