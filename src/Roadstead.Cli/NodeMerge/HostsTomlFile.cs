using Roadstead.Cli.NodeInstall;

namespace Roadstead.Cli.NodeMerge;

/// <summary>A hosts.toml that a node has. containerd, docs/hosts.md.</summary>
internal sealed class HostsTomlFile
{
    private const string Consequence = "The runtime then asks the registry itself, without a word. Mend it, then run this again.";
    private readonly TomlFile _file;

    private HostsTomlFile(TomlFile file) => _file = file;

    private TomlTable? Hosts => _file.Root["host"]?.Table;

    /// <summary>URLs of its hosts, and of the registry itself.</summary>
    public IEnumerable<string> Urls => (Hosts?.Items.Select(item => item.Key) ?? []).Concat(_file.Root["server"]?.String is { } server ? [server] : []);

    /// <summary>It says nothing that is not so without it, once our hosts are out of it.</summary>
    public bool IsOnlyOurs(OurMirrors ours) => (Hosts?.Items.All(item => ours.Has(item.Key)) ?? true) && _file.Root.Items.All(item => item.Key is "server" or "host" || (_file.Root["server"]?.String is { } server && ours.Has(server)));

    /// <summary>It shows a credential to a host.</summary>
    public bool HasSecret => _file.Headers.Any(header => header.Path[^1] == "header") || (Hosts?.Items.Any(item => item.Table?["header"] is not null) ?? false);

    /// <summary>Null: the runtime would not take it, and the faults say why.</summary>
    /// <param name="knowsReferrers">The runtime knows that capability, which came with containerd 2.2.</param>
    public static HostsTomlFile? Read(string path, string text, bool knowsReferrers, List<NodeFault> faults)
    {
        if (TomlFile.Read(path, text, faults, Consequence) is not { } file)
        {
            return null;
        }

        var count = faults.Count;
        void Fault(int line, string message) => faults.Add(new NodeFault(path, line, $"{message}. {Consequence}"));

        if (file.Root["server"] is { String: null } server)
        {
            Fault(server.Line, "server must be a URL in quotes");
        }

        Host(file.Root, knowsReferrers, Fault);
        if (file.Root["host"] is { Table: null } wrong)
        {
            Fault(wrong.Line, "host must be tables, [host.\"https://…\"]");
        }

        foreach (var host in file.Root["host"]?.Table?.Items ?? [])
        {
            if (host.Table?.Header is null)
            {
                faults.Add(new NodeFault(path, host.Line, $"the host {host.Key} is not a table with a header of its own, so no host can be put before it. Write it as [host.\"{host.Key}\"], then run this again."));
                continue;
            }

            if (host.Key.Contains("://", StringComparison.Ordinal) && !Uri.TryCreate(host.Key, UriKind.Absolute, out _))
            {
                Fault(host.Line, "the host is no URL");
            }

            Host(host.Table, knowsReferrers, Fault);
        }

        return faults.Count > count ? null : new HostsTomlFile(file);
    }

    /// <summary>The file without our hosts and with those of a rendered one before all others.</summary>
    /// <param name="rendered">Keys of the root, an empty line, and our host; null: ours only go.</param>
    /// <param name="isMirrorOnly">The keys of the root are ours to say.</param>
    public string With(string? rendered, bool isMirrorOnly, OurMirrors ours)
    {
        var gone = _file.Headers.Where(header => header.IsUnder("host") && header.Path.Count > 1 && ours.Has(header.Path[1]));
        var edits = gone.Select(header => header.Removal(_file.Text)).ToList();
        var (root, host) = Split(rendered ?? "");
        var ourRoot = isMirrorOnly || (_file.Root["server"]?.String is { } server && ours.Has(server));
        if (ourRoot)
        {
            List<TomlItem> replaced = [.. _file.Root.Items.Where(item => item.Value is not null && item.Key is "server" or "capabilities" or "override_path")];
            edits.AddRange(replaced.Select(item => new TextEdit(item.Place.Start, item.Place.End - item.Place.Start, "")));
            edits.Insert(0, new TextEdit(replaced.Count > 0 ? replaced.Min(item => item.Place.Start) : 0, 0, root));
        }

        var rest = TextEdit.Apply(_file.Text, edits);
        return host.Length == 0 ? rest : Insert(rest, host);
    }

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

    private static void Host(TomlTable table, bool knowsReferrers, Action<int, string> fault)
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
