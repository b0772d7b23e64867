using System.Diagnostics;
using System.Globalization;
using Roadstead.Cli.NodeConfig;

namespace Roadstead.Cli.NodeInstall;

/// <summary>A process of a runtime.</summary>
internal readonly record struct RuntimeProcess(int Id, DateTimeOffset Started);

/// <summary>Finds the processes of a runtime that see the node's files as theirs: not those of another container, which has files of its own.</summary>
internal sealed class RuntimeProcesses(NodeFiles files)
{
    private const string Processes = "/proc";

    public IReadOnlyList<RuntimeProcess> Find(string runtime, IReadOnlyList<string> paths) =>
    [
        .. from folder in Directory.EnumerateDirectories(Processes)
           let id = int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0
           where id > 0 && Try(() => Is(folder, runtime) && paths.Any(path => Sees(folder, path)))
           let started = Start(id)
           where started is not null
           select new RuntimeProcess(id, started.Value),
    ];

    private static bool Is(string process, string runtime)
    {
        var program = runtime == "docker" ? "dockerd" : runtime;
        if (Path.GetFileName(new FileInfo($"{process}/exe").LinkTarget) != program && File.ReadAllText($"{process}/comm").Trim() != program)
        {
            return false;
        }

        // dockerd, k3s and RKE2 run a containerd of their own, with a file of their own.
        var words = File.ReadAllText($"{process}/cmdline").Split('\0');
        var config = words.SkipWhile(word => word is not ("-c" or "--config")).Skip(1).FirstOrDefault() ?? words.FirstOrDefault(word => word.StartsWith("--config=", StringComparison.Ordinal))?["--config=".Length..];
        return runtime != "containerd" || config is null or Containerd.ConfigToml;
    }

    /// <summary>Whether a path leads a process to the node's folder.</summary>
    private bool Sees(string process, string path)
    {
        var own = new NodeFiles($"{process}/root");
        for (var folder = Path.GetDirectoryName(path); folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (SystemCalls.Status(files.Place(folder)) is { } ours)
            {
                return SystemCalls.Status(own.Place(folder)) is { } theirs && theirs.IsSameAs(ours);
            }
        }

        return false;
    }

    private static DateTimeOffset? Start(int id)
    {
        try
        {
            using var process = Process.GetProcessById(id);
            return process.StartTime;
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }

    // A process may end while it is looked at; others may not be looked at.
    private static bool Try(Func<bool> look)
    {
        try
        {
            return look();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
