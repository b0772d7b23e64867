using System.Globalization;
using Roadstead.Api;
using Roadstead.Cli.Commands;
using Roadstead.Cli.Output;

namespace Roadstead.Cli.Adoption;

/// <summary>Does with a server what an <see cref="AdoptionPlan"/> says. What was done before a fault stays, and the same command goes on from there.</summary>
/// <param name="session">The server.</param>
/// <param name="error">For progress.</param>
internal sealed class AdoptionWork(ServerSession session, TextWriter error)
{
    /// <summary>Asks the registries that would be made endpoints, from where the server is.</summary>
    /// <returns>What came of it, by the registry's name; null where the server gave no answer, and that is said.</returns>
    public async Task<IReadOnlyDictionary<string, EndpointTest>?> Test(IReadOnlyList<AdoptedRegistry> plan, CancellationToken cancellation)
    {
        var tests = new Dictionary<string, EndpointTest>(StringComparer.Ordinal);
        using var terminal = TerminalProgress.On(error);
        foreach (var registry in plan)
        {
            terminal?.Report($"asking {registry.Registry}…");
            switch (await session.Client.TestEndpoint(registry.Endpoint, registry.Options, cancellation).ConfigureAwait(false))
            {
                case ApiOutcome<EndpointTest>.Answered(var test):
                    tests[registry.Registry] = test;
                    break;
                case ApiOutcome<EndpointTest>.Refused { Status: 400, Errors: [var fault, ..] }:
                    tests[registry.Registry] = new EndpointTest("no-registry", fault.Message);
                    break;
                case var outcome:
                    terminal?.Dispose();
                    session.Has(outcome, out _, registry.Registry);
                    return null;
            }
        }

        return tests;
    }

    /// <summary>Makes the endpoint and the project of a registry.</summary>
    /// <returns>False where that failed, which is said.</returns>
    public async Task<bool> Make(AdoptedRegistry registry, CancellationToken cancellation)
    {
        if (registry.Options is { } options && !session.Has(await session.Client.PutEndpoint(registry.Endpoint, options, cancellation).ConfigureAwait(false), out _, $"endpoint {registry.Endpoint}"))
        {
            return false;
        }

        // Where there is a credential, the server wants to hear that all may pull by it.
        var project = new ProjectSpec { Endpoint = registry.Endpoint, Public = true };
        if (!session.Has(await session.Client.PutProject(registry.Project, project, cancellation).ConfigureAwait(false), out _, $"project {registry.Project}"))
        {
            return false;
        }

        session.Note($"{registry.Registry} is mirrored now, by the project {registry.Project}.");
        return true;
    }

    /// <summary>Has the server fetch what the cluster lacks, and shows how far that is.</summary>
    /// <returns>How ready it is then; null where that is not known, which is said.</returns>
    public async Task<ClusterReadiness?> Fetch(string cluster, CancellationToken cancellation)
    {
        using var terminal = TerminalProgress.On(error);
        try
        {
            var outcome = await session.Client.FetchCluster(cluster, terminal is null ? null : new Line(terminal), cancellation).ConfigureAwait(false);
            terminal?.Dispose();
            return session.Has(outcome, out var end) ? end.End : null;
        }
        catch (OperationCanceledException)
        {
            terminal?.Dispose();
            session.Fail($"stopped looking. The server goes on fetching what {cluster} uses; the same command shows how far it is.");
            return null;
        }
    }

    /// <summary>Says how nodes come to pull the new registries through the server.</summary>
    public async Task TellNodes(IReadOnlyList<AdoptedRegistry> made, CancellationToken cancellation)
    {
        if (made.Count == 0 || !session.Has(await session.Client.Nodes(cancellation).ConfigureAwait(false), out var nodes))
        {
            return;
        }

        var registries = string.Join(", ", made.Select(registry => registry.Registry));
        session.Note(nodes.Nodes.Count > 0
            ? string.Create(CultureInfo.InvariantCulture, $"the {nodes.Nodes.Count} nodes whose agent reports here are configured for {registries} by it (roadstead node list shows how far that is); on others run roadstead node install.")
            : $"no node's agent reports here: have each node pull {registries} through this server by roadstead node install, or by what roadstead node render prints.");
    }

    /// <summary>How far it is, as one line of a terminal.</summary>
    private sealed class Line(TerminalProgress terminal) : IProgress<ClusterFetchProgress>
    {
        private readonly ByteRate _rate = new();

        public void Report(ClusterFetchProgress value)
        {
            // Images that have not been begun are taken to be as large as those that have.
            var total = value.Done == 0 ? value.TotalBytes : Math.Max(value.TotalBytes, (long)((double)value.TotalBytes / value.Done * value.Total));
            terminal.Report(string.Create(
                CultureInfo.InvariantCulture,
                $"{value.Done} of {value.Total} images, {SizeText.Of(value.Bytes)}{_rate.Of(value.Bytes, total)}{(value.Waiting is { } reason ? "; waits " + Printable.Line(reason) : "")}"));
        }
    }
}
