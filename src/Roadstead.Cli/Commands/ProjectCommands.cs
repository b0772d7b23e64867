using System.CommandLine;
using Roadstead.Api;
using Roadstead.Cli.Output;

namespace Roadstead.Cli.Commands;

/// <summary><c>roadstead project …</c> and <c>roadstead quota …</c>: what is mirrored as what, and how much of it is kept.</summary>
internal static class ProjectCommands
{
    private const int NotFound = 404;

    public static Command List()
    {
        var (server, output) = (new ServerOptions(takesToken: false), new OutputOption());
        var command = new Command("list", "Show the server's projects, and how much each holds.");
        server.AddTo(command);
        output.AddTo(command);
        command.SetAction((parse, cancellation) => server.Run(
            parse,
            client => client.Projects(cancellation),
            list => output.Print(parse, list, ApiJson.Default.ProjectList, width => ProjectText.List(list, width)),
            cancellation));
        return command;
    }

    public static Command Show()
    {
        var name = CatalogName.Argument("The project");
        var (server, output) = (new ServerOptions(takesToken: false), new OutputOption());
        var command = new Command("show", "Show all options of a project, and how much it holds.") { name };
        server.AddTo(command);
        output.AddTo(command);
        command.SetAction((parse, cancellation) => server.Run(parse, client => client.Project(parse.GetRequiredValue(name), cancellation), status => Print(parse, output, status), cancellation));
        return command;
    }

    public static Command Set()
    {
        var name = CatalogName.Argument("The project");
        var (server, output, options) = (new ServerOptions(takesToken: false), new OutputOption(), ServerSpecs.Project());
        var command = new Command("set", "Make a project, or change the options of one that are given; its images stay.") { name };
        options.AddTo(command);
        server.AddTo(command);
        output.AddTo(command);
        command.SetAction((parse, cancellation) => server.Run(
            parse,
            async session =>
            {
                var project = parse.GetRequiredValue(name);
                var found = await session.Client.Project(project, cancellation).ConfigureAwait(false);
                var isNew = found is ApiOutcome<ProjectStatus>.Refused(NotFound, _);
                ProjectStatus? former = null;
                if (!isNew && !session.Has(found, out former))
                {
                    return ExitCode.Failed;
                }

                var wanted = await options.Apply(parse, former?.Settings ?? new ProjectSpec(), cancellation).ConfigureAwait(false);
                var exitCode = await Put(session, parse, output, project, wanted, options.OptionOf, cancellation).ConfigureAwait(false);
                if (isNew && exitCode == ExitCode.Done)
                {
                    session.Note($"the project {project} is new.");
                }

                return exitCode;
            },
            cancellation));
        return command;
    }

    public static Command Delete()
    {
        var name = CatalogName.Argument("The project");
        var force = new Option<bool>("--force") { Description = "Though it holds images: they go when room is wanted, and are there again if it is made anew before; pins end" };
        var server = new ServerOptions(takesToken: false);
        var command = new Command("delete", "Remove a project that holds no images.") { name, force };
        server.AddTo(command);
        command.SetAction((parse, cancellation) => server.Run(parse, client => client.RemoveProject(parse.GetRequiredValue(name), parse.GetValue(force), cancellation), _ => { }, cancellation));
        return command;
    }

    public static Command Quotas()
    {
        var (server, output) = (new ServerOptions(takesToken: false), new OutputOption());
        var command = new Command("list", "Show how much each project and the whole store hold, and may hold.");
        server.AddTo(command);
        output.AddTo(command);
        command.SetAction((parse, cancellation) => server.Run(
            parse,
            client => client.Store(cancellation),
            status => output.Print(parse, status, ApiJson.Default.StoreStatus, width => StoreText.Quotas(status, width)),
            cancellation));
        return command;
    }

    public static Command SetQuota()
    {
        var name = CatalogName.Argument("The project", "PROJECT");
        var size = new Argument<string>("SIZE") { Description = "As 200GiB, or unlimited" };
        var (server, output) = (new ServerOptions(takesToken: false), new OutputOption());
        var command = new Command("set", "Bound what a project holds; what is too much goes, the images first that were not pulled for the longest time.") { name, size };
        server.AddTo(command);
        output.AddTo(command);
        command.SetAction((parse, cancellation) => server.Run(
            parse,
            async session =>
            {
                var project = parse.GetRequiredValue(name);
                if (!session.Has(await session.Client.Project(project, cancellation).ConfigureAwait(false), out var former))
                {
                    return ExitCode.Failed;
                }

                var exitCode = await Put(session, parse, output, project, former.Settings with { Quota = parse.GetRequiredValue(size) }, key => key == "quota" ? size.Name : null, cancellation).ConfigureAwait(false);
                if (exitCode == ExitCode.Done && former.Used > 0)
                {
                    await NoteExcess(session, parse, project, cancellation).ConfigureAwait(false);
                }

                return exitCode;
            },
            cancellation));
        return command;
    }

    /// <summary>Says what becomes of a project that holds more than it may. The quota is set, whether or not this can be found out.</summary>
    private static async Task NoteExcess(ServerSession session, ParseResult parse, string name, CancellationToken cancellation)
    {
        if (await session.Client.Store(cancellation).ConfigureAwait(false) is ApiOutcome<StoreStatus>.Answered(var store)
            && store.Projects.FirstOrDefault(project => project.Project == name) is { Quota: { } quota } held && held.Bytes > quota
            && await ImageCommands.All(session, parse, name, null, isDeleted: false, cancellation).ConfigureAwait(false) is { } images)
        {
            session.Note(StoreText.Excess(held, quota, images));
        }
    }

    private static async Task<int> Put(ServerSession session, ParseResult parse, OutputOption output, string name, ProjectSpec wanted, Func<string, string?> optionOf, CancellationToken cancellation) =>
        session.Has(await session.Client.PutProject(name, wanted, cancellation).ConfigureAwait(false), out var status, optionOf: optionOf) ? Print(parse, output, status) : session.Failure;

    private static int Print(ParseResult parse, OutputOption output, ProjectStatus status) =>
        output.Print(parse, status, ApiJson.Default.ProjectStatus, _ => ProjectText.One(status, TimeProvider.System.GetUtcNow()));
}
