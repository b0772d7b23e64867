using System.CommandLine;
using Roadstead.Api;
using Roadstead.Cli.ImageLayout;
using Roadstead.Cli.Output;
using Roadstead.Oci;

namespace Roadstead.Cli.Commands;

/// <summary><c>roadstead image import</c>: has the server hold the images of an OCI image layout, as if upstream had brought them.</summary>
internal sealed class ImageImportCommand
{
    private readonly Argument<string> _path = new("PATH") { Description = "A folder or a tar with an OCI image layout, as image export, skopeo, podman save and docker save write it" };
    private readonly Option<bool> _pin = new("--pin") { Description = "Have them stay, too, whatever room is needed" };
    private readonly ServerOptions _server = new(takesToken: false);
    private readonly OutputOption _output = new();

    private readonly Option<ImageReference?> _as = new("--as")
    {
        Description = "What the only image of the layout is called, where the layout does not say, as docker.io/library/nginx:1.25",
        HelpName = "IMAGE",
        CustomParser = result =>
        {
            if (!ImageReference.TryParse(result.Tokens[0].Value, out var name, out var fault))
            {
                result.AddError($"--as {Printable.Line(result.Tokens[0].Value)} {fault}.");
            }

            return name;
        },
    };

    public static Command Create()
    {
        var import = new ImageImportCommand();
        var command = new Command("import", "Have the server hold the images of an OCI image layout; upstream is not asked.") { import._path, import._as, import._pin };
        import._server.AddTo(command);
        import._output.AddTo(command);
        command.SetAction((parse, cancellation) => import._server.Run(parse, session => import.Run(parse, session, cancellation), cancellation));
        return command;
    }

    private async Task<int> Run(ParseResult parse, ServerSession session, CancellationToken cancellation)
    {
        try
        {
            var (source, index, fault) = LayoutReader.Open(parse.GetRequiredValue(_path));
            using (source)
            {
                return source is null || index is null ? session.Fail(fault!)
                    : await ContentCheck.Run(session, cancellation).ConfigureAwait(false) && await ImageCommands.Place(session, cancellation).ConfigureAwait(false) is { } place
                    ? await Import(parse, session, source, index, place, cancellation).ConfigureAwait(false)
                    : ExitCode.Failed;
            }
        }
        catch (UnauthorizedAccessException exception)
        {
            return session.Fail(exception.Message);
        }
    }

    private async Task<int> Import(ParseResult parse, ServerSession session, ILayoutSource source, LayoutIndex index, ImagePlace place, CancellationToken cancellation)
    {
        var images = index.Images.Distinct().ToList();
        var named = parse.GetValue(_as);
        if (named is not null && images.Count != 1)
        {
            return session.Fail($"--as: {source.Place} has {images.Count} images, and only one can be called so.");
        }

        using var terminal = TerminalProgress.On(parse.InvocationConfiguration.Error);
        terminal?.Report("Looking through the layout…");
        var import = new ImageImport(session.Client, session.Content, source, parse.GetValue(_pin));
        var planned = import.Plan(images, named, registry => place.TryFind(registry.ToString(), out var project, out var none) ? (project, null) : (null, none));
        var transfer = new Transfer(terminal);
        string? fault;
        try
        {
            await import.Run(planned, transfer, cancellation).ConfigureAwait(false);
            fault = import.Fault;
            if (fault is null)
            {
                await import.LookAgain(planned, cancellation).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            fault = "Stopped. What has come stays at the server, and the same command goes on from there.";
        }

        terminal?.Dispose();
        if (fault is not null)
        {
            session.Fail(fault);
        }

        return MovedReport.Print(parse, _output, new MovedImages(source.Place, [.. images.Select(import.Told)], transfer.Blobs, transfer.Bytes), fault is null);
    }
}
