using System.CommandLine;
using Roadstead.Api;
using Roadstead.Cli.Output;
using Roadstead.Inventory;

namespace Roadstead.Cli.Commands;

/// <summary><c>roadstead inventory</c>: which images a cluster runs, and whether the mirror has them.</summary>
internal sealed class InventoryCommand
{
    // A server may look through the manifests of a hundred thousand images.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly Option<string?> _cluster = new("--cluster") { Description = "Have the server keep what this cluster runs, under this name; without a source, show what it knows of it", HelpName = "NAME" };
    private readonly InventorySource _source = new();
    private readonly ServerOptions _server = new(takesToken: false, Patience);
    private readonly OutputOption _output = new();

    public static Command Create()
    {
        var inventory = new InventoryCommand();
        var command = new Command("inventory", "Show which images a cluster runs, and which of them the mirror covers and has.");
        inventory._cluster.Validators.Add(ClusterName.Check);
        inventory._source.AddTo(command);
        command.Options.Add(inventory._cluster);
        inventory._server.AddTo(command);
        inventory._output.AddTo(command);
        command.SetAction(inventory.Run);
        return command;
    }

    private async Task<int> Run(ParseResult parse, CancellationToken cancellation)
    {
        var cluster = parse.GetValue(_cluster);
        if (_server.IsNamed(parse))
        {
            return await _server.Run(parse, session => cluster is not null && !_source.IsGiven(parse) ? Show(parse, session, cluster, cancellation) : Judge(parse, session, cluster, cancellation), cancellation).ConfigureAwait(false);
        }

        if (cluster is not null)
        {
            await parse.InvocationConfiguration.Error.WriteLineAsync($"roadstead: --cluster names a cluster of a server's: it needs --server, or {PlanWish.ServerVariable}.").ConfigureAwait(false);
            return ExitCode.WrongUsage;
        }

        if (await _source.Take(parse, cancellation).ConfigureAwait(false) is not { } taken)
        {
            return ExitCode.Failed;
        }

        var coverage = PresetCoverage.Of(taken.Inventory);
        _output.Print(parse, coverage, PresetCoverageJson.Default.PresetCoverage, width => InventoryText.Of(coverage, width));
        return CodeOf(taken);
    }

    private async Task<int> Show(ParseResult parse, ServerSession session, string cluster, CancellationToken cancellation) =>
        session.Has(await session.Client.Cluster(cluster, cancellation).ConfigureAwait(false), out var readiness) ? Print(parse, readiness) : ExitCode.Failed;

    private async Task<int> Judge(ParseResult parse, ServerSession session, string? cluster, CancellationToken cancellation)
    {
        if (await _source.Take(parse, cancellation).ConfigureAwait(false) is not { } taken)
        {
            return ExitCode.Failed;
        }

        if (cluster is not null && taken.IsPartial)
        {
            return session.Fail($"{cluster}: the server is not told, since images that cannot be seen would no longer be kept. Without --cluster, what can be seen is judged all the same.");
        }

        var outcome = cluster is null ? await session.Client.Readiness(taken.Inventory, cancellation).ConfigureAwait(false)
            : await session.Client.PutCluster(cluster, taken.Inventory, cancellation).ConfigureAwait(false);
        if (!session.Has(outcome, out var readiness))
        {
            return ExitCode.Failed;
        }

        Print(parse, readiness);
        return CodeOf(taken);
    }

    private int Print(ParseResult parse, ClusterReadiness readiness) => _output.Print(parse, readiness, ApiJson.Default.ClusterReadiness, width => InventoryText.Of(readiness, TimeProvider.System.GetUtcNow(), width));

    private static int CodeOf(InventoryOutcome.Taken taken) => taken.IsPartial ? ExitCode.DoneInPart : ExitCode.Done;
}
