using System.Runtime.CompilerServices;
using Roadstead.Cli.Commands;
using YamlDotNet.RepresentationModel;

namespace Roadstead.Cli.Tests.Commands;

/// <summary>deploy/kubernetes/node-agent.yaml.</summary>
public class DaemonSetTests
{
    [Fact]
    public void Its_agents_are_started_with_options_that_there_are_and_one_kind_goes_first()
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(File.ReadAllText(Find("deploy/kubernetes/node-agent.yaml"))));
        var agents = stream.Documents.Select(document => document.RootNode).Where(root => root["kind"].ToString() == "DaemonSet").Select(root => root["spec"]["template"]["spec"]["containers"][0]["args"]).ToList();
        Assert.Equal(2, agents.Count);
        Assert.All(agents, args => Assert.Empty(RoadsteadCommand.Create().Parse([.. ((YamlSequenceNode)args).Select(word => word.ToString())]).Errors));
        Assert.Single(agents, args => ((YamlSequenceNode)args).Any(word => word.ToString() == "--canary"));
    }

    private static string Find(string path, [CallerFilePath] string here = "")
    {
        var folder = Path.GetDirectoryName(here)!;
        while (!File.Exists(Path.Combine(folder, path)))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException($"{path} is not within the repository.");
        }

        return Path.Combine(folder, path);
    }
}
