using System.CommandLine;
using Roadstead.Cli.Output;

namespace Roadstead.Cli.Commands;

/// <summary><c>roadstead export</c>: a server's endpoints and projects as a file that <c>apply</c> takes.</summary>
internal static class ExportCommand
{
    public static Command Create()
    {
        var output = new Option<string>("--output") { Description = "How to print; table is YAML, too", DefaultValueFactory = _ => "yaml" };
        output.AcceptOnlyFromAmong("table", "json", "yaml");
        var server = new ServerOptions(takesToken: false);
        var command = new Command("export", "Print the server's endpoints and projects as a file that apply takes; secrets are left out.") { output };
        server.AddTo(command);
        command.SetAction((parse, cancellation) => server.Run(
            parse,
            async session =>
            {
                if (!session.Has(await session.Client.Catalog(cancellation).ConfigureAwait(false), out var catalog) || !session.Has(await session.Client.Endpoints(cancellation).ConfigureAwait(false), out var endpoints))
                {
                    return ExitCode.Failed;
                }

                var isJson = parse.GetRequiredValue(output) == "json";
                var missing = CatalogText.MissingSecrets(endpoints);
                parse.InvocationConfiguration.Output.Write(isJson ? CatalogText.Json(catalog) : CatalogText.Yaml(catalog, missing));
                foreach (var line in isJson ? missing : [])
                {
                    session.Note(line);
                }

                return ExitCode.Done;
            },
            cancellation));
        return command;
    }
}
