using Roadstead.Cli.NodeConfig;
using Roadstead.Cli.NodeInstall;

namespace Roadstead.Cli.NodeFormats;

/// <summary>A hosts.toml that a node has. containerd, docs/hosts.md.</summary>
internal sealed class HostsTomlFile
{
    public const string Consequence = "The runtime then asks the registry itself, without a word. Mend it, then run this again.";

    // Of the root, those that the rendered files have.
    private static readonly string[] RootKeys = ["server", "capabilities", "override_path"];

    private readonly TomlFile _file;

    private HostsTomlFile(TomlFile file) => _file = file;

    /// <summary>What it says of a host; null: it does not name it.</summary>
    public TomlTable? Host(string url) => Hosts?[url]?.Table;

    /// <summary>The first host that it names, and its line; null: it names none.</summary>
    public (string Url, int Line)? FirstHost => Hosts?.Items is [var first, ..] ? (first.Key, first.Table!.Line) : null;

    /// <summary>All hosts with what the file says of them, in the order in which they are asked.</summary>
    public IEnumerable<(string Url, TomlTable Table)> Named => Hosts?.Items.Select(item => (item.Key, item.Table!)) ?? [];

    /// <summary>What is asked behind all hosts; null: it is not said, which means the registry itself.</summary>
    public (string Url, int Line)? Server => _file.Root["server"] is { String: { } url, Line: var line } ? (url, line) : null;

    /// <summary>What the runtime shows a host as HTTP's Authorization; null: nothing.</summary>
    public string? Authorization(string url) => Host(url)?["header"]?.Table?.Items.FirstOrDefault(item => item.Key.Equals("authorization", StringComparison.OrdinalIgnoreCase))?.String;

    private TomlTable? Hosts => _file.Root["host"]?.Table;

    /// <summary>URLs of its hosts, and of the registry itself.</summary>
    public IEnumerable<string> Urls => (Hosts?.Items.Select(item => item.Key) ?? []).Concat(_file.Root["server"]?.String is { } server ? [server] : []);

    /// <summary>It says nothing that is not so without it, once our hosts are out of it.</summary>
    /// <param name="isOurs">Whether the host of a URL is the mirror.</param>
    public bool IsOnlyOurs(Func<string, bool> isOurs) => (Hosts?.Items.All(item => isOurs(item.Key)) ?? true) && _file.Root.Items.All(item => item.Key is "server" or "host" || (_file.Root["server"]?.String is { } server && isOurs(server)));

    /// <summary>It shows a credential to a host.</summary>
    public bool HasSecret => _file.Headers.Any(header => header.Path[^1] == "header") || (Hosts?.Items.Any(item => item.Table?["header"] is not null) ?? false);

    /// <summary>Where a folder has the file of a registry: of two places that there may be, the one that is looked into first.</summary>
    public static string PathOf(NodeFiles node, string certsD, string registry)
    {
        // A folder of this form is for file systems that take no colon.
        var underscored = $"{certsD}/{registry.Replace(':', '_')}_";
        return $"{(registry.Contains(':', StringComparison.Ordinal) && node.HasFolder(underscored) ? underscored : $"{certsD}/{registry}")}/hosts.toml";
    }

    /// <summary>True if a version of containerd may know the capability, which came with 2.2; one that does not refuses the file.</summary>
    public static bool KnowsReferrers(MirrorPlan plan) => !plan.IsBefore(2, 2);

    /// <summary>Null: the runtime would not take it, and the faults say why.</summary>
    /// <param name="knowsReferrers">See <see cref="KnowsReferrers"/>.</param>
    public static HostsTomlFile? Read(string path, string text, bool knowsReferrers, List<NodeFault> faults)
    {
        if (TomlFile.Read(path, text, faults, Consequence) is not { } file)
        {
            return null;
        }

        var count = faults.Count;
        void Fault(int line, string message) => faults.Add(new NodeFault(path, line, message, Consequence));

        if (file.Root["server"] is { String: null } server)
        {
            Fault(server.Line, "server must be a URL in quotes");
        }

        CheckKeys(file.Root, knowsReferrers, Fault);
        if (file.Root["host"] is { Table: null } wrong)
        {
            Fault(wrong.Line, "host must be tables, [host.\"https://…\"]");
        }

        foreach (var host in file.Root["host"]?.Table?.Items ?? [])
        {
            if (host.Table is null)
            {
                Fault(host.Line, $"the host {host.Key} must be a table");
                continue;
            }

            if (host.Key.Contains("://", StringComparison.Ordinal) && !Uri.TryCreate(host.Key, UriKind.Absolute, out _))
            {
                Fault(host.Line, "the host is no URL");
            }

            CheckKeys(host.Table, knowsReferrers, Fault);
        }

        return faults.Count > count ? null : new HostsTomlFile(file);
    }

    /// <summary>The same, of a file that is to get another host: null too where none can be put before those that are there.</summary>
    /// <inheritdoc cref="Read"/>
    public static HostsTomlFile? ReadToEdit(string path, string text, bool knowsReferrers, List<NodeFault> faults)
    {
        if (Read(path, text, knowsReferrers, faults) is not { } file)
        {
            return null;
        }

        List<TomlItem> odd = [.. file.Hosts?.Items.Where(host => host.Table!.Header is null) ?? []];
        faults.AddRange(odd.Select(host => new NodeFault(path, host.Line, $"the host {host.Key} is not a table with a header of its own, so no host can be put before it. Write it as [host.\"{host.Key}\"], then run this again.")));
        return odd.Count > 0 ? null : file;
    }

    /// <summary>The file without our hosts and with those of a rendered one before all others.</summary>
    /// <param name="rendered">Keys of the root, an empty line, and our host; null: ours only go.</param>
    /// <param name="isMirrorOnly">The keys of the root are ours to say.</param>
    /// <param name="isOurs">Whether the host of a URL is the mirror.</param>
    public string With(string? rendered, bool isMirrorOnly, Func<string, bool> isOurs)
    {
        var gone = _file.Headers.Where(header => header.IsUnder("host") && header.Path.Count > 1 && isOurs(header.Path[1]));
        var edits = gone.Select(header => header.Removal(_file.Text)).ToList();
        var (root, host) = Split(rendered ?? "");
        if (IsOurRoot(isMirrorOnly, isOurs))
        {
            List<TomlItem> replaced = [.. _file.Root.Items.Where(item => item.Value is not null && RootKeys.Contains(item.Key))];
            edits.AddRange(replaced.Select(item => new TextEdit(item.Place.Start, item.Place.End - item.Place.Start, "")));
            edits.Insert(0, new TextEdit(replaced.Count > 0 ? replaced.Min(item => item.Place.Start) : 0, 0, root));
        }

        var rest = TextEdit.Apply(_file.Text, edits);
        return host.Length == 0 ? rest : Insert(rest, host);
    }

    /// <summary>The key that would not say what it is to say in the text that <see cref="With"/> made, and its line; null: all is as it is to be.</summary>
    /// <inheritdoc cref="With"/>
    public (string Key, int? Line)? Wrong(string text, string rendered, bool isMirrorOnly, Func<string, bool> isOurs)
    {
        if (TomlFile.Read(_file.Path, text, [], "") is not { } after || TomlFile.Read(_file.Path, rendered, [], "") is not { } ours)
        {
            // Told elsewhere.
            return null;
        }

        var wish = (Hosts?.Items ?? []).Where(host => isOurs(host.Key)).Aggregate(TomlData.Of(_file.Root), (data, host) => data.Without("host", host.Key));
        if (IsOurRoot(isMirrorOnly, isOurs))
        {
            wish = RootKeys.Aggregate(wish, (data, key) => data.Without(key));
            wish = ours.Root.Items.Where(item => item.Key != "host").Aggregate(wish, (data, item) => data.With([item.Key], TomlData.Of(ours.Root).At(item.Key)!));
        }

        var first = ours.Root["host"]!.Table!.Items[0].Key;
        wish = wish.With(["host", first], TomlData.Of(ours.Root).At("host", first)!);
        var place = FileData.Difference(wish, TomlData.Of(after.Root)) ?? (after.Root["host"]?.Table?.Items[0].Key == first ? null : ["host"]);
        return place is null ? null : (string.Join('.', place.Take(1)), place.Count > 0 ? _file.Root[place[0]]?.Line : null);
    }

    private bool IsOurRoot(bool isMirrorOnly, Func<string, bool> isOurs) => isMirrorOnly || (_file.Root["server"]?.String is { } server && isOurs(server));

    /// <summary>A rendered file as it is, with certificates that the runtime trusted the registry by while there was no such file.</summary>
    public static string WithTrust(string rendered, IReadOnlyList<string> keys)
    {
        var (root, host) = Split(rendered);
        return keys.Count == 0 ? rendered : $"{root}{string.Concat(keys.Select(key => $"{key}\n"))}\n{host}";
    }

    private static (string Root, string Host) Split(string rendered)
    {
        var at = rendered.IndexOf("\n[host.", StringComparison.Ordinal);
        return at < 0 ? ("", "") : (rendered[..at], rendered[(at + 1)..]);
    }

    private static string Insert(string text, string host)
    {
        var lines = text.Split('\n').ToList();
        var first = lines.FindIndex(line => line.TrimStart().StartsWith('['));
        if (first < 0)
        {
            return text.Trim().Length == 0 ? host : $"{text.TrimEnd()}\n\n{host}";
        }

        // A comment right above a host is that host's.
        while (first > 0 && lines[first - 1].TrimStart().StartsWith('#'))
        {
            first--;
        }

        var head = string.Join('\n', lines[..first]).TrimEnd();
        return $"{head}{(head.Length > 0 ? "\n\n" : "")}{host}\n{string.Join('\n', lines[first..])}";
    }

    private static void CheckKeys(TomlTable table, bool knowsReferrers, Action<int, string> fault)
    {
        if (table["capabilities"] is { } capabilities)
        {
            if (capabilities.Strings is not { } words)
            {
                fault(capabilities.Line, "capabilities must be a list of words in quotes");
            }
            else if (words.FirstOrDefault(word => word is not ("pull" or "resolve" or "push") && !(word == "referrers" && knowsReferrers)) is { } unknown)
            {
                fault(capabilities.Line, $"the capability {unknown} is none that this runtime knows (pull, resolve, push{(knowsReferrers ? ", referrers" : "")})");
            }
        }

        foreach (var item in new[] { table["skip_verify"], table["override_path"] }.OfType<TomlItem>().Where(item => item.Flag is null))
        {
            fault(item.Line, $"{item.Key} must be true or false");
        }

        if (table["ca"] is { String: null, Strings: null } ca)
        {
            fault(ca.Line, "ca must be a path in quotes or a list of them");
        }
    }
}
