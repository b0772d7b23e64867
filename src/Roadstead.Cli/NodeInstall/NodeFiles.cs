namespace Roadstead.Cli.NodeInstall;

/// <summary>
/// A node's files, to read: this machine's, or those of a file system that is mounted or unpacked elsewhere. Paths are absolute and as the node has them; links are
/// followed within the root, so that an absolute link of another system never leads to a file of this machine.
/// </summary>
public sealed class NodeFiles
{
    private const int MaxLinks = 40;
    private readonly IReadOnlyDictionary<string, byte[]?> _instead;

    /// <param name="root">The folder that is <c>/</c> on the node.</param>
    public NodeFiles(string root)
        : this(Path.GetFullPath(root), new Dictionary<string, byte[]?>())
    {
    }

    private NodeFiles(string root, IReadOnlyDictionary<string, byte[]?> instead) => (Root, _instead) = (root, instead);

    /// <summary>The folder that is <c>/</c> on the node.</summary>
    public string Root { get; }

    /// <summary>True if the node is this machine.</summary>
    public bool IsThisMachine => Root == "/";

    /// <summary>The same files, but some with other content; null: not there.</summary>
    public NodeFiles With(IReadOnlyDictionary<string, byte[]?> instead)
    {
        var all = new Dictionary<string, byte[]?>(_instead);
        foreach (var (path, content) in instead)
        {
            all[path] = content;
        }

        return new NodeFiles(Root, all);
    }

    /// <summary>The content of a file; null: there is none.</summary>
    /// <exception cref="OddFileException">It is there and is no file, or a link to nothing.</exception>
    /// <exception cref="IOException">It is there and cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The same.</exception>
    public byte[]? Bytes(string path)
    {
        if (_instead.TryGetValue(path, out var other))
        {
            return other;
        }

        var place = Locate(path);
        var link = LinkTarget(path);
        if (link is not null && Place(path) == NullDevice)
        {
            return [];
        }

        if (!File.Exists(place))
        {
            return link is null ? null
                : Directory.Exists(place) ? throw new OddFileException(path, "is a symbolic link to a folder, where a file belongs. Take it away, then run this again.")
                : throw new OddFileException(path, "is a symbolic link to nothing. Put there what it leads to, or take it away, then run this again.");
        }

        return SystemCalls.Status(place) is { IsFile: false }
            ? throw new OddFileException(path, "is no file, but a pipe, socket or device, which is not opened. Take it away, then run this again.")
            : File.ReadAllBytes(place);
    }

    /// <summary>The content of a file of text in UTF-8; null: there is none.</summary>
    /// <inheritdoc cref="Bytes"/>
    public string? Text(string path) => Bytes(path) is { } bytes ? System.Text.Encoding.UTF8.GetString(bytes) : null;

    public bool HasFile(string path) => _instead.TryGetValue(path, out var other) ? other is not null : File.Exists(Locate(path));

    public bool HasFolder(string path) => Directory.Exists(Locate(path));

    /// <summary>
    /// Paths of all that is right in a folder, is no folder, and has a name that ends so, in the order of their bytes; none if there is no such folder. A runtime
    /// reads links that lead nowhere and what is no file as well, and fails at them: so does <see cref="Bytes"/>.
    /// </summary>
    public IReadOnlyList<string> FilesIn(string folder, string suffix)
    {
        var place = Locate(folder);
        var names = Directory.Exists(place) ? new DirectoryInfo(place).EnumerateFileSystemInfos().Where(entry => entry is not DirectoryInfo || entry.LinkTarget is not null).Select(entry => entry.Name) : [];
        var added = _instead.Where(file => file.Value is not null && Path.GetDirectoryName(file.Key) == folder).Select(file => Path.GetFileName(file.Key));
        return [.. names.Concat(added).Where(name => name.EndsWith(suffix, StringComparison.Ordinal)).Distinct().Order(StringComparer.Ordinal).Select(name => $"{folder}/{name}").Where(path => !_instead.TryGetValue(path, out var other) || other is not null)];
    }

    // Whoever wants a file without effect links it there; below another root there need be no such device.
    private string NullDevice => Path.Combine(Root, "dev/null");

    private string? LinkTarget(string path) => new FileInfo(Path.Combine(Locate(Path.GetDirectoryName(path)!), Path.GetFileName(path))).LinkTarget;

    /// <summary>What the node calls a place on this machine that is below its root.</summary>
    public string NameOf(string place) => $"/{Path.GetRelativePath(Root, place)}";

    /// <summary>Paths of the folders right in a folder, in the order of their bytes; none if there is no such folder.</summary>
    public IReadOnlyList<string> FoldersIn(string folder)
    {
        var place = Locate(folder);
        var names = Directory.Exists(place) ? Directory.EnumerateDirectories(place).Select(inner => Path.GetFileName(inner)) : [];
        var added = _instead.Where(file => file.Value is not null && file.Key.StartsWith($"{folder}/", StringComparison.Ordinal)).Select(file => file.Key[(folder.Length + 1)..].Split('/')).Where(parts => parts.Length > 1).Select(parts => parts[0]);
        return [.. names.Concat(added).Distinct().Order(StringComparer.Ordinal).Select(name => $"{folder}/{name}")];
    }

    /// <summary>Where a file of the node is on this machine.</summary>
    /// <exception cref="IOException">Its links lead in a circle.</exception>
    public string Locate(string path) => IsThisMachine ? path : Place(path);

    /// <summary>The same without a link left in it, so that a file is replaced where it is, not a link to it.</summary>
    /// <exception cref="IOException">Its links lead in a circle.</exception>
    public string Place(string path)
    {
        var parts = new Stack<string>(path.Split('/').Reverse());
        var at = new List<string>();
        for (var links = 0; parts.TryPop(out var part);)
        {
            if (part is "" or ".")
            {
                continue;
            }

            if (part == "..")
            {
                at.RemoveRange(Math.Max(0, at.Count - 1), Math.Min(1, at.Count));
                continue;
            }

            var target = new FileInfo(Path.Combine([Root, .. at, part])).LinkTarget;
            if (target is null)
            {
                at.Add(part);
                continue;
            }

            if (++links > MaxLinks)
            {
                throw new IOException($"{path}: its symbolic links lead in a circle.");
            }

            if (target.StartsWith('/'))
            {
                at.Clear();
            }

            foreach (var step in target.Split('/').Reverse())
            {
                parts.Push(step);
            }
        }

        return Path.Combine([Root, .. at]);
    }
}

/// <summary>What stands where a file of text belongs cannot be read as one.</summary>
/// <param name="path">As the node has it.</param>
/// <param name="what">What it is and what to do, in words that follow the path.</param>
internal sealed class OddFileException(string path, string what) : IOException($"{path}: {what}")
{
    public NodeFault Fault { get; } = new(path, null, what);
}
