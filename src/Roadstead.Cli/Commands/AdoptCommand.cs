using System.CommandLine;
using System.CommandLine.Parsing;
using Roadstead.Api;
using Roadstead.Cli.Adoption;
using Roadstead.Cli.NodeFormats;
using Roadstead.Cli.Output;
using Roadstead.Oci;

namespace Roadstead.Cli.Commands;

/// <summary><c>roadstead adopt</c>: has a server mirror all that a cluster uses, and keep it.</summary>
internal sealed class AdoptCommand
{
    // The server looks at all that is held of thousands of images, and asks registries.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private const int NotFound = 404;

    private static readonly string[] HubKeys = ["https://index.docker.io/v1/", "index.docker.io"];

    private readonly Option<string> _cluster = new("--cluster") { Description = "What the server calls the cluster; its images are kept under this name", HelpName = "NAME", Required = true };
    private readonly Option<string[]> _urls = new("--url") { Description = "Where a registry is that does not serve at https:// and its name; may be given several times", HelpName = "REGISTRY=URL", Arity = ArgumentArity.ZeroOrMore };
    private readonly Option<string?> _authFile = new("--auth-file") { Description = "Credentials for registries, as docker login and podman login write them", HelpName = "FILE" };
    private readonly Option<bool> _private = new("--allow-private-addresses") { Description = "Let the server dial loopback and private addresses for the new endpoints" };
    private readonly Option<bool> _dry = new("--dry-run") { Description = "Only show the plan" };
    private readonly Option<bool> _yes = new("--yes", "-y") { Description = "Do it without asking" };
    private readonly InventorySource _source = new();
    private readonly ServerOptions _server = new(takesToken: false, Patience);
    private readonly OutputOption _output = new();

    public static Command Create()
    {
        var adopt = new AdoptCommand();
        var command = new Command("adopt", "Have the server mirror every registry that a cluster uses, and fetch and keep all of its images. Shows its plan first.");
        adopt._source.AddTo(command);
        Option[] options = [adopt._cluster, adopt._urls, adopt._authFile, adopt._private, adopt._dry, adopt._yes];
        Array.ForEach(options, command.Options.Add);
        adopt._cluster.Validators.Add(ClusterName.Check);
        command.Validators.Add(adopt.Check);
        adopt._server.AddTo(command);
        adopt._output.AddTo(command);
        command.SetAction((parse, cancellation) => adopt._server.Run(parse, session => adopt.Run(parse, session, cancellation), cancellation));
        return command;
    }

    private void Check(CommandResult result)
    {
        var registries = new HashSet<string>(StringComparer.Ordinal);
        foreach (var token in result.GetResult(_urls)?.Tokens ?? [])
        {
            if (!registries.Add(token.Value.Split('=')[0]))
            {
                result.AddError($"--url {Printable.Line(token.Value)}: {Printable.Line(token.Value.Split('=')[0])} has a URL already. Further ones are given to its endpoint: roadstead endpoint set --url.");
            }

            if (token.Value.Split('=', 2) is not [var registry, var url] || !RegistryName.TryParse(registry, out _) || !Uri.TryCreate(url, UriKind.Absolute, out var parsed) || parsed.Scheme is not ("http" or "https"))
            {
                result.AddError($"--url {Printable.Line(token.Value)} is not REGISTRY=URL, as quay.io=https://quay.mirror.example.");
            }
        }
    }

    private async Task<int> Run(ParseResult parse, ServerSession session, CancellationToken cancellation)
    {
        var (cluster, error) = (parse.GetRequiredValue(_cluster), parse.InvocationConfiguration.Error);
        if (await Judge(parse, session, cluster, cancellation).ConfigureAwait(false) is not var (inventory, readiness)
            || !session.Has(await session.Client.Endpoints(cancellation).ConfigureAwait(false), out var endpoints) || !session.Has(await session.Client.Projects(cancellation).ConfigureAwait(false), out var projects)
            || await Wish(parse, session, cancellation).ConfigureAwait(false) is not { } wish)
        {
            return ExitCode.Failed;
        }

        var work = new AdoptionWork(session, error);
        var plan = AdoptionPlan.Of(readiness, endpoints, projects, wish);
        if (await work.Test(plan, cancellation).ConfigureAwait(false) is not { } tests)
        {
            return ExitCode.Failed;
        }

        foreach (var unused in wish.Urls.Keys.Where(registry => !plan.Any(adopted => adopted.Registry == registry)))
        {
            session.Note($"--url {Printable.Line(unused)}=… is for a registry that nothing is made for.");
        }

        var isKept = inventory is null || await IsKept(session, cluster, inventory, cancellation).ConfigureAwait(false);
        if (parse.GetValue(_dry))
        {
            var planned = PlannedAdoption.Of(plan, tests, readiness, cluster, isKept);
            return _output.Print(parse, planned, AdoptionJson.Default.PlannedAdoption, _ => AdoptionText.Plan(plan, tests, readiness, cluster, isKept));
        }

        (_output.IsTable(parse) ? parse.InvocationConfiguration.Output : error).Write(AdoptionText.Plan(plan, tests, readiness, cluster, isKept));

        if (!parse.GetValue(_yes) && await Refused(parse, cancellation).ConfigureAwait(false) is { } exitCode)
        {
            return exitCode;
        }

        // First of all: what the server does not take must have changed nothing; and what is fetched is kept, so that nothing of it goes for the next.
        if (inventory is not null && !session.Has(await session.Client.PutCluster(cluster, inventory, cancellation).ConfigureAwait(false), out _))
        {
            return ExitCode.Failed;
        }

        var made = new List<AdoptedRegistry>();
        foreach (var registry in plan.Where(registry => AdoptionText.Fault(registry, tests) is null))
        {
            if (!await work.Make(registry, cancellation).ConfigureAwait(false))
            {
                return made.Count > 0 || inventory is not null ? ExitCode.DoneInPart : ExitCode.Failed;
            }

            made.Add(registry);
        }

        await work.TellNodes(made, cancellation).ConfigureAwait(false);
        if (await work.Fetch(cluster, cancellation).ConfigureAwait(false) is not { } end)
        {
            return ExitCode.DoneInPart;
        }

        _output.Print(parse, end, ApiJson.Default.ClusterReadiness, width => ReadinessText.Lacking(end, TimeProvider.System.GetUtcNow(), width));
        return end.Ready == end.Images.Count ? ExitCode.Done : ExitCode.DoneInPart;
    }

    /// <returns>What the cluster uses, null where the server knows better, and how ready the server is for it; null where one is not known, which is said.</returns>
    private async Task<(ClusterInventory? Inventory, ClusterReadiness Readiness)?> Judge(ParseResult parse, ServerSession session, string cluster, CancellationToken cancellation)
    {
        if (!_source.IsGiven(parse))
        {
            var outcome = await session.Client.Cluster(cluster, cancellation).ConfigureAwait(false);
            if (outcome is not ApiOutcome<ClusterReadiness>.Refused { Status: NotFound })
            {
                return session.Has(outcome, out var known) ? (null, known) : null;
            }
        }

        if (!session.Has(await session.Client.Clusters(cancellation).ConfigureAwait(false), out var clusters))
        {
            return null;
        }

        if (clusters.Clusters.Any(other => other is { Watched: true } && other.Name == cluster))
        {
            session.Fail($"The server looks at the cluster {cluster} itself, since its configuration file says so: adopt it without naming where its images are to be looked for. Nothing was done.");
            return null;
        }

        if (await _source.Take(parse, cancellation).ConfigureAwait(false) is not { } taken)
        {
            return null;
        }

        if (taken.IsPartial)
        {
            session.Fail($"{cluster}: a part of what it runs cannot be seen, and would not be kept. Nothing was done.");
            return null;
        }

        return session.Has(await session.Client.Readiness(taken.Inventory, cancellation).ConfigureAwait(false), out var readiness) ? (taken.Inventory, readiness) : null;
    }

    /// <summary>True if the server keeps the same for the cluster already; if it does not say, that is told again with the first thing that is done.</summary>
    private static async Task<bool> IsKept(ServerSession session, string cluster, ClusterInventory inventory, CancellationToken cancellation) =>
        await session.Client.Cluster(cluster, cancellation).ConfigureAwait(false) is ApiOutcome<ClusterReadiness>.Answered(var known)
        && known.Images.Select(image => image.Image).ToHashSet(StringComparer.Ordinal).SetEquals(inventory.Images.Select(image => image.Image));

    private async Task<AdoptionWish?> Wish(ParseResult parse, ServerSession session, CancellationToken cancellation)
    {
        var urls = (parse.GetValue(_urls) ?? []).Select(pair => pair.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal);
        var file = parse.GetValue(_authFile);
        var text = file is null ? null : await PlanSource.Read(_authFile.Name, file, cancellation).ConfigureAwait(false);
        if (text is not null && JsonFile.Read(file!, text, [], "") is null)
        {
            session.Fail($"{_authFile.Name}: {file} is no JSON as docker login and podman login write it.");
            return null;
        }

        return new AdoptionWish(
            urls,
            registry => text is not null && Credential(file!, text, registry) is { } credential ? (credential.Username, credential.Password) : null,
            parse.GetValue(_private) ? true : null);
    }

    /// <summary>By the keys that the tools which write such files have used.</summary>
    private static NodeConfig.MirrorCredential? Credential(string file, string text, string registry)
    {
        string[] keys = [registry, $"https://{registry}", $"https://{registry}/v1/", $"https://{registry}/v2/", .. registry == "docker.io" ? HubKeys : []];
        return keys.Select(key => AuthJsonFile.Credential(file, text, key)).FirstOrDefault(credential => credential is not null);
    }

    /// <returns>The exit code where it is not to be done; null: it is.</returns>
    private static async Task<int?> Refused(ParseResult parse, CancellationToken cancellation)
    {
        var error = parse.InvocationConfiguration.Error;
        if (Console.IsInputRedirected || Console.IsErrorRedirected)
        {
            await error.WriteLineAsync("roadstead: nobody is there to be asked: --yes does it, --dry-run only shows it.").ConfigureAwait(false);
            return ExitCode.WrongUsage;
        }

        try
        {
            if (await Question.Ask(error, "Do this?", cancellation).ConfigureAwait(false))
            {
                return null;
            }
        }
        catch (OperationCanceledException)
        {
            await error.WriteLineAsync().ConfigureAwait(false);
        }

        await error.WriteLineAsync("Nothing was done.").ConfigureAwait(false);
        return ExitCode.Failed;
    }
}
