using System.Text;
using CsCheck;
using Roadstead.Cli.NodeInstall;
using Roadstead.Cli.NodeMerge;
using Roadstead.Cli.Tests.NodeConfig;
using Tomlyn;
using Tomlyn.Model;
using TomlTable = Tomlyn.Model.TomlTable;

namespace Roadstead.Cli.Tests.NodeMerge;

/// <summary>Whatever a node has of registries, its mirrors stay.</summary>
public class RegistriesConfProperties
{
    private const string Main = "/etc/containers/registries.conf";
    private static readonly Gen<string> Prefix = Gen.OneOf("docker.io", "quay.io", "ghcr.io", "docker.io/library", "*.example.com", "site.example:5000/a");
    private static readonly Gen<string> Location = Gen.OneOf("cache.example:5000/hub", "near.example", "far.example/a/b", "old.example:5000/dockerhub", "mirror.example:5000/dockerhub");
    private static readonly Gen<string> Mirror = Gen.Select(Location, Gen.Bool, (location, insecure) => $"[[registry.mirror]] # m\nlocation = '{location}'\n{(insecure ? "insecure = true\n" : "")}\n");
    private static readonly Gen<string> Registry = Gen.Select(Prefix, Gen.Bool, Gen.Bool, Mirror.Array[0, 3], (prefix, blocked, odd, mirrors) =>
        $"[[registry]]\nprefix = \"{prefix}\"\nlocation = \"{prefix.TrimStart('*', '.')}\"\n{(blocked ? "blocked = true\n" : "")}{(odd ? "unknown = [1, \"ü\"] # odd\n" : "")}{string.Concat(mirrors)}");

    private static readonly Gen<string> Text = Registry.Array[0, 3].Select(entries => string.Concat(entries));
    private static readonly Gen<string> Name = Gen.OneOf("00-a.conf", "50-mirror.conf", "51-mirror.conf", "60.conf", "99-z.conf", "zzz.conf");

    [Fact]
    public void Every_prefix_keeps_its_mirrors_and_gets_ours_first() => Gen.Select(Text, Gen.Select(Name, Text).Array[0, 3], (main, dropIns) => (Main: main, DropIns: dropIns)).Sample(node =>
    {
        var files = new Dictionary<string, byte[]?> { [Main] = Encoding.UTF8.GetBytes(node.Main) };
        foreach (var (name, text) in node.DropIns)
        {
            files[$"{Main}.d/{name}"] = Encoding.UTF8.GetBytes(text);
        }

        var before = new NodeFiles("/nonexistent").With(files);
        var edit = NodeEdits.For(MergeCases.Runtime("crio"), Plans.Plain, before, ["old.example:5000"]);
        if (edit is NodeEdit.Faulty(_, var faults))
        {
            // Nothing but one location with two answers is wrong in what is generated.
            Assert.All(faults, fault => Assert.Contains("here and not on line", fault.Message, StringComparison.Ordinal));
            return;
        }

        var after = before.With(MergeCases.Ready(edit).Files.ToDictionary(file => file.Path, file => file.Content is null ? null : Encoding.UTF8.GetBytes(file.Content)));
        var (was, became) = (Mirrors(before), Mirrors(after));
        foreach (var (prefix, project) in new[] { ("docker.io", "dockerhub"), ("quay.io", "quay") })
        {
            Assert.Equal([$"mirror.example:5000/{project}", .. Theirs(was.GetValueOrDefault(prefix, []))], became[prefix].Take(1 + Theirs(was.GetValueOrDefault(prefix, [])).Count));
            Assert.DoesNotContain(became[prefix].Skip(1), mirror => mirror.StartsWith("old.", StringComparison.Ordinal) || mirror.StartsWith("mirror.", StringComparison.Ordinal));
        }

        // An entry of another prefix goes only with a file of which every entry had our mirror.
        Assert.All(was.Where(entry => entry.Key is not ("docker.io" or "quay.io") && Theirs(entry.Value).Count == entry.Value.Count), entry => Assert.Equal(entry.Value, became[entry.Key]));
        Assert.Equal(MergeCases.Ready(edit).Files.Where(file => file.Content is not null).Select(file => (file.Path, file.Content)),
            MergeCases.Ready(NodeEdits.For(MergeCases.Runtime("crio"), Plans.Plain, after, ["old.example:5000"])).Files.Select(file => (file.Path, file.Content)));
    }, iter: 1000, print: node => $"{node.Main}\n{string.Join('\n', node.DropIns.Select(file => $"=== {file.Item1}\n{file.Item2}"))}");

    private static List<string> Theirs(IEnumerable<string> mirrors) => [.. mirrors.Where(mirror => !mirror.StartsWith("old.", StringComparison.Ordinal) && !mirror.StartsWith("mirror.", StringComparison.Ordinal)).Distinct()];

    // As containers/image reads them: the last file with a prefix, in it the first entry.
    private static Dictionary<string, List<string>> Mirrors(NodeFiles node)
    {
        var mirrors = new Dictionary<string, List<string>>();
        string[] paths = [Main, .. node.FilesIn($"{Main}.d", ".conf")];
        foreach (var path in paths)
        {
            var tables = TomlSerializer.Deserialize<TomlTable>(node.Text(path)!)!.TryGetValue("registry", out var found) ? ((TomlTableArray)found).Reverse() : [];
            foreach (var table in tables)
            {
                mirrors[(string)table["prefix"]] = table.TryGetValue("mirror", out var list) ? [.. ((TomlTableArray)list).Select(mirror => (string)mirror["location"])] : [];
            }
        }

        return mirrors;
    }
}
