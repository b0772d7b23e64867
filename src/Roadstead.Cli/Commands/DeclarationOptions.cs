using System.CommandLine;
using Roadstead.Api;
using Roadstead.Cli.Declaration;
using Roadstead.Cli.Output;

namespace Roadstead.Cli.Commands;

/// <summary>What <c>apply</c> and <c>diff</c> have in common: a file of endpoints and projects, and the server that is to have them.</summary>
internal sealed class DeclarationOptions
{
    // As much as the server takes.
    private const int MaxLength = 16 << 20;

    // The server gives itself a minute.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1.5);

    private readonly Option<string> _file = new("--file", "-f") { Description = "The file, with endpoints and projects as in the server's configuration file; - is standard input", HelpName = "FILE", Required = true };
    private readonly Option<bool> _prune = new("--prune") { Description = "What the file does not name goes, of each list that it has" };
    private readonly Option<bool> _force = new("--force") { Description = "With --prune, projects go though they hold images; these go when room is wanted, and pins end" };
    private readonly ServerOptions _server = new(takesToken: false, Patience);

    public void AddTo(Command command)
    {
        command.Options.Add(_file);
        command.Options.Add(_prune);
        command.Options.Add(_force);
        _server.AddTo(command);
    }

    /// <summary>What the file is called in what is said of it.</summary>
    public string Name(ParseResult parse) => InputFile.Name(parse.GetRequiredValue(_file));

    /// <summary>Has the server take the file, and says what is wrong with it and where.</summary>
    /// <param name="dryRun">Nothing changes.</param>
    /// <param name="show">Prints what came of it and gives the exit code.</param>
    /// <returns>The exit code.</returns>
    public Task<int> Run(ParseResult parse, bool dryRun, Func<CatalogReport, int> show, CancellationToken cancellation) => _server.Run(
        parse,
        async session =>
        {
            if (Read(parse, session) is not { } file)
            {
                return Nothing(session, dryRun);
            }

            ApiOutcome<CatalogReport> outcome;
            using (var progress = TerminalProgress.On(parse.InvocationConfiguration.Error))
            {
                progress?.Report("The server checks the file…");
                outcome = await session.Client.PutCatalog(file.Json, parse.GetValue(_prune), parse.GetValue(_force), dryRun || file.Faults.Count > 0, cancellation).ConfigureAwait(false);
            }

            var told = outcome is ApiOutcome<CatalogReport>.Refused { Errors: { Count: > 0 } errors } && errors.All(error => error.Key is not null) ? errors : [];
            if (file.Faults.Count + told.Count > 0)
            {
                foreach (var fault in InOrder(file, told, Name(parse)))
                {
                    session.Fail(fault);
                }

                return Nothing(session, dryRun);
            }

            if (!session.Has(outcome, out var report))
            {
                return ExitCode.Failed;
            }

            foreach (var warning in report.Warnings)
            {
                session.Note(Say(Name(parse), file.Place(warning.Key), warning.Key, warning.Message));
            }

            return show(report);
        },
        cancellation);

    /// <returns>The file; null where what is wrong with it is said, and the server would find nothing more.</returns>
    private DeclaredFile? Read(ParseResult parse, ServerSession session)
    {
        var path = parse.GetRequiredValue(_file);
        if (!InputFile.TryRead(path, MaxLength, session, out var text))
        {
            return null;
        }

        var file = DeclaredFile.Read(Name(parse), text, InputFile.IsStandardInput(path) ? "." : Path.GetDirectoryName(Path.GetFullPath(path))!);
        foreach (var warning in file.Warnings)
        {
            session.Note(Say(warning));
        }

        if (file.Faults.Count == 0 || file.IsWhole)
        {
            return file;
        }

        foreach (var fault in file.Faults)
        {
            session.Fail(Say(fault));
        }

        return null;
    }

    /// <summary>What is wrong with a file by itself and what the server finds wrong with it, from its first line to its last.</summary>
    private static IEnumerable<string> InOrder(DeclaredFile file, IEnumerable<ApiError> told, string path)
    {
        var faults = file.Faults.Select(fault => (fault.Line, fault.Column, Text: Say(fault)));
        var others = told.Where(error => !file.IsUnread(error.Key!)).Select(error => (error, place: file.Place(error.Key!)))

            // The message begins with the key as the server has it.
            .Select(fault => (fault.place?.Line, fault.place?.Column, Text: Say(path, fault.place, fault.error.Key!, fault.error.Message[Math.Min(fault.error.Key!.Length + 2, fault.error.Message.Length)..])));
        return faults.Concat(others).OrderBy(fault => fault.Line ?? int.MaxValue).ThenBy(fault => fault.Column).Select(fault => fault.Text);
    }

    private static int Nothing(ServerSession session, bool dryRun) => dryRun ? ExitCode.Failed : session.Fail("nothing is changed.");

    private static string Say(NodeInstall.NodeFault fault) =>
        Printable.Line(fault is { Line: { } line, Column: { } column } ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{fault.Path}:{line}:{column}: {fault.Message}.") : $"{fault}.");

    private static string Say(string path, DeclaredPlace? place, string key, string message) => Printable.Line(
        (place is null ? $"{path}: {key}" : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{path}:{place.Line}:{place.Column}: {place.Key}")) + $": {(message.EndsWith('?') ? message : message.TrimEnd('.') + ".")}");
}
