using Roadstead.Cli.NodeInstall;
using Roadstead.Oci;

namespace Roadstead.Cli.NodeFormats;

/// <summary>The rules by which containers/image takes or refuses a file of registries. containers/image, pkg/sysregistriesv2.</summary>
internal sealed class RegistriesConfRules(string path, List<NodeFault> faults)
{
    private const string AllFail = "Every pull of this node fails because of it.";

    /// <summary>A host and path without the slash at its end; empty: it is not there, or is wrong.</summary>
    public string Location(TomlItem? item)
    {
        if (item is null)
        {
            return "";
        }

        if (item.String is not { } text)
        {
            Fault(item.Line, $"{item.Key} must be a string in quotes", AllFail);
            return "";
        }

        if (text.StartsWith("http://", StringComparison.Ordinal) || text.StartsWith("https://", StringComparison.Ordinal))
        {
            Fault(item.Line, $"{item.Key} begins with a scheme; write host and path only", AllFail);
        }

        return text.TrimEnd('/');
    }

    public bool Flag(TomlItem? item)
    {
        if (item is not null && item.Flag is null)
        {
            Fault(item.Line, $"{item.Key} must be true or false", AllFail);
        }

        return item?.Flag ?? false;
    }

    public void SearchRegistries(TomlItem? item)
    {
        if (item is not null && item.Strings is null)
        {
            Fault(item.Line, $"{item.Key} must be a list of strings", AllFail);
        }

        foreach (var name in item?.Strings?.Where(name => name.Contains("://", StringComparison.Ordinal)) ?? [])
        {
            Fault(item!.Line, $"{item.Key} names a registry with a scheme; write the host only", AllFail);
        }
    }

    public bool Registry(TomlTable table, string prefix, string location)
    {
        if (prefix.Length == 0 && location.Length == 0)
        {
            Fault(table.Line, "[[registry]] has neither prefix nor location", AllFail);
            return false;
        }

        if (location.Length == 0 && !prefix.StartsWith("*.", StringComparison.Ordinal))
        {
            Fault(table.Line, $"[[registry]] of {prefix} has no location, which only a prefix as *.example.com may lack", AllFail);
        }

        if (table["pull-from-mirror"] is { } pull)
        {
            Fault(pull.Line, "pull-from-mirror is for [[registry.mirror]] alone", AllFail);
        }

        if (table["mirror"] is { Tables: null } mirror && mirror.Raw != "[]")
        {
            Fault(mirror.Line, "mirror must be tables, [[registry.mirror]]", AllFail);
        }

        return true;
    }

    public bool Mirror(TomlTable table, string location, bool isByDigestOnly)
    {
        if (location.Length == 0)
        {
            Fault(table.Line, "[[registry.mirror]] has no location", AllFail);
            return false;
        }

        Flag(table["insecure"]);
        if (table["pull-from-mirror"] is { } pull)
        {
            if (pull.String is not ("all" or "digest-only" or "tag-only" or ""))
            {
                Fault(pull.Line, "pull-from-mirror must be all, digest-only or tag-only", AllFail);
            }
            else if (isByDigestOnly && pull.String.Length > 0)
            {
                Fault(pull.Line, "pull-from-mirror must not stand below mirror-by-digest-only", AllFail);
            }
        }

        return true;
    }

    /// <summary>A rewritten name must be one in full, or pulls of this prefix fail before anything is tried; those of others do not.</summary>
    public IEnumerable<NodeFault> Rewrites(string prefix, string location, int line, IReadOnlyList<MirrorEntry> mirrors)
    {
        foreach (var mirror in mirrors.Where(mirror => mirror.EndsWithSlash))
        {
            yield return new NodeFault(path, mirror.LocationLine, $"the location of a mirror ends with a slash, so every pull of {prefix} fails before anything is tried", $"Write {mirror.Location}, then run this again.");
        }

        foreach (var (target, at) in mirrors.Select(mirror => (mirror.Location, mirror.Line)).Append((location.Length == 0 ? prefix : location, line)))
        {
            var parts = target.Split('/');
            var fault = target == prefix ? null
                : parts.Length > 0 && !RegistryName.LooksLikeHost(parts[0]) ? $"the host {parts[0]} has neither a dot nor a port"
                : parts.Skip(1).Any(part => part.Length == 0 || part.Any(char.IsAsciiLetterUpper)) ? $"the path of {target} has upper-case letters or an empty part"
                : target.Length >= RepositoryName.MaxLength ? $"the location makes names of more than {RepositoryName.MaxLength} characters"
                : null;
            if (fault is not null)
            {
                yield return new NodeFault(path, at, $"{fault}, so every pull of {prefix} fails before anything is tried", "Write a location that is host and path in full, in lower case.");
            }
        }
    }

    /// <summary>One location must not be secure here and insecure there.</summary>
    public void Locations(IReadOnlyList<RegistryEntry> entries)
    {
        foreach (var group in entries.Where(entry => !entry.Location.StartsWith("*.", StringComparison.Ordinal)).GroupBy(entry => entry.Location))
        {
            foreach (var other in group.Skip(1))
            {
                var key = other.IsInsecure != group.First().IsInsecure ? "insecure" : other.IsBlocked != group.First().IsBlocked ? "blocked" : null;
                if (key is not null)
                {
                    Fault(other.Line, $"{other.Location} is {key} here and not on line {group.First().Line}, or the other way round", $"{AllFail} Say the same in both.");
                }
            }
        }
    }

    private void Fault(int line, string what, string consequence) => faults.Add(new NodeFault(path, line, what, consequence));
}
