using System.Text;
using System.Text.Json;
using Roadstead.Cli.NodeConfig;
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
        rendered.Files.Concat(AuthFiles()).Where(file => file.Path.EndsWith(".json", StringComparison.Ordinal) || file.Path.EndsWith($"/{registry.Registry}/hosts.toml", StringComparison.Ordinal))
            .Select(file => files.Text(file.Path) is { } text ? InFile(file.Path, text) : null).FirstOrDefault(found => found is not null) ?? plan.Credential;

    private string? CaPath(MirrorUrl url)
    {
        var paths = rendered.Files.Select(file => file.Path).Where(path => path.EndsWith(".crt", StringComparison.Ordinal)).ToList();
        return paths.FirstOrDefault(path => path.Contains($"/{url.Authority}/", StringComparison.Ordinal)) ?? paths.FirstOrDefault();
    }

    // A plan that was read from a record has no password, so that the files of credentials are not among what is rendered.
    private static IEnumerable<ConfigFile> AuthFiles() =>
        from path in new[] { Environment.GetEnvironmentVariable("REGISTRY_AUTH_FILE"), "/etc/crio/mirror-auth.json", "/root/.config/containers/auth.json" }
        where !string.IsNullOrEmpty(path)
        select new ConfigFile(path, "");

    private MirrorCredential? InFile(string path, string text) => path.EndsWith(".json", StringComparison.Ordinal)
        ? OfBase64(InAuthJson(text))
        : OfBase64(FlatToml.Read(text).Entries.FirstOrDefault(entry => entry.Path is ["host", _, "header", "authorization" or "Authorization"])?.Value.Replace("Basic ", "", StringComparison.OrdinalIgnoreCase));

    private string? InAuthJson(string text)
    {
        try
        {
            using var json = JsonDocument.Parse(text);
            return json.RootElement.TryGetProperty("auths", out var auths) && auths.TryGetProperty(plan.Mirror.Authority, out var entry) && entry.TryGetProperty("auth", out var auth) ? auth.GetString() : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static MirrorCredential? OfBase64(string? text)
    {
        var bytes = new byte[text?.Length ?? 0];
        return text is not null && Convert.TryFromBase64String(text, bytes, out var count) && Encoding.UTF8.GetString(bytes, 0, count).Split(':', 2) is [{ Length: > 0 } name, var password]
            ? new MirrorCredential(name, password)
            : null;
    }
}
