namespace Roadstead.Cli.NodeFormats;

/// <summary>Which names of images a prefix of registries.conf is about. containers-registries.conf(5).</summary>
internal static class RegistryPrefix
{
    /// <param name="name">Of an image without tag and digest, in full.</param>
    public static bool Covers(string prefix, string name)
    {
        // A wildcard stands for the first labels of a host; a path may follow it.
        var isWildcard = prefix.StartsWith("*.", StringComparison.Ordinal);
        var at = isWildcard ? name.IndexOf(prefix[1..], StringComparison.Ordinal) : name.StartsWith(prefix, StringComparison.Ordinal) ? 0 : -1;
        var end = at + prefix.Length - (isWildcard ? 1 : 0);
        return at >= 0 && !name[..at].Contains('/', StringComparison.Ordinal) && (end == name.Length || name[end] is '/' or ':');
    }

    /// <summary>True if a prefix is about a part of a registry's images, which an entry of the registry's name then does not count for.</summary>
    public static bool IsBelow(string prefix, string registry) =>
        prefix.IndexOf('/', StringComparison.Ordinal) is var slash and > 0 && Covers(prefix[..slash], registry) && (prefix[0] == '*' || prefix[..slash] == registry);

    /// <summary>What a prefix adds to its host, as <c>/library</c>; empty: nothing.</summary>
    public static string Path(string prefix) => prefix.IndexOf('/', StringComparison.Ordinal) is var slash and > 0 ? prefix[slash..] : "";
}
