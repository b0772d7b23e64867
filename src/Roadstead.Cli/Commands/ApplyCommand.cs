using System.CommandLine;
using Roadstead.Api;
using Roadstead.Cli.Output;

namespace Roadstead.Cli.Commands;

/// <summary><c>roadstead apply</c>: has a server be as a file declares it, all of it or none.</summary>
internal static class ApplyCommand
{
    public static Command Create()
    {
        var dry = new Option<bool>("--dry-run") { Description = "Only tell what would change" };
        var (file, output) = (new DeclarationOptions(), new OutputOption());
        var command = new Command("apply", "Have the server's endpoints and projects be as a file declares them, all of them or none.");
        file.AddTo(command);
        command.Options.Add(dry);
        output.AddTo(command);
        command.SetAction((parse, cancellation) => file.Run(
            parse,
            parse.GetValue(dry),
            report => output.Print(parse, report with { Before = null, After = null }, ApiJson.Default.CatalogReport, width => CatalogText.Changes(report, width)),
            cancellation));
        return command;
    }
}
