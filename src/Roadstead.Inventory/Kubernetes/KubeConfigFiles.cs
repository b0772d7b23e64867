using System.Text;
using k8s;
using k8s.Authentication;
using k8s.Exceptions;
using k8s.KubeConfigModels;
using YamlDotNet.RepresentationModel;

namespace Roadstead.Inventory.Kubernetes;

/// <summary>The kubeconfigs of an operator, as kubectl reads them: of several, the first that has a name counts.</summary>
/// <remarks>
/// https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/. The package reads one file; it merges several without a choice of the context, takes relative paths as the first file's, reads
/// one certificate of a CA's several, and knows no <c>tokenFile</c>.
/// </remarks>
internal sealed class KubeConfigFiles
{
    private const string Variable = "KUBECONFIG";

    private readonly K8SConfiguration _merged = new();
    private readonly Dictionary<string, string> _tokenFiles = new(StringComparer.Ordinal);

    private KubeConfigFiles()
    {
    }

    /// <summary>The files that count; empty: there are none, and none was named.</summary>
    /// <param name="named">A file that the operator named; null: none.</param>
    public static IReadOnlyList<string> Of(string? named)
    {
        if (named is not null)
        {
            return [named];
        }

        string[] listed = [.. (Environment.GetEnvironmentVariable(Variable) ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];
        return [.. (listed.Length > 0 ? listed : [KubernetesClientConfiguration.KubeConfigDefaultLocation]).Where(File.Exists)];
    }

    /// <summary>Reads and merges them.</summary>
    /// <exception cref="Exception">What the package, the YAML or the file system throws.</exception>
    public static async Task<KubeConfigFiles> Read(IReadOnlyList<string> paths, CancellationToken cancellation)
    {
        var all = new KubeConfigFiles();
        foreach (var path in paths)
        {
            cancellation.ThrowIfCancellationRequested();
            var one = await KubernetesClientConfiguration.LoadKubeConfigAsync(new FileInfo(path), useRelativePaths: false).ConfigureAwait(false) ?? throw new KubeConfigException($"{path} is empty");
            all.Merge(one, Path.GetDirectoryName(Path.GetFullPath(path))!);
            await all.FindTokenFiles(path, cancellation).ConfigureAwait(false);
        }

        return all;
    }

    /// <summary>What the package makes of a context.</summary>
    /// <param name="name">Null: the current one.</param>
    public KubernetesClientConfiguration Configure(string? name)
    {
        var wanted = name ?? _merged.CurrentContext;
        var context = _merged.Contexts.Find(context => context.Name == wanted)?.ContextDetails ?? throw new KubeConfigException(
            $"it has no context {(string.IsNullOrEmpty(wanted) ? "that is current" : wanted)}; there are: {(_merged.Contexts.Count == 0 ? "none" : string.Join(", ", _merged.Contexts.Select(known => known.Name)))}");
        var configuration = KubernetesClientConfiguration.BuildConfigFromConfigObject(_merged, wanted);
        if (context.User is not null && _tokenFiles.TryGetValue(context.User, out var tokenFile))
        {
            configuration.TokenProvider = new TokenFileAuth(tokenFile);
        }

        if (_merged.Clusters.Find(cluster => cluster.Name == context.Cluster)?.ClusterEndpoint is { } endpoint && Authorities(endpoint) is { } pem)
        {
            configuration.SslCaCerts = [];
            configuration.SslCaCerts.ImportFromPem(pem);
        }

        return configuration;
    }

    private void Merge(K8SConfiguration other, string folder)
    {
        _merged.CurrentContext ??= string.IsNullOrEmpty(other.CurrentContext) ? null : other.CurrentContext;
        _merged.Contexts.AddRange((other.Contexts ?? []).Where(context => context?.Name is not null && !_merged.Contexts.Exists(known => known.Name == context.Name)));
        foreach (var cluster in (other.Clusters ?? []).Where(cluster => cluster?.Name is not null && !_merged.Clusters.Exists(known => known.Name == cluster.Name)))
        {
            cluster.ClusterEndpoint?.CertificateAuthority = Absolute(cluster.ClusterEndpoint.CertificateAuthority, folder);
            _merged.Clusters.Add(cluster);
        }

        foreach (var user in (other.Users ?? []).Where(user => user?.Name is not null && !_merged.Users.Exists(known => known.Name == user.Name)))
        {
            user.UserCredentials?.ClientCertificate = Absolute(user.UserCredentials.ClientCertificate, folder);
            user.UserCredentials?.ClientKey = Absolute(user.UserCredentials.ClientKey, folder);
            _merged.Users.Add(user);
        }
    }

    private async Task FindTokenFiles(string path, CancellationToken cancellation)
    {
        var yaml = new YamlStream();
        yaml.Load(new StringReader(await File.ReadAllTextAsync(path, cancellation).ConfigureAwait(false)));
        foreach (var entry in Sequence(yaml.Documents.FirstOrDefault()?.RootNode, "users"))
        {
            if (Scalar(entry, "name") is { } name && Member(entry, "user") is { } user && Scalar(user, "tokenFile") is { Length: > 0 } file
                && _merged.Users.Find(known => known.Name == name)?.UserCredentials is { } credentials && _tokenFiles.TryAdd(name, Absolute(file, Path.GetDirectoryName(Path.GetFullPath(path))!)!))
            {
                // The package refuses a user without anything that it knows; what stands here is never sent, and the file counts over a token, as kubectl has it.
                credentials.Token = Path.GetFileName(file);
            }
        }
    }

    private static string? Authorities(ClusterEndpoint endpoint) =>
        !string.IsNullOrEmpty(endpoint.CertificateAuthorityData) ? Encoding.UTF8.GetString(Convert.FromBase64String(endpoint.CertificateAuthorityData))
        : !string.IsNullOrEmpty(endpoint.CertificateAuthority) ? File.ReadAllText(endpoint.CertificateAuthority)
        : null;

    private static string? Absolute(string? path, string folder) => string.IsNullOrEmpty(path) ? path : Path.Combine(folder, path);

    private static YamlNode? Member(YamlNode? node, string key) => node is YamlMappingNode map && map.Children.TryGetValue(new YamlScalarNode(key), out var value) ? value : null;

    private static string? Scalar(YamlNode? node, string key) => (Member(node, key) as YamlScalarNode)?.Value;

    private static IEnumerable<YamlNode> Sequence(YamlNode? node, string key) => (Member(node, key) as YamlSequenceNode)?.Children ?? Enumerable.Empty<YamlNode>();
}
