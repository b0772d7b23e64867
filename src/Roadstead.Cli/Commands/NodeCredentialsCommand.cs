using System.CommandLine;
using Roadstead.Cli.NodeConfig;

namespace Roadstead.Cli.Commands;

/// <summary><c>roadstead node credentials</c>: prints what pulls from private projects take, and changes nothing.</summary>
internal static class NodeCredentialsCommand
{
    public static Command Create()
    {
        var runtime = new Option<string>("--runtime") { Description = "What pulls images on the node", Required = true, HelpName = string.Join('|', PodCredentials.Runtimes) };
        runtime.AcceptOnlyFromAmong([.. PodCredentials.Runtimes]);
        var scope = new Option<string>("--namespace") { Description = "The namespace of the pods", HelpName = "NAME", DefaultValueFactory = _ => "default" };
        var account = new Option<string>("--service-account") { Description = "What the pods run as", HelpName = "NAME", DefaultValueFactory = _ => "default" };
        var command = new Command("credentials", "Print what pulls from private projects take, for nodes and cluster.") { runtime, scope, account };
        new ConfigurationCommand().AddTo(command, (parse, plan) =>
            PodCredentials.Render(parse.GetRequiredValue(runtime), plan, new PodScope(parse.GetRequiredValue(scope), parse.GetRequiredValue(account))));
        return command;
    }
}
