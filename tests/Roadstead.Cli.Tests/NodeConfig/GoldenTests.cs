using System.Runtime.CompilerServices;
using System.Text;
using Roadstead.Cli.NodeConfig;

namespace Roadstead.Cli.Tests.NodeConfig;

/// <summary>What is rendered, to the letter. ROADSTEAD_GOLDEN=write puts down what is rendered now, for a person to look at.</summary>
public class GoldenTests
{
    private static readonly string Folder = FindFolder();

    public static TheoryData<string> Names => [.. GoldenCases.All.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Is_what_it_was(string name)
    {
        var text = Text(GoldenCases.All[name].Result);
        var path = Path.Combine(Folder, $"{name}.txt");
        if (Environment.GetEnvironmentVariable("ROADSTEAD_GOLDEN") == "write")
        {
            File.WriteAllText(path, text);
        }

        Assert.True(File.Exists(path), $"{path} is missing; ROADSTEAD_GOLDEN=write makes it.");
        Assert.Equal(File.ReadAllText(path), text);
    }

    [Fact]
    public void There_is_no_file_without_a_case() =>
        Assert.Equal(GoldenCases.All.Keys.Order(StringComparer.Ordinal), Directory.EnumerateFiles(Folder).Select(path => Path.GetFileNameWithoutExtension(path)).Order(StringComparer.Ordinal));

    [Fact]
    public void Each_runtime_renders_something() =>
        Assert.All(Runtimes.All, runtime => Assert.NotEmpty(Plans.Render(runtime.Name, Plans.Plain).Files));

    private static string Text(RenderResult result)
    {
        var text = new StringBuilder();
        switch (result)
        {
            case RenderResult.Rendered(var configuration):
                foreach (var file in configuration.Files)
                {
                    text.Append($"=== {file.Path} ({file.Placement}, mode 0{Convert.ToString((int)file.Mode, 8)}, reload {file.Reload})\n{file.Content}");
                }

                text.Append($"=== services: {string.Join(", ", configuration.Services)}; reload: {configuration.Reload}\n");
                configuration.Notes.ToList().ForEach(note => text.Append($"note: {note}\n"));
                break;
            case RenderResult.Faulty(var faults):
                faults.ToList().ForEach(fault => text.Append($"fault: {fault}\n"));
                break;
        }

        return text.ToString();
    }

    private static string FindFolder([CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(Path.GetDirectoryName(here)!)!, "Golden");
}
