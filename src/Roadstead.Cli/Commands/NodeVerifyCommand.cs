using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Roadstead.Cli.NodeConfig;
using Roadstead.Cli.NodeInstall;
using Roadstead.Cli.NodeVerify;
using Roadstead.Cli.Output;

namespace Roadstead.Cli.Commands;

/// <summary><c>roadstead node verify</c>: proves that pulls come through the mirror.</summary>
internal static class NodeVerifyCommand
{
    private const int MaxTimeout = 3600;

    public static Command Create()
    {
        var runtimes = RuntimeOption();
        var root = new Option<string>("--root") { Description = "The folder that is / on the node, for a program in a container that has the node's network", HelpName = "DIR", DefaultValueFactory = _ => "/" };
        var timeout = Timeout();
        var outage = new Option<string>("--outage")
        {
            Description = "Measure what a pull takes longer while the mirror is down, under a registry name of its own, so that no real pull is disturbed: "
                + "refused is its process down; all its host gone too, which may take as long as --timeout for each runtime, for some wait 30 seconds for each connection",
            DefaultValueFactory = _ => "refused",
        };
        outage.AcceptOnlyFromAmong("none", "refused", "all");
        var output = new Option<string>("--output") { Description = "How to print", DefaultValueFactory = _ => "table" };
        output.AcceptOnlyFromAmong("table", "json", "yaml");
        var plan = new PlanOptions();
        var command = new Command("verify", "Prove that the node's pulls come through the mirror, and tell why not.") { runtimes };
        plan.AddTo(command);
        Array.ForEach<Option>([root, timeout, outage, output], command.Options.Add);
        command.SetAction(async (parse, cancellation) =>
        {
            var terminal = parse.InvocationConfiguration;
            var files = new NodeFiles(parse.GetRequiredValue(root));
            if (!Directory.Exists(files.Root))
            {
                return Say(terminal.Error, [$"--root: there is no folder {files.Root}."], ExitCode.Failed);
            }

            var record = Record(files, terminal.Error);
            var found = parse.GetValue(runtimes) is { Length: > 0 } named ? named : Found(files, record);
            if (found.Length == 0)
            {
                return Say(terminal.Error, [$"no runtime was found on this node. Name it with --runtime: {string.Join(", ", Pullers.Names)}."], ExitCode.Failed);
            }

            switch (await Plan(plan.Read(parse), record, cancellation).ConfigureAwait(false))
            {
                case PlanSource.Outcome.WrongUsage(var messages):
                    return Say(terminal.Error, messages, ExitCode.WrongUsage);
                case PlanSource.Outcome.Failed(var message):
                    return Say(terminal.Error, [message], ExitCode.Failed);
                case PlanSource.Outcome.Ready(var ready):
                    var options = new VerifyOptions(TimeSpan.FromSeconds(parse.GetValue(timeout)), Wish(parse.GetRequiredValue(outage)));
                    using (var progress = TerminalProgress.On(terminal.Error))
                    {
                        var report = await NodeVerifier.Run(found, ready, files, options, progress, TimeProvider.System, cancellation).ConfigureAwait(false);
                        progress?.Dispose();
                        terminal.Output.Write(VerifyText.Of(report, parse.GetRequiredValue(output)));
                        return report.AllVerified ? ExitCode.Done : report.AnyVerified ? ExitCode.DoneInPart : ExitCode.Failed;
                    }

                default:
                    throw new InvalidOperationException("Unknown outcome.");
            }
        });
        return command;
    }

    /// <summary>What is installed, unless something else is asked about; the server need not be there for that.</summary>
    private static async Task<PlanSource.Outcome> Plan(PlanWish wish, InstallRecord? record, CancellationToken cancellation) =>
        record is not null && wish is { Server: null, Registries.Count: 0 }
            ? new PlanSource.Outcome.Ready(record.Plan.ToPlan(null) with { Version = wish.Version })
            : await PlanSource.Plan(wish, cancellation).ConfigureAwait(false);

    /// <summary>What the install configured, else what the node has, as far as it pulls on the node itself.</summary>
    private static DetectedRuntime[] Found(NodeFiles files, InstallRecord? record) =>
    [
        .. (record is null ? RuntimeDetector.Detect(files) : record.Runtimes.Select(Runtimes.Named).OfType<NodeRuntime>().Select(known => RuntimeDetector.Named(files, known, null)))
            .Where(found => Pullers.Names.Contains(found.Runtime.Name)),
    ];

    private static InstallRecord? Record(NodeFiles files, TextWriter error)
    {
        try
        {
            switch (new RecordFolder(files).Load())
            {
                case RecordFolder.Outcome.Loaded(var record):
                    return record;
                case RecordFolder.Outcome.Malformed(var message):
                    error.WriteLine($"note: {message}");
                    return null;
                default:
                    return null;
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            error.WriteLine($"note: {StorageFault.Explain(exception)}");
            return null;
        }
    }

    private static OutageWish Wish(string word) => word switch { "none" => OutageWish.None, "all" => OutageWish.All, _ => OutageWish.Refused };

    private static Option<int> Timeout() => new("--timeout")
    {
        Description = "Seconds after which a pull is given up",
        HelpName = "SECONDS",
        DefaultValueFactory = _ => 60,
        CustomParser = result =>
        {
            if (!int.TryParse(result.Tokens[0].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) || seconds is < 1 or > MaxTimeout)
            {
                result.AddError($"--timeout must be whole seconds from 1 to {MaxTimeout}.");
            }

            return seconds;
        },
    };

    private static Option<DetectedRuntime[]> RuntimeOption() => new("--runtime")
    {
        Description = $"Only this runtime ({string.Join(", ", Pullers.Names)}), with its socket where that is not the usual one, as containerd=/run/other.sock; may be given several times. Without it: those that the node has",
        HelpName = "RUNTIME",
        Arity = ArgumentArity.ZeroOrMore,
        CustomParser = result => [.. result.Tokens.Select(token => Named(token.Value, result)).OfType<DetectedRuntime>()],
    };

    private static DetectedRuntime? Named(string text, ArgumentResult result)
    {
        var (name, socket) = text.Split('=', 2) is [var before, var after] ? (before, after) : (text, null);
        if (Runtimes.Named(name) is not { } runtime || !Pullers.Names.Contains(runtime.Name))
        {
            result.AddError($"--runtime {name} cannot be verified on a node. It is one of {string.Join(", ", Pullers.Names)}.");
            return null;
        }

        if (socket is not null && (CriSockets.Of(runtime.Name).Count == 0 || !socket.StartsWith('/')))
        {
            result.AddError(socket.StartsWith('/') ? $"--runtime {name} has no socket: it is asked by its program." : $"--runtime {name}: a socket is an absolute path.");
            return null;
        }

        return new DetectedRuntime(runtime, null, "--runtime", socket);
    }

    private static int Say(TextWriter error, IEnumerable<string> messages, int exitCode)
    {
        foreach (var message in messages)
        {
            error.WriteLine($"roadstead: {message}");
        }

        return exitCode;
    }
}
