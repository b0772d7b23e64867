using System.CommandLine;
using System.Globalization;
using Roadstead.Api;
using Roadstead.Cli.Output;

namespace Roadstead.Cli.Commands;

/// <summary><c>roadstead cluster …</c> and <c>roadstead drill</c>: the clusters whose images a server keeps, and whether they would survive.</summary>
internal static class ClusterCommands
{
    // All that is held of thousands of images is looked at.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public static Command List()
    {
        var (server, output) = (new ServerOptions(takesToken: false, Patience), new OutputOption());
        var command = new Command("list", "Show the clusters whose images the server keeps, and how ready it is for them.");
        server.AddTo(command);
        output.AddTo(command);
        command.SetAction((parse, cancellation) => server.Run(
            parse, client => client.Clusters(cancellation), clusters => output.Print(parse, clusters, ApiJson.Default.ClusterList, width => ClusterText.List(clusters, Now(), width)), cancellation));
        return command;
    }

    public static Command Show()
    {
        var name = Name();
        var (server, output) = (new ServerOptions(takesToken: false, Patience), new OutputOption());
        var command = new Command("show", "Show which of a cluster's images could be pulled with every upstream cut off.") { name };
        server.AddTo(command);
        output.AddTo(command);
        command.SetAction((parse, cancellation) => server.Run(
            parse,
            client => client.Cluster(parse.GetRequiredValue(name), cancellation),
            readiness => output.Print(parse, readiness, ApiJson.Default.ClusterReadiness, width => InventoryText.Of(readiness, Now(), width)),
            cancellation));
        return command;
    }

    public static Command Forget()
    {
        var name = Name();
        var server = new ServerOptions(takesToken: false);
        var command = new Command("forget", "Have the server forget a cluster, and keep its images no more.") { name };
        server.AddTo(command);
        command.SetAction((parse, cancellation) => server.Run(parse, client => client.RemoveCluster(parse.GetRequiredValue(name), cancellation), _ => { }, cancellation));
        return command;
    }

    public static Command Drill()
    {
        var name = Name();
        var (server, output) = (new ServerOptions(takesToken: false), new OutputOption());
        var command = new Command("drill", "Have the server walk every image that a cluster uses to its last byte, with all upstreams cut off for that. Pulls go on meanwhile.") { name };
        server.AddTo(command);
        output.AddTo(command);
        command.SetAction((parse, cancellation) => server.Run(
            parse,
            async session =>
            {
                ApiOutcome<DrillProgress> outcome;
                using (var terminal = TerminalProgress.On(parse.InvocationConfiguration.Error))
                try
                {
                    outcome = await session.Client.Drill(parse.GetRequiredValue(name), terminal is null ? null : new DrillLine(terminal), cancellation).ConfigureAwait(false);
                }
                catch (OperationCanceledException)
                {
                    terminal?.Dispose();
                    return session.Fail("stopped: the drill ended with it, and nothing is known of what it had not read.");
                }

                if (!session.Has(outcome, out var end))
                {
                    return ExitCode.Failed;
                }

                if (end.Report is not { } report)
                {
                    return session.Fail($"the drill did not come to its end: {end.Fault}");
                }

                output.Print(parse, report, ApiJson.Default.DrillReport, width => ClusterText.Drill(report, Now(), width));
                return report.Failed.Count == 0 ? ExitCode.Done : report.Passed > 0 ? ExitCode.DoneInPart : ExitCode.Failed;
            },
            cancellation));
        return command;
    }

    private static Argument<string> Name()
    {
        var name = new Argument<string>("CLUSTER") { Description = "The cluster, as cluster list shows it" };
        name.Validators.Add(ClusterName.Check);
        return name;
    }

    private static DateTimeOffset Now() => TimeProvider.System.GetUtcNow();

    /// <summary>How far a drill is, as one line of a terminal.</summary>
    private sealed class DrillLine(TerminalProgress terminal) : IProgress<DrillProgress>
    {
        private readonly ByteRate _rate = new();

        public void Report(DrillProgress value) => terminal.Report(string.Create(
            CultureInfo.InvariantCulture,
            $"{value.Images} of {value.TotalImages} images, {SizeText.Of(value.Bytes)} of {SizeText.Of(value.TotalBytes)}{_rate.Of(value.Bytes, value.TotalBytes)}"));
    }
}
