using System.CommandLine;
using System.Globalization;
using Roadstead.Api;
using Roadstead.Cli.NodeAgent;
using Roadstead.Cli.NodeConfig;
using Roadstead.Cli.NodeInstall;

namespace Roadstead.Cli.Commands;

/// <summary><c>roadstead node agent</c>: keeps a node as <c>node install</c> leaves it, proves it, and reports to the server.</summary>
internal static class NodeAgentCommand
{
    public static Command Create()
    {
        var runtimes = RuntimeOption.Several();
        var plan = new PlanOptions();
        var token = new Option<string>("--token-file") { Description = "The node token, in one line of a file", Required = true, HelpName = "FILE" };
        var name = new Option<string?>("--name") { Description = "The node's name in the cluster; else NODE_NAME, else the host's name", HelpName = "NAME" };
        var canary = new Option<bool>("--canary") { Description = "This node is to change before the others" };
        var root = new Option<string>("--root") { Description = "The folder that is / on the node, as the host's mounted into a container", HelpName = "DIR", DefaultValueFactory = _ => "/" };
        var restart = new Option<bool>("--restart") { Description = "Restart runtimes that take a change up no other way; without it the node reports that it needs a restart" };
        var interval = Time("--interval", "Between two looks at the node; 1m if it is not said");
        var every = Time("--verify-every", "Between two proofs by pulling, while nothing changes and all is well; 15m if it is not said");
        var once = new Option<bool>("--once") { Description = "Look once and end: 0 if all is as it is to be, and proven; else 1" };
        var command = new Command("agent", "Keep this node pulling through the mirror, prove it, and report to the server: for a DaemonSet.") { runtimes, token, name, canary, root, restart, interval, every, once };
        plan.AddTo(command);
        command.SetAction(async (parse, cancellation) =>
        {
            var wish = plan.Read(parse);
            var terminal = parse.InvocationConfiguration;
            if (wish.Asked is not { } server)
            {
                return Say(terminal, $"say --server URL (or {PlanWish.ServerVariable}): an agent does what its server tells it.", ExitCode.WrongUsage);
            }

            try
            {
                var secret = (await PlanSource.Read("--token-file", parse.GetRequiredValue(token), cancellation).ConfigureAwait(false)).Trim();
                var ca = wish.CaFile is null ? null : await PlanSource.Read("--ca", wish.CaFile, cancellation).ConfigureAwait(false);
                if (Fault(server, wish, secret, ca) is { } fault)
                {
                    return Say(terminal, fault, ExitCode.Failed);
                }

                var called = Named(parse.GetValue(name));
                if (!SubdomainName.IsValid(called))
                {
                    return Say(terminal, $"--name: {(called.Length == 0 ? "is empty" : "is no name of a node")}: lower-case letters, digits, dashes and dots, at most {SubdomainName.MaxLength} of them, as Kubernetes has it.", ExitCode.WrongUsage);
                }

                using var http = ServerConnection.Open(ca, wish.Insecure);
                var request = new AgentRequest(
                    called, parse.GetValue(canary), new NodeFiles(parse.GetRequiredValue(root)), parse.GetValue(runtimes) ?? [], wish, parse.GetValue(restart), parse.GetValue(interval) ?? TimeSpan.FromMinutes(1), parse.GetValue(every) ?? TimeSpan.FromMinutes(15));
                var agent = new Agent(request, new ManagementClient(http, new Uri(server.ToString()), new ApiCredential.Node(secret)), new AgentLog(terminal.Output, TimeProvider.System), TimeProvider.System);
                if (parse.GetValue(once))
                {
                    return await agent.Round(cancellation).ConfigureAwait(false) ? ExitCode.Done : ExitCode.Failed;
                }

                await agent.Run(cancellation).ConfigureAwait(false);
                return ExitCode.Done;
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested && !parse.GetValue(once))
            {
                // It was told to stop, which is how an agent ends well.
                return ExitCode.Done;
            }
            catch (IOException exception)
            {
                return Say(terminal, exception.Message, ExitCode.Failed);
            }
        });
        return command;
    }

    private static string? Fault(MirrorUrl server, PlanWish wish, string secret, string? ca) =>
        secret.Length == 0 || secret.Any(letter => letter is <= ' ' or >= (char)127) ? "--token-file: the file holds no token, or more than one."
        : ca is not null && CertificatePem.Fault(ca) is { } fault ? new PlanFault("--ca", fault).ToString()
        : server is { IsPlain: true, IsLoopback: false } && !wish.Insecure ? $"--server: {server} is plain HTTP, and whoever listens would read the token. Take https://, or say --insecure."
        : null;

    private static string Named(string? name) => (name ?? (Environment.GetEnvironmentVariable("NODE_NAME") is { Length: > 0 } told ? told : Environment.MachineName)).ToLowerInvariant();

    private static Option<TimeSpan?> Time(string name, string description) => new(name)
    {
        Description = $"{description} (30s, 5m, 1h)",
        HelpName = "TIME",
        CustomParser = result =>
        {
            if (Parse(result.Tokens[0].Value) is { } time)
            {
                return time;
            }

            result.AddError($"{name} must be a length of time, as 30s, 5m or 1h.");
            return null;
        },
    };

    private static TimeSpan? Parse(string text) =>
        text.Length > 1 && int.TryParse(text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count is > 0 and < 100_000
            ? text[^1] switch { 's' => TimeSpan.FromSeconds(count), 'm' => TimeSpan.FromMinutes(count), 'h' => TimeSpan.FromHours(count), _ => null }
            : null;

    private static int Say(InvocationConfiguration terminal, string message, int exitCode)
    {
        terminal.Error.WriteLine($"roadstead: {message}");
        return exitCode;
    }
}
