using System.CommandLine;

namespace Roadstead.Cli.Commands;

/// <summary><c>roadstead node render</c>: prints a runtime's configuration, and changes nothing.</summary>
internal static class NodeRenderCommand
{
    public static Command Create()
    {
        var runtime = RuntimeOption.One();
        var command = new Command("render", "Print the configuration that makes a runtime pull through the mirror.") { runtime };
        new ConfigurationCommand().AddTo(command, (parse, plan) => parse.GetRequiredValue(runtime)!.Render(plan));
        return command;
    }
}
