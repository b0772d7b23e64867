using System.Text;
using Roadstead.Cli.NodeInstall;
using Roadstead.Testing;

namespace Roadstead.Cli.Tests.NodeMerge;

/// <summary>What a node's files become, to the letter. ROADSTEAD_GOLDEN=write puts down what they become now, for a person to look at.</summary>
public class MergeGoldenTests
{
    public static TheoryData<string> Names => [.. MergeCases.All.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Becomes_what_it_became(string name)
    {
        var ready = MergeCases.Ready(MergeCases.Edit(name, MergeCases.Before(name)));
        Dictionary<string, string> files = ready.Files.Where(file => file.Content is not null).ToDictionary(file => $"after{file.Path}", file => file.Content!);
        files["report.txt"] = Report(ready);
        var folder = Path.Combine(MergeCases.Folder, name);
        if (Environment.GetEnvironmentVariable("ROADSTEAD_GOLDEN") == "write")
        {
            Write(folder, files);
        }

        var after = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(folder, path)).Where(path => !path.StartsWith("before/", StringComparison.Ordinal));
        Assert.Equal(files.Keys.Order(StringComparer.Ordinal), after.Order(StringComparer.Ordinal));
        Assert.All(files, file => Assert.Equal(MergeCases.Read(Path.Combine(folder, file.Key)), file.Value));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Is_the_same_when_done_again(string name)
    {
        using var node = new TemporaryFolder("node");
        MergeCases.Apply(name, MergeCases.Ready(MergeCases.Edit(name, MergeCases.Before(name))), node.Path);
        var first = Tree(node.Path);
        var again = MergeCases.Ready(MergeCases.Edit(name, new NodeFiles(node.Path)));
        again.Files.ToList().ForEach(file => MergeCases.Write(node.Path, file.Path, file.Content));
        Assert.Equal(first, Tree(node.Path));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Secrets_stand_in_files_that_say_so_and_nowhere_else(string name)
    {
        var ready = MergeCases.Ready(MergeCases.Edit(name, MergeCases.Before(name)));
        string[] secrets = ["canary-secret", "secret", "b3RoZXI6c2VjcmV0", "c2VjcmV0", "Y2FuYXJ5LXNlY3JldA"];
        Assert.All(ready.Notes, note => Assert.DoesNotContain(secrets[1..], secret => note.Contains(secret, StringComparison.Ordinal) && !note.Contains("secrets", StringComparison.Ordinal) && !note.Contains("pull secret", StringComparison.Ordinal)));
        Assert.All(ready.Files, file => Assert.False(!file.IsSecret && secrets.Any(secret => file.Content?.Contains(secret, StringComparison.Ordinal) ?? false), file.Path));
    }

    [Fact]
    public void There_is_no_folder_without_a_case() =>
        Assert.Equal(MergeCases.All.Keys.Order(StringComparer.Ordinal), Directory.EnumerateDirectories(MergeCases.Folder).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal));

    private static SortedDictionary<string, string> Tree(string root) =>
        new(Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories).ToDictionary(path => Path.GetRelativePath(root, path), MergeCases.Read), StringComparer.Ordinal);

    private static string Report(NodeEdit.Ready ready)
    {
        var text = new StringBuilder();
        foreach (var file in ready.Files)
        {
            text.Append(file.Content is null ? $"remove {file.Path} (reload {file.Reload})\n" : $"{file.Path} (mode 0{Convert.ToString((int)file.Mode, 8)}, reload {file.Reload}{(file.IsSecret ? ", secret" : "")})\n");
        }

        text.Append($"services: {string.Join(", ", ready.Services)}\n");
        ready.Notes.ToList().ForEach(note => text.Append($"note: {note}\n"));
        return text.ToString();
    }

    private static void Write(string folder, Dictionary<string, string> files)
    {
        if (Directory.Exists(Path.Combine(folder, "after")))
        {
            Directory.Delete(Path.Combine(folder, "after"), recursive: true);
        }

        foreach (var (path, content) in files)
        {
            MergeCases.Write(folder, path, content);
        }
    }
}
