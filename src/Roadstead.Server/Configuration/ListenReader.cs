namespace Roadstead.Server.Configuration;

/// <summary>Reads <c>listen</c>.</summary>
internal static class ListenReader
{
    private static readonly ListenOptions Default = new(new Uri("http://127.0.0.1:5000"));

    public static IReadOnlyList<ListenOptions> Read(MapNode root, ConfigurationReader reader)
    {
        if (root.Child("listen") is not ListNode list)
        {
            return [Default];
        }

        if (list.Items.Count == 0)
        {
            reader.Faults.Add(list.Path, "is empty; leave the key out for http://127.0.0.1:5000");
        }

        var urls = new List<BaseUrl>();
        var options = new List<ListenOptions>();
        foreach (var item in list.Items)
        {
            if (UrlOf(item, reader) is not { } node || Entry(node, reader.Faults) is not { } url)
            {
                continue;
            }

            if (urls.Find(other => Overlaps(url, other)) is not null)
            {
                reader.Faults.Add(node.Path, "listens on an address and port that another entry has already");
            }

            urls.Add(url);
            options.Add(new ListenOptions(url.ToUri(), AnyAddress: url.IsWildcard || IsName(url), Project: ProjectOf(item, reader)));
        }

        return options;
    }

    private static ScalarNode? UrlOf(ConfigurationNode item, ConfigurationReader reader)
    {
        if (item is not MapNode map)
        {
            return item as ScalarNode;
        }

        if (map.Child("url") is null)
        {
            reader.Faults.Add($"{map.Path}.url", "is missing");
        }

        return map.Child("url") as ScalarNode;
    }

    private static string? ProjectOf(ConfigurationNode item, ConfigurationReader reader) => item is MapNode map ? reader.Text(map, "project") : null;

    private static BaseUrl? Entry(ScalarNode item, ConfigurationFaults faults)
    {
        if (!BaseUrl.TryParseListen(item.Text ?? "", out var url, out var fault))
        {
            faults.Add(item.Path, fault);
            return null;
        }

        // Each of localhost's two addresses would get a port of its own; Kestrel refuses it.
        if (url is { Host: "localhost", Port: 0 })
        {
            faults.Add(item.Path, "cannot take a free port on localhost, which is two addresses; write 127.0.0.1 or [::1]");
        }

        if (IsName(url))
        {
            faults.Warn(item.Path, "a name other than localhost listens on every address");
        }

        return url;
    }

    private static bool IsName(BaseUrl url) => !url.IsWildcard && url.Host != "localhost" && new Uri($"http://{url.Host}").HostNameType == UriHostNameType.Dns;

    /// <summary>True where the second of two sockets could not be bound. Port 0 is another port each time.</summary>
    private static bool Overlaps(BaseUrl left, BaseUrl right) =>
        left.Port == right.Port && left.Port != 0 && Addresses(left).Any(a => Addresses(right).Any(b => Covers(a, b) || Covers(b, a)));

    private static string[] Addresses(BaseUrl url) => url.Host switch
    {
        "localhost" => ["127.0.0.1", "[::1]"],
        _ when url.IsWildcard || IsName(url) => ["[::]"],
        _ => [new Uri($"http://{url.Host}").Host],
    };

    /// <summary>The unspecified IPv6 address takes IPv4 too.</summary>
    private static bool Covers(string all, string one) => all == one || all == "[::]" || (all == "0.0.0.0" && !one.StartsWith('['));
}
