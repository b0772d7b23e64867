using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace Roadstead.Server.Tests.Architecture;

/// <summary>The rules of ARCHITECTURE.md, held against the sources.</summary>
public partial class DependencyTests
{
    private static readonly string Root = FindRoot();

    [Theory]
    [InlineData("Oci", typeof(Oci.Digest))]
    [InlineData("Api", typeof(Api.MirrorList))]
    public void Oci_and_Api_stand_on_the_base_library_alone(string assembly, Type type)
    {
        var project = File.ReadAllText(Path.Combine(Root, $"src/Roadstead.{assembly}/Roadstead.{assembly}.csproj"));
        Assert.DoesNotContain("<PackageReference", project, StringComparison.Ordinal);
        Assert.DoesNotContain("<ProjectReference", project, StringComparison.Ordinal);
        Assert.DoesNotContain("<FrameworkReference", project, StringComparison.Ordinal);
        var foreign = type.Assembly.GetReferencedAssemblies().Where(name => !name.Name!.StartsWith("System.", StringComparison.Ordinal));
        Assert.Empty(foreign);
    }

    [Fact]
    public void The_tool_for_nodes_knows_the_server_by_its_API_alone()
    {
        var project = File.ReadAllText(Path.Combine(Root, "src/Roadstead.Cli/Roadstead.Cli.csproj"));
        var references = ProjectReferences().Matches(project).Select(match => match.Groups[1].Value);
        Assert.Equal(["Roadstead.Api", "Roadstead.Inventory", "Roadstead.Oci"], references.Order());
    }

    [Fact]
    public void What_reads_what_a_cluster_runs_knows_neither_the_server_nor_the_tool()
    {
        var project = File.ReadAllText(Path.Combine(Root, "src/Roadstead.Inventory/Roadstead.Inventory.csproj"));
        var references = ProjectReferences().Matches(project).Select(match => match.Groups[1].Value);
        Assert.Equal(["Roadstead.Api", "Roadstead.Oci"], references.Order());
    }

    /// <summary>A configuration is a value: nothing that computes it reads a file, asks a server or looks at the machine.</summary>
    [Fact]
    public void What_configures_nodes_does_nothing_else()
    {
        var files = Directory.EnumerateFiles(Path.Combine(Root, "src/Roadstead.Cli/NodeConfig"), "*.cs").Select(path => (Path: path, Text: File.ReadAllText(path))).ToList();
        Assert.NotEmpty(files);
        Assert.Empty(files.SelectMany(file => InputAndOutput().Matches(file.Text).Select(match => $"{file.Path}: {match.Value}")));
    }

    [Fact]
    public void Only_the_edges_know_HTTP_requests() =>
        AssertOnlyIn(HttpWords(), "Registry", "Management", "Web");

    [Fact]
    public void Only_Metadata_speaks_SQL() => AssertOnlyIn(SqlWords(), "Metadata");

    [Theory]
    [InlineData("Blobs", "Oci")]
    [InlineData("Metadata", "Oci", "Configuration")]
    [InlineData("Configuration", "Api", "Oci", "Inventory", "Tls", "TokenExchange")]
    [InlineData("Tls", "Configuration")]
    [InlineData("Telemetry", "Oci")]
    [InlineData("TokenExchange", "Oci")]
    [InlineData("Projects", "Oci", "Access", "Configuration", "Metadata", "Telemetry", "TokenExchange")]
    [InlineData("Mirroring", "Oci", "Blobs", "Integrity", "Metadata", "Projects", "Telemetry")]
    [InlineData("Retention", "Oci", "Blobs", "Metadata", "Mirroring", "Projects", "Telemetry")]
    [InlineData("Integrity", "Oci", "Blobs", "Configuration", "Metadata", "Telemetry")]
    [InlineData("Registry", "Oci", "Mirroring", "Projects", "Telemetry", "Transport")]
    [InlineData("Transport")]
    [InlineData("Access", "Configuration", "Telemetry")]
    [InlineData("Clusters", "Api", "Oci", "Inventory", "Blobs", "Configuration", "Integrity", "Metadata", "Mirroring", "Nodes", "Projects", "Telemetry")]
    [InlineData("Nodes", "Api", "Oci", "Configuration", "Metadata", "Telemetry")]
    [InlineData("Management", "Access", "Api", "Oci", "Blobs", "Clusters", "Configuration", "Metadata", "Mirroring", "Nodes", "Telemetry", "Projects", "Retention", "Tls", "TokenExchange")]
    public void Folders_use_only_those_below_them(string folder, params string[] allowed)
    {
        var wrong = Sources(folder)
            .SelectMany(file => Namespaces().Matches(file.Text).Select(match => (file.Path, Used: match.Groups[1].Value)))
            .Where(use => use.Used != folder && !allowed.Contains(use.Used))
            .ToList();
        Assert.Empty(wrong);
    }

    [Fact]
    public void Every_folder_has_its_rule()
    {
        var ruled = typeof(DependencyTests).GetMethod(nameof(Folders_use_only_those_below_them))!
            .GetCustomAttributes(typeof(InlineDataAttribute), false).Cast<InlineDataAttribute>().Select(data => (string)data.Data[0]!);
        var folders = Directory.EnumerateDirectories(Path.Combine(Root, "src/Roadstead.Server")).Select(path => Path.GetFileName(path)).Where(name => name is not ("bin" or "obj"));
        Assert.Equal(folders.Order(), ruled.Order());
    }

    private static void AssertOnlyIn(Regex words, params string[] folders)
    {
        var wrong = Sources("")
            .Where(file => !folders.Any(folder => file.Path.StartsWith(folder + "/", StringComparison.Ordinal)))
            .SelectMany(file => words.Matches(file.Text).Select(match => $"{file.Path}: {match.Value}"))
            .ToList();
        Assert.Empty(wrong);
        Assert.Contains(Sources(folders[0]), file => words.IsMatch(file.Text));
    }

    private static IEnumerable<(string Path, string Text)> Sources(string folder)
    {
        var server = Path.Combine(Root, "src/Roadstead.Server");
        return Directory.EnumerateFiles(Path.Combine(server, folder), "*.cs", SearchOption.AllDirectories)
            .Select(path => (Path.GetRelativePath(server, path), File.ReadAllText(path)));
    }

    private static string FindRoot([CallerFilePath] string here = "")
    {
        for (var folder = Path.GetDirectoryName(here); folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, "Roadstead.slnx")))
            {
                return folder;
            }
        }

        throw new InvalidOperationException("The tests are not within the repository.");
    }

    [GeneratedRegex(@"<ProjectReference Include=""\.\./(Roadstead\.\w+)/")]
    private static partial Regex ProjectReferences();

    [GeneratedRegex(@"\b(?:File|Directory|Environment|Process|Console|HttpClient|TimeProvider)\.|\basync\b|\bHttpClient\b")]
    private static partial Regex InputAndOutput();

    [GeneratedRegex(@"\bHttpContext\b|\bHttpRequest\b|\bHttpResponse\b")]
    private static partial Regex HttpWords();

    [GeneratedRegex("\"\\s*(SELECT|INSERT|UPDATE|DELETE|CREATE|PRAGMA)\\s")]
    private static partial Regex SqlWords();

    [GeneratedRegex(@"\bRoadstead\.(?:Server\.)?(Oci|Access|Api|Clusters|Inventory|Integrity|Nodes|Configuration|Tls|Telemetry|Blobs|Metadata|Projects|Retention|Mirroring|Registry|Management|Web)\b")]
    private static partial Regex Namespaces();
}
