using Roadstead.Testing.Processes;

namespace Roadstead.Bench.Machine;

/// <summary>The versions of all that takes part, as the programs tell them.</summary>
internal static class Versions
{
    /// <param name="server">The program of roadstead-server.</param>
    /// <param name="root">The repository.</param>
    public static async Task<SortedDictionary<string, string>> Read(string server, string root) => new(StringComparer.Ordinal)
    {
        ["roadstead-server"] = $"{await FirstLine(server, "--version")} ({await Commit(root)})",
        ["nginx"] = await Package("nginx-light", "nginx"),
        ["docker-registry"] = await Package("docker-registry"),
        ["wrk"] = await Package("wrk"),
        ["hyperfine"] = await Package("hyperfine"),
        ["skopeo"] = await Package("skopeo"),
        [".NET of the bench"] = Environment.Version.ToString(),
    };

    private static async Task<string> Commit(string root)
    {
        var commit = await FirstLine("git", "-C", root, "rev-parse", "--short", "HEAD");
        var changed = await Command.Run("git", ["-C", root, "status", "--porcelain", "--untracked-files=no", "--", "src"]);
        return changed.Output.Length == 0 ? commit : commit + ", changed since";
    }

    private static async Task<string> FirstLine(string program, params string[] arguments)
    {
        var result = await Command.Run(program, arguments);
        return result.Succeeded ? result.Output.Split('\n')[0].Trim() : "?";
    }

    private static async Task<string> Package(params string[] names)
    {
        foreach (var name in names)
        {
            var result = await Command.Run("dpkg-query", ["-W", "-f", "${Version}", name]);
            if (result.Succeeded && result.Output.Length > 0)
            {
                return result.Output;
            }
        }

        return "?";
    }
}
