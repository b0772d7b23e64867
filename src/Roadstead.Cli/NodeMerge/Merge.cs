using Roadstead.Cli.NodeConfig;
using Roadstead.Cli.NodeFormats;
using Roadstead.Cli.NodeInstall;

namespace Roadstead.Cli.NodeMerge;

/// <summary>One runtime's configuration on its way into a node's files.</summary>
internal sealed class Merge(MirrorPlan plan, RuntimeConfiguration configuration, NodeFiles before, OurMirrors ours)
{
    private readonly List<FileEdit> _files = [];

    public MirrorPlan Plan => plan;

    public RuntimeConfiguration Configuration => configuration;

    public NodeFiles Before => before;

    public OurMirrors Ours => ours;

    public List<NodeFault> Faults { get; } = [];

    public List<string> Notes { get; } = [.. configuration.Notes];

    /// <summary>The rendered file of a path; null: the plan needs none.</summary>
    public ConfigFile? Rendered(string path) => configuration.Files.FirstOrDefault(file => file.Path == path);

    public void Put(ConfigFile file) => Put(file, file.Content);

    public void Put(ConfigFile file, string content)
    {
        if (content.Contains('\uFFFD', StringComparison.Ordinal))
        {
            Fault(file.Path, 1 + content.AsSpan(0, content.IndexOf('\uFFFD', StringComparison.Ordinal)).Count('\n'), "is not in UTF-8, and what is not could not be kept as it is. Write it in UTF-8, then run this again.");
        }

        // What the node has before its text stays there.
        if (Path.GetExtension(file.Path) is ".toml" or ".yaml" && ByteOrderMark.IsBefore(before.Text(file.Path) ?? ""))
        {
            content = ByteOrderMark.Sign + ByteOrderMark.Without(content);
        }

        // An odd form of the file could make an edit of it wrong.
        var wrong = new List<NodeFault>();
        if (Path.GetExtension(file.Path) is ".toml" && TomlFile.Read(file.Path, content, wrong, "") is null)
        {
            Fault(file.Path, wrong[0].Line, "is of a form that cannot be added to. Write its tables out, each with a header of its own, then run this again.");
        }

        _files.Add(new FileEdit(file.Path, content, file.Mode, file.Reload, file.IsSecret, file.Placement == Placement.Shared));
    }

    /// <summary>Takes a file away that the node has.</summary>
    public void Remove(string path, Reload reload) => _files.Add(new FileEdit(path, null, default, reload));

    public void Fault(string path, int? line, string message) => Faults.Add(new NodeFault(path, line, message));

    /// <summary>The node's files as they would be.</summary>
    public NodeFiles After() => before.With(_files.ToDictionary(file => file.Path, file => file.Content is { } content ? System.Text.Encoding.UTF8.GetBytes(content) : null));

    public NodeEdit Result() => Faults.Count > 0
        ? new NodeEdit.Faulty([], [.. Faults.Distinct()])
        : new NodeEdit.Ready([.. _files.OrderBy(Turn)], [.. Notes.Distinct()], configuration.Services);

    // A file stands before what names it: no pull may find the one without the other. What replaces a file stands before it goes.
    private static int Turn(FileEdit file) => file.Content is null ? 3 : file.Path.EndsWith(".crt", StringComparison.Ordinal) ? 0 : file.Path.EndsWith(".json", StringComparison.Ordinal) && file.IsSecret ? 1 : 2;
}
