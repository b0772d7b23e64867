using System.Diagnostics.CodeAnalysis;
using Roadstead.Api;
using Roadstead.Inventory.Prometheus;
using Roadstead.Server.Tls;

namespace Roadstead.Server.Configuration;

/// <summary>Reads <c>clusters</c>, the clusters that the server watches itself, and <c>inUse</c>, how what clusters use is kept.</summary>
internal static class ClusterReader
{
    private static readonly string[] Sources = ["kubeconfig", "inCluster", "prometheus"];

    public static InUseOptions InUse(MapNode map, ConfigurationReader reader) => new(
        reader.Value(map, "grace", Duration.TryParse, InUseOptions.Default.Grace),
        reader.Value(map, "followEvery", TryParseEvery, InUseOptions.Default.FollowEvery))
    {
        Nodes = reader.Flag(map, "nodes", InUseOptions.Default.Nodes),
    };

    public static IReadOnlyList<WatchedCluster> Clusters(MapNode root, ConfigurationReader reader)
    {
        var clusters = new List<WatchedCluster>();
        foreach (var map in ConfigurationReader.Items(root, "clusters").OfType<MapNode>())
        {
            var cluster = Read(map, reader);
            if (cluster.Name.Length > 0 && clusters.Exists(other => other.Name == cluster.Name))
            {
                reader.Faults.Add(ConfigurationNode.ChildPath(map.Path, "name"), $"is {cluster.Name}, as another cluster's is");
            }

            clusters.Add(cluster);
        }

        return clusters;
    }

    private static WatchedCluster Read(MapNode map, ConfigurationReader reader)
    {
        var cluster = new WatchedCluster(reader.Required<string>(map, "name", TryParseName) ?? "")
        {
            Kubeconfig = reader.Text(map, "kubeconfig"),
            Context = reader.Text(map, "context"),
            InCluster = reader.Flag(map, "inCluster", false),
            RelatedImages = reader.Flag(map, "relatedImages", false),
            Prometheus = reader.Value<Uri>(map, "prometheus", PrometheusAccess.TryParseUrl),
            Since = reader.Value<string>(map, "since", TryParseSpan),
            Every = reader.Value(map, "every", TryParseEvery, WatchedCluster.UsualEvery),
            BearerToken = reader.SecretFile(map, "bearerTokenFile"),
            Username = reader.Text(map, "username"),
            Password = reader.SecretFile(map, "passwordFile"),
            CaCertificate = reader.Pem(map, "caCertificate", PemPair.CertificateFault),
        };
        if (Sources.Count(source => source == "inCluster" ? cluster.InCluster : map.Child(source) is not null) != 1)
        {
            reader.Faults.Add(map.Path, "needs one of kubeconfig (a file), inCluster: true and prometheus (a URL)");
        }

        CheckKeys(map, reader, cluster);
        if (cluster.Kubeconfig is { } path && !ConfigurationFiles.TryRead(path, out _, out var fault))
        {
            reader.Faults.Add(ConfigurationNode.ChildPath(map.Path, "kubeconfig"), $"names a file that {fault}");
        }

        return cluster;
    }

    /// <summary>What belongs to another source is a mistake.</summary>
    private static void CheckKeys(MapNode map, ConfigurationReader reader, WatchedCluster cluster)
    {
        var (foreign, source) = map.Child("prometheus") is not null ? (new[] { "context", "relatedImages" }, "prometheus") : (["since", "every", "bearerTokenFile", "username", "passwordFile", "caCertificate"], cluster.InCluster ? "inCluster" : "kubeconfig");
        foreach (var key in foreign.Where(key => map.Child(key) is not null))
        {
            reader.Faults.Add(ConfigurationNode.ChildPath(map.Path, key), $"has no meaning beside {source}");
        }

        if (cluster.Username is null != cluster.Password is null)
        {
            reader.Faults.Add(ConfigurationNode.ChildPath(map.Path, cluster.Username is null ? "username" : "passwordFile"), $"is missing beside {(cluster.Username is null ? "passwordFile" : "username")}");
        }
        else if (cluster.Username is not null && cluster.BearerToken is not null)
        {
            reader.Faults.Add(ConfigurationNode.ChildPath(map.Path, "bearerTokenFile"), "is given beside username; keep one");
        }
    }

    private static bool TryParseName(string text, [NotNullWhen(true)] out string? result, out string? fault)
    {
        var isName = SubdomainName.IsValid(text);
        result = isName ? text : null;
        fault = isName ? null : "must be a DNS subdomain: small letters, digits, dots and hyphens";
        return isName;
    }

    private static bool TryParseSpan(string text, [NotNullWhen(true)] out string? result, out string? fault)
    {
        var isSpan = PrometheusAccess.IsTimeSpan(text);
        result = isSpan ? text : null;
        fault = isSpan ? null : "must be a time span as Prometheus has them: 14d, 12h";
        return isSpan;
    }

    private static bool TryParseEvery(string text, out TimeSpan result, out string? fault)
    {
        if (Duration.TryParse(text, out result, out fault) && result < TimeSpan.FromSeconds(10))
        {
            fault = "must be 10s or more";
        }

        return fault is null;
    }
}
