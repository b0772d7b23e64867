using System.Runtime.CompilerServices;
using System.Text;
using Roadstead.Cli.NodeConfig;
using Roadstead.Cli.NodeInstall;
using Roadstead.Cli.NodeMerge;
using Roadstead.Cli.Tests.NodeConfig;

namespace Roadstead.Cli.Tests.NodeMerge;

/// <summary>Nodes that have something already: Golden/NAME/before is the node, Golden/NAME/after what its files become.</summary>
internal static class MergeCases
{
    private static readonly string[] Former = ["old.example:5000"];
    private static readonly MirrorPlan Trusted = Plans.Plain with { CaPem = Plans.CaPem };
    private static readonly MirrorPlan WithCredential = Plans.Plain with { Credential = Plans.Credential };
    private static readonly MirrorPlan MirrorOnly = Plans.Plain with { MirrorOnly = true };

    /// <summary>The plan of each; the runtime is the first word of the name.</summary>
    public static IReadOnlyDictionary<string, MirrorPlan> All { get; } = new Dictionary<string, MirrorPlan>
    {
        ["crio-nothing"] = Trusted with { Credential = Plans.Credential },
        ["crio-same-prefix"] = Trusted,
        ["crio-later-drop-in"] = Plans.Plain,
        ["crio-edited"] = WithCredential,
        ["crio-form-1"] = MirrorOnly,
        ["crio-global-auth-file"] = WithCredential,
        ["crio-other-folder"] = Plans.Plain,
        ["crio-digest-only"] = Plans.Plain with { DigestOnly = true },
        ["crio-by-digest-only"] = Plans.Plain,
        ["crio-sigstore-attachments"] = Plans.Plain with { SigstoreAttachments = true },
        ["podman-credential"] = WithCredential,
        ["podman-mirrors-on-one-line"] = Plans.Plain,
        ["containerd-nothing"] = Trusted.For("2.2"),
        ["containerd-config-1"] = Plans.Plain.For("1.6"),
        ["containerd-config-1-cri"] = Plans.Plain.For("1.6"),
        ["containerd-config-2-mirrors"] = Plans.Plain.For("1.7"),
        ["containerd-config-3"] = Plans.Plain.For("2.1"),
        ["containerd-imports"] = Trusted.For("1.7"),
        ["containerd-config-without-cri"] = Plans.Plain.For("1.7"),
        ["containerd-hosts"] = (Trusted with { Credential = Plans.Credential }).For("1.7"),
        ["containerd-mirror-only"] = MirrorOnly.For("1.7"),
        ["containerd-port"] = Plans.Plain with { Registries = [Plans.Registry("registry.example:5000", "site"), Plans.Registry("plain.example:80", "plain")] },
        ["containerd-byte-order-mark"] = Plans.Plain.For("1.7"),
        ["containerd-version-in-hexadecimal"] = Plans.Plain.For("1.7"),
        ["docker-daemon-json"] = (Plans.Plain with { Insecure = true }).For("27"),
        ["docker-daemon-json-compact"] = Trusted.For("27"),
        ["docker-mirror-only"] = MirrorOnly.For("28"),
        ["k3s-block"] = Trusted with { Credential = Plans.Credential },
        ["k3s-flow"] = Trusted,
        ["k3s-empty-keys"] = Trusted,
        ["k3s-elsewhere"] = Plans.Plain,
        ["k3s-mirror-only"] = MirrorOnly,
        ["k3s-byte-order-mark"] = Plans.Plain,
        ["k3s-anchors-elsewhere"] = Plans.Plain,
        ["rke2-block"] = Plans.Plain,
        ["microk8s-hosts"] = Plans.Plain,
    };

    public static string Folder { get; } = FindFolder();

    public static NodeRuntime Runtime(string name) => Runtimes.Named(name.Split('-')[0])!;

    public static NodeFiles Before(string name) => new(Path.Combine(Folder, name, "before"));

    public static NodeEdit Edit(string name, NodeFiles node) => NodeEdits.For(Runtime(name), All[name], node, Former);

    public static NodeEdit.Ready Ready(NodeEdit edit) => edit switch
    {
        NodeEdit.Ready ready => ready,
        NodeEdit.Faulty(var plan, var files) => throw new InvalidOperationException(string.Join('\n', plan.Cast<object>().Concat(files))),
        _ => throw new InvalidOperationException($"{edit}"),
    };

    /// <summary>Puts a node as a case has it, with the files of an edit, below a folder.</summary>
    public static void Apply(string name, NodeEdit.Ready edit, string root)
    {
        var before = Path.Combine(Folder, name, "before");
        foreach (var file in Directory.Exists(before) ? Directory.EnumerateFiles(before, "*", SearchOption.AllDirectories) : [])
        {
            Write(root, Path.GetRelativePath(before, file), Read(file));
        }

        foreach (var file in edit.Files)
        {
            Write(root, file.Path, file.Content);
        }
    }

    /// <summary>All of a file, a byte-order mark too.</summary>
    public static string Read(string path) => Encoding.UTF8.GetString(File.ReadAllBytes(path));

    public static void Write(string root, string path, string? content)
    {
        var place = Path.Combine(root, path.TrimStart('/'));
        if (content is null)
        {
            File.Delete(place);
            return;
        }

        Directory.CreateDirectory(Path.GetDirectoryName(place)!);
        File.WriteAllText(place, content);
    }

    private static string FindFolder([CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "Golden");
}
