using System.CommandLine;
using Roadstead.Api;
using Roadstead.Cli.Output;

namespace Roadstead.Cli.Commands;

/// <summary><c>roadstead cache …</c>: how full the store is, and having it delete what nothing names.</summary>
internal static class CacheCommands
{
    // The server gives itself ten minutes.
    private static readonly TimeSpan CleaningPatience = TimeSpan.FromMinutes(11);

    public static Command Status()
    {
        var (server, output) = (new ServerOptions(takesToken: false), new OutputOption());
        var command = new Command("status", "Show how full the store is.");
        server.AddTo(command);
        output.AddTo(command);
        command.SetAction((parse, cancellation) => server.Run(
            parse,
            async client =>
            {
                // A store that was just opened may have to count its blobs.
                using var progress = TerminalProgress.On(parse.InvocationConfiguration.Error);
                progress?.Report("The server counts…");
                return await client.Store(cancellation).ConfigureAwait(false);
            },
            status => output.Print(parse, status, ApiJson.Default.StoreStatus, _ => StoreText.Status(status)),
            cancellation));
        return command;
    }

    public static Command Clean()
    {
        var dry = new Option<bool>("--dry-run") { Description = "Only count what would go" };
        var (server, output) = (new ServerOptions(takesToken: false, CleaningPatience), new OutputOption());
        var command = new Command("clean", "Delete blobs that no image names, now instead of in a week.") { dry };
        server.AddTo(command);
        output.AddTo(command);
        command.SetAction((parse, cancellation) => server.Run(
            parse,
            async client =>
            {
                using var progress = TerminalProgress.On(parse.InvocationConfiguration.Error);
                var clean = client.Clean(parse.GetValue(dry), cancellation);
                return progress is null ? await clean.ConfigureAwait(false) : await progress.While(clean, "The server looks through its blobs…").ConfigureAwait(false);
            },
            report => output.Print(parse, report, ApiJson.Default.CleanReport, _ => StoreText.Cleaned(report, parse.GetValue(dry))),
            cancellation));
        return command;
    }
}
