using System.CommandLine;
using System.CommandLine.Parsing;
using Roadstead.Cli.NodeConfig;
using Roadstead.Cli.Output;
using Roadstead.Inventory;
using Roadstead.Inventory.Kubernetes;
using Roadstead.Inventory.Lists;
using Roadstead.Inventory.Prometheus;

namespace Roadstead.Cli.Commands;

/// <summary>The options that say where what a cluster runs is read from, and the reading.</summary>
internal sealed class InventorySource
{
    private static readonly string Agent = $"roadstead/{ProgramVersion.Text}";

    private readonly Option<string?> _kubeconfig = new("--kubeconfig") { Description = "Ask the cluster of this kubeconfig; else KUBECONFIG names it, or it is ~/.kube/config", HelpName = "FILE" };
    private readonly Option<string?> _context = new("--context") { Description = "Of the kubeconfig, instead of the current one", HelpName = "NAME" };
    private readonly Option<bool> _inCluster = new("--in-cluster") { Description = "Ask the cluster in which this runs, by the account of the pod" };
    private readonly Option<string?> _since = new("--since") { Description = "What has run within this time, as 14d, and not only what runs now", HelpName = "TIME" };
    private readonly Option<string?> _tokenFile = new("--prometheus-token-file") { Description = "What Prometheus is shown as a bearer token, in one line of a file", HelpName = "FILE" };
    private readonly Option<string?> _username = new("--prometheus-username") { Description = "Whom to log in to Prometheus as", HelpName = "NAME" };
    private readonly Option<string?> _passwordFile = new("--prometheus-password-file") { Description = "The password, in one line of a file", HelpName = "FILE" };
    private readonly Option<string?> _ca = new("--prometheus-ca") { Description = "The CA of Prometheus's certificate, as PEM", HelpName = "FILE" };
    private readonly Option<string?> _file = new("--file", "-f") { Description = "Read a list of images, one a line, or what kubectl get -o json prints; - is standard input", HelpName = "FILE" };
    private readonly Option<bool> _related = new("--related-images") { Description = "Count images that operators are told of by variables RELATED_IMAGE_…" };

    private readonly Option<string[]> _platforms = new("--platform") { Description = "Of the nodes, as linux/arm64, where the source does not know; may be given several times", HelpName = "PLATFORM", Arity = ArgumentArity.ZeroOrMore };

    private readonly Option<Uri?> _prometheus = new("--prometheus")
    {
        Description = "Ask a Prometheus that scrapes kube-state-metrics",
        HelpName = "URL",
        CustomParser = result =>
        {
            if (PrometheusAccess.TryParseUrl(result.Tokens[0].Value, out var url, out var fault))
            {
                return url;
            }

            result.AddError($"--prometheus {fault}.");
            return null;
        },
    };

    public void AddTo(Command command)
    {
        Option[] options = [_kubeconfig, _context, _inCluster, _prometheus, _since, _tokenFile, _username, _passwordFile, _ca, _file, _related, _platforms];
        Array.ForEach(options, command.Options.Add);
        command.Validators.Add(Check);
    }

    /// <summary>A source is named; else it is the cluster of the kubeconfig.</summary>
    public bool IsGiven(ParseResult parse) => new Option[] { _kubeconfig, _context, _inCluster, _prometheus, _file }.Any(option => IsGiven(parse.CommandResult, option));

    /// <summary>Reads what the cluster runs, and says what the operator should know of it.</summary>
    /// <returns>Null: it cannot be read, and why is said.</returns>
    public async Task<InventoryOutcome.Taken?> Take(ParseResult parse, CancellationToken cancellation)
    {
        var error = parse.InvocationConfiguration.Error;
        InventoryOutcome outcome;
        try
        {
            using var progress = TerminalProgress.On(error);
            outcome = parse.GetValue(_prometheus) is { } url ? await OfPrometheus(parse, url, progress, cancellation).ConfigureAwait(false)
                : parse.GetValue(_file) is { } file ? await OfFile(parse, file, cancellation).ConfigureAwait(false)
                : await OfKubernetes(parse, progress, cancellation).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            outcome = new InventoryOutcome.Failed(exception.Message);
        }

        if (outcome is InventoryOutcome.Taken taken)
        {
            foreach (var note in taken.Notes)
            {
                error.WriteLine($"note: {Printable.Line(note)}");
            }
        }
        else
        {
            error.WriteLine($"roadstead: {Printable.Line(((InventoryOutcome.Failed)outcome).Message)}");
        }

        if (outcome.Permissions is { } manifests)
        {
            error.Write($"What gives it these rights, for kubectl apply -f -:\n{manifests}");
        }

        // What nodes say of themselves is better.
        return outcome is InventoryOutcome.Taken { Inventory.Platforms.Count: 0 } told && parse.GetValue(_platforms) is { Length: > 0 } platforms
            ? told with { Inventory = told.Inventory with { Platforms = [.. platforms.Distinct(StringComparer.Ordinal)] } }
            : outcome as InventoryOutcome.Taken;
    }

    private async Task<InventoryOutcome> OfKubernetes(ParseResult parse, IProgress<string>? progress, CancellationToken cancellation)
    {
        var access = new KubernetesAccess { Kubeconfig = parse.GetValue(_kubeconfig), Context = parse.GetValue(_context), InCluster = parse.GetValue(_inCluster) };
        var opening = await access.Open(Agent, cancellation).ConfigureAwait(false);
        if (opening is not KubernetesOpening.Opened(var connection))
        {
            var fault = ((KubernetesOpening.Failed)opening).Fault.Message;
            return new InventoryOutcome.Failed(IsGiven(parse) ? fault : $"{fault} --kubeconfig, --prometheus and --file name other sources.");
        }

        using (connection)
        {
            return await new KubernetesSource(connection, TimeProvider.System).Take(parse.GetValue(_related), progress, cancellation).ConfigureAwait(false);
        }
    }

    private async Task<InventoryOutcome> OfPrometheus(ParseResult parse, Uri url, IProgress<string>? progress, CancellationToken cancellation)
    {
        var error = parse.InvocationConfiguration.Error;
        var access = new PrometheusAccess(url)
        {
            BearerToken = parse.GetValue(_tokenFile) is { } token ? await SecretFile.Read(_tokenFile.Name, token, error, cancellation).ConfigureAwait(false) : null,
            Username = parse.GetValue(_username),
            Password = parse.GetValue(_passwordFile) is { } password ? await SecretFile.Read(_passwordFile.Name, password, error, cancellation).ConfigureAwait(false) : null,
            CaPem = parse.GetValue(_ca) is { } ca ? await PlanSource.Read(_ca.Name, ca, cancellation).ConfigureAwait(false) : null,
            Since = parse.GetValue(_since),
        };
        if (access.CaPem is not null && CertificatePem.Fault(access.CaPem) is { } fault)
        {
            return new InventoryOutcome.Failed(new PlanFault(_ca.Name, fault).ToString());
        }

        if (access.BearerToken?.Any(letter => letter is <= ' ' or >= (char)127) == true)
        {
            return new InventoryOutcome.Failed($"{_tokenFile.Name}: the file holds something else than one token.");
        }

        return await new PrometheusSource(access, Agent, TimeProvider.System).Take(progress, cancellation).ConfigureAwait(false);
    }

    private async Task<InventoryOutcome> OfFile(ParseResult parse, string path, CancellationToken cancellation)
    {
        var stream = InputFile.IsStandardInput(path) ? Console.OpenStandardInput() : File.OpenRead(path);
        await using (stream.ConfigureAwait(false))
        {
            var outcome = await new ListSource(TimeProvider.System).Take(stream, parse.GetValue(_related), cancellation).ConfigureAwait(false);
            return outcome is InventoryOutcome.Failed(var message) ? new InventoryOutcome.Failed($"{InputFile.Name(path)}: {message}") : outcome;
        }
    }

    private void Check(CommandResult result)
    {
        var (kubeconfig, prometheus, file) = (IsGiven(result, _kubeconfig) || IsGiven(result, _context), IsGiven(result, _prometheus), IsGiven(result, _file));
        if (new[] { kubeconfig, IsGiven(result, _inCluster), prometheus, file }.Count(given => given) > 1)
        {
            result.AddError("give one source: --kubeconfig or --context, --in-cluster, --prometheus, or --file.");
        }

        foreach (var option in new Option[] { _since, _tokenFile, _username, _passwordFile, _ca }.Where(option => IsGiven(result, option) && !prometheus))
        {
            result.AddError($"{option.Name} is for --prometheus, which is not given.");
        }

        if (IsGiven(result, _username) != IsGiven(result, _passwordFile))
        {
            result.AddError("--prometheus-username and --prometheus-password-file go together.");
        }

        if (IsGiven(result, _username) && IsGiven(result, _tokenFile))
        {
            result.AddError("--prometheus-username is given, and --prometheus-token-file too.");
        }

        foreach (var platform in (result.GetResult(_platforms)?.Tokens ?? []).Select(token => token.Value).Where(platform => platform.Split('/') is not { Length: 2 or 3 } parts || parts.Any(part => part.Length == 0)))
        {
            result.AddError($"--platform {Printable.Line(platform)} is no platform: write os/architecture or os/architecture/variant.");
        }

        if (IsGiven(result, _related) && prometheus)
        {
            result.AddError("--related-images is given, and Prometheus knows no variables of containers.");
        }

        if (result.GetValue(_since) is { } since && !PrometheusAccess.IsTimeSpan(since))
        {
            result.AddError($"--since {Printable.Line(since)} is no time span: write it as 14d or 12h.");
        }
    }

    private static bool IsGiven(CommandResult result, Option option) => result.GetResult(option) is { Implicit: false };
}
