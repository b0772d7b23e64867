using System.CommandLine;
using Roadstead.Cli.NodeConfig;

namespace Roadstead.Cli.Commands;

/// <summary><c>roadstead node render</c>: prints a runtime's configuration, and changes nothing.</summary>
internal static class NodeRenderCommand
{
    public static Command Create()
    {
        var runtime = Runtime();
        var command = new Command("render", "Print the configuration that makes a runtime pull through the mirror.") { runtime };
        new ConfigurationCommand().AddTo(command, (parse, plan) => parse.GetRequiredValue(runtime)!.Render(plan));
        return command;
    }

    private static Option<NodeRuntime?> Runtime()
    {
        var list = string.Concat(Runtimes.All.Select(known => $"\n  {string.Join(", ", [known.Name, .. known.Aliases]),-26}{known.Description}"));
        return new Option<NodeRuntime?>("--runtime")
        {
            Description = $"What pulls images on the node:{list}",
            Required = true,
            HelpName = "RUNTIME",
            CustomParser = result =>
            {
                var named = Runtimes.Named(result.Tokens[0].Value);
                if (named is null)
                {
                    result.AddError($"--runtime {result.Tokens[0].Value} is not known. It is one of {string.Join(", ", Runtimes.All.Select(known => known.Name))}.");
                }

                return named;
            },
        };
    }
}
