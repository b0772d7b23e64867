using Roadstead.Testing.Processes;

namespace Roadstead.Testing.Images;

/// <summary>Where this machine gets its distribution from, as lines for mmdebstrap.</summary>
internal static class AptSources
{
    /// <summary>The sources of the distribution itself, without those of third parties, which a root file system need not wait for.</summary>
    public static async Task<(string Codename, IReadOnlyList<string> Lines)> Read()
    {
        var release = (await File.ReadAllLinesAsync("/etc/os-release"))
            .Select(line => line.Split('=', 2))
            .Where(pair => pair.Length == 2)
            .ToDictionary(pair => pair[0], pair => pair[1].Trim('"'));
        var targets = await Command.Run("apt-get", ["indextargets", "--format", "$(ORIGIN)|$(REPO_URI)|$(RELEASE)|$(COMPONENT)", "Created-By: Packages"]);
        var lines = targets.OrThrow().Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split('|'))
            .Where(parts => parts.Length == 4 && string.Equals(parts[0], release["ID"], StringComparison.OrdinalIgnoreCase))
            .Select(parts => $"deb {parts[1]} {parts[2]} {parts[3]}")
            .Distinct()
            .Order(StringComparer.Ordinal)
            .ToList();
        return lines.Count > 0
            ? (release["VERSION_CODENAME"], lines)
            : throw new InvalidOperationException("apt knows no packages of this distribution; run apt-get update.");
    }

    /// <summary>The proxy settings of this machine's apt, which mmdebstrap's own apt does not see.</summary>
    public static async Task<IReadOnlyList<string>> Proxies()
    {
        var dump = await Command.Run("apt-config", ["dump"]);
        return [.. dump.OrThrow().Output.Split('\n').Where(line => line.StartsWith("Acquire::", StringComparison.Ordinal) && line.Contains("Proxy", StringComparison.OrdinalIgnoreCase))];
    }
}
