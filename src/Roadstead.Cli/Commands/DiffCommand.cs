using System.CommandLine;
using Roadstead.Api;
using Roadstead.Cli.Output;

namespace Roadstead.Cli.Commands;

/// <summary><c>roadstead diff</c>: in what a server differs from what a file declares.</summary>
internal static class DiffCommand
{
    public static Command Create()
    {
        var tells = new Option<bool>("--exit-code") { Description = "Exit with 1 where something differs" };
        var (file, output) = (new DeclarationOptions(), new OutputOption());
        var command = new Command("diff", "Show what apply would change, as a unified diff.");
        file.AddTo(command);
        command.Options.Add(tells);
        output.AddTo(command);
        command.SetAction((parse, cancellation) => file.Run(
            parse,
            dryRun: true,
            report =>
            {
                output.Print(parse, report, ApiJson.Default.CatalogReport, _ => CatalogText.Difference(report, file.Name(parse)));
                return parse.GetValue(tells) && report.Changes.Any(change => change.Change != CatalogText.Unchanged) ? ExitCode.Failed : ExitCode.Done;
            },
            cancellation));
        return command;
    }
}
