using System.CommandLine;
using Roadstead.Api;
using Roadstead.Cli.Output;

namespace Roadstead.Cli.Commands;

/// <summary><c>roadstead endpoint …</c>: the registries that a server mirrors from.</summary>
internal static class EndpointCommands
{
    private const int NotFound = 404;

    // Three waits of an endpoint, each longer than usual.
    private static readonly TimeSpan TestPatience = TimeSpan.FromMinutes(2);

    public static Command List()
    {
        var (server, output) = (new ServerOptions(takesToken: false), new OutputOption());
        var command = new Command("list", "Show the registries that the server mirrors from, and whether they answer.");
        server.AddTo(command);
        output.AddTo(command);
        command.SetAction((parse, cancellation) => server.Run(
            parse,
            client => client.Endpoints(cancellation),
            list => output.Print(parse, list, ApiJson.Default.EndpointList, width => EndpointText.List(list, Now(), width)),
            cancellation));
        return command;
    }

    public static Command Show()
    {
        var name = CatalogName.Argument("The endpoint");
        var (server, output) = (new ServerOptions(takesToken: false), new OutputOption());
        var command = new Command("show", "Show all options of an endpoint, and how it does.") { name };
        server.AddTo(command);
        output.AddTo(command);
        command.SetAction((parse, cancellation) => server.Run(parse, client => client.Endpoint(parse.GetRequiredValue(name), cancellation), status => Print(parse, output, status), cancellation));
        return command;
    }

    public static Command Set()
    {
        var name = CatalogName.Argument("The endpoint");
        var (server, output, options) = (new ServerOptions(takesToken: false), new OutputOption(), ServerSpecs.Endpoint());
        var command = new Command("set", "Make an endpoint, or change the options of one that are given.") { name };
        options.AddTo(command);
        server.AddTo(command);
        output.AddTo(command);
        command.SetAction((parse, cancellation) => server.Run(
            parse,
            async session =>
            {
                var endpoint = parse.GetRequiredValue(name);
                var (found, isNew) = await Wanted(session, parse, endpoint, options, cancellation).ConfigureAwait(false);
                if (found is not { } wanted || !session.Has(await session.Client.PutEndpoint(endpoint, wanted, cancellation).ConfigureAwait(false), out var status, optionOf: options.OptionOf))
                {
                    return session.Failure;
                }

                if (isNew)
                {
                    session.Note($"the endpoint {endpoint} is new.");
                }

                return Print(parse, output, status);
            },
            cancellation));
        return command;
    }

    public static Command Delete()
    {
        var name = CatalogName.Argument("The endpoint, which no project uses any more");
        var server = new ServerOptions(takesToken: false);
        var command = new Command("delete", "Remove an endpoint that no project uses.") { name };
        server.AddTo(command);
        command.SetAction((parse, cancellation) => server.Run(parse, client => client.RemoveEndpoint(parse.GetRequiredValue(name), cancellation), _ => { }, cancellation));
        return command;
    }

    public static Command Test()
    {
        var name = CatalogName.Argument("The endpoint; one that is not there yet is tried by the options alone");
        var (server, output, options) = (new ServerOptions(takesToken: false, TestPatience), new OutputOption(), ServerSpecs.Endpoint());
        var command = new Command("test", "Ask an endpoint's registry whether it is one and takes the credential; options are tried without being kept.") { name };
        options.AddTo(command);
        server.AddTo(command);
        output.AddTo(command);
        command.SetAction((parse, cancellation) => server.Run(
            parse,
            async session =>
            {
                var endpoint = parse.GetRequiredValue(name);
                EndpointSpec? wanted = null;
                if (options.AnyGiven(parse) && (wanted = (await Wanted(session, parse, endpoint, options, cancellation).ConfigureAwait(false)).Spec) is null)
                {
                    return ExitCode.Failed;
                }

                if (!session.Has(await session.Client.TestEndpoint(endpoint, wanted, cancellation).ConfigureAwait(false), out var test, optionOf: options.OptionOf))
                {
                    return session.Failure;
                }

                output.Print(parse, test, ApiJson.Default.EndpointTest, _ => Printable.Line(test.Message) + "\n");
                return test.Result == "fine" ? ExitCode.Done : ExitCode.Failed;
            },
            cancellation));
        return command;
    }

    /// <returns>The endpoint's options with those that are given in their place, and whether there is none yet; without options where what went wrong is said.</returns>
    private static async Task<(EndpointSpec? Spec, bool IsNew)> Wanted(ServerSession session, ParseResult parse, string name, SpecOptions<EndpointSpec> options, CancellationToken cancellation)
    {
        var outcome = await session.Client.Endpoint(name, cancellation).ConfigureAwait(false);
        var isNew = outcome is ApiOutcome<EndpointStatus>.Refused(NotFound, _);
        EndpointStatus? status = null;
        return isNew || session.Has(outcome, out status)
            ? (await options.Apply(parse, status?.Settings ?? new EndpointSpec(null, null), cancellation).ConfigureAwait(false), isNew)
            : (null, false);
    }

    private static int Print(ParseResult parse, OutputOption output, EndpointStatus status) =>
        output.Print(parse, status, ApiJson.Default.EndpointStatus, _ => EndpointText.One(status, Now()));

    private static DateTimeOffset Now() => TimeProvider.System.GetUtcNow();
}
