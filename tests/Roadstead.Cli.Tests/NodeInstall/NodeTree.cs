using System.Globalization;
using Roadstead.Testing;
using Roadstead.Testing.Cli;
using Roadstead.Testing.Processes;

namespace Roadstead.Cli.Tests.NodeInstall;

/// <summary>A node's file system below a temporary folder, with files as distributions and people leave them: of other owners, modes and times.</summary>
internal sealed class NodeTree : IDisposable
{
    public static readonly string[] Mirror = ["--mirror", "https://mirror.example:5000", "--registry", "docker.io=dockerhub", "--registry", "quay.io=quay"];

    private readonly TemporaryFolder _folder = new("node");

    /// <param name="programs">Those that are in its /usr/bin.</param>
    public NodeTree(params string[] programs)
    {
        foreach (var folder in new[] { "usr/bin", "etc/containers/registries.conf.d", "etc/docker", "etc/containerd", "var/lib" })
        {
            _folder.Subfolder(folder);
        }

        foreach (var program in programs)
        {
            Write($"/usr/bin/{program}", "");
        }
    }

    /// <summary>A drop-in as somebody writes it by hand who has read how, of one registry.</summary>
    public const string ByHand = "# mine\n[[registry]]\nprefix = \"docker.io\"\nlocation = \"docker.io\"\n[[registry.mirror]]\nlocation = \"mirror.example:5000/dockerhub\"\n";

    public string Root => _folder.Path;

    /// <summary>Where a file of the node is.</summary>
    public string this[string path] => _folder[path.TrimStart('/')];

    public string Text(string path) => File.ReadAllText(this[path]);

    public bool Has(string path) => Path.Exists(this[path]);

    /// <summary>Writes a file with a time to the nanosecond, a mode and an owner that nobody would give it by default.</summary>
    public void Write(string path, string content, int mode = 0b110_100_000, int owner = 12, int group = 34)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(this[path])!);
        File.WriteAllText(this[path], content);
        Command.Run("sh", ["-ec", "chown $2:$3 \"$1\"; chmod $4 \"$1\"; touch -d '2020-02-03 04:05:06.123456789Z' \"$1\"", "sh", this[path], $"{owner}", $"{group}", Convert.ToString(mode, 8)])
            .GetAwaiter().GetResult().OrThrow();
    }

    public Task<CommandResult> Install(params string[] words) => Run("install", words);

    public Task<CommandResult> Uninstall(params string[] words) => Run("uninstall", words);

    public Task<CommandResult> Run(string command, params string[] words) => RunBy([], command, words);

    /// <summary>Runs it by a program that runs the one after its words.</summary>
    public Task<CommandResult> RunBy(IReadOnlyList<string> by, string command, params string[] words) =>
        RoadsteadCli.Run(by, new Dictionary<string, string?>(), ["node", command, "--root", Root, .. words]);

    public Task<string> Snapshot() => FileTree.Of(Root);

    public static string ModeOf(string path) => Convert.ToString((int)File.GetUnixFileMode(path), 8).PadLeft(4, '0').ToString(CultureInfo.InvariantCulture);

    public void Dispose() => _folder.Dispose();
}
