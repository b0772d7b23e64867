using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Roadstead.Api;
using Roadstead.Cli.ImageLayout;
using Roadstead.Cli.Output;
using Roadstead.Oci;

namespace Roadstead.Cli.Commands;

/// <summary><c>roadstead image export</c>: images that the server holds, as an OCI image layout for places that no registry reaches.</summary>
internal sealed class ImageExportCommand
{
    private static readonly string[] Compressions = [".gz", ".tgz", ".zst", ".xz", ".bz2", ".zip"];

    private readonly Option<string?> _project = new("--project") { Description = "All images of this project; its registry's name means it too", HelpName = "PROJECT" };
    private readonly Option<string?> _cluster = new("--cluster") { Description = "All images that this cluster uses", HelpName = "CLUSTER" };
    private readonly Option<string> _to = new("--to") { Description = "A folder, to which what it lacks is added, or a file NAME.tar, which is written anew", HelpName = "PATH", Required = true };
    private readonly ServerOptions _server = new(takesToken: false);
    private readonly OutputOption _output = new();

    private readonly Argument<ImageName?[]> _images = new("IMAGE")
    {
        Description = ImageCommands.Form,
        Arity = ArgumentArity.ZeroOrMore,
        CustomParser = result => [.. result.Tokens.Select(token => ImageCommands.Parse(result, token.Value))],
    };

    public static Command Create()
    {
        var export = new ImageExportCommand();
        var command = new Command("export", "Write images that the server holds to a folder or file, as an OCI image layout; upstream is not asked.") { export._images, export._project, export._cluster, export._to };
        command.Validators.Add(export.Check);
        export._server.AddTo(command);
        export._output.AddTo(command);
        command.SetAction((parse, cancellation) => export._server.Run(parse, session => export.Run(parse, session, cancellation), cancellation));
        return command;
    }

    private void Check(CommandResult result)
    {
        if (result.GetResult(_images) is not { Tokens.Count: > 0 } && result.GetResult(_project) is null && result.GetResult(_cluster) is null)
        {
            result.AddError("no IMAGE is named, and neither --project nor --cluster.");
        }

        if (result.GetResult(_to)?.Tokens is [{ Value: var path }] && Compressions.FirstOrDefault(end => path.EndsWith(end, StringComparison.OrdinalIgnoreCase)) is { } ending)
        {
            result.AddError($"--to {Printable.Line(path)}: {ending} is not written. Layers are compressed already; name a folder, or a file that ends with .tar.");
        }
    }

    private async Task<int> Run(ParseResult parse, ServerSession session, CancellationToken cancellation)
    {
        if (!await ContentCheck.Run(session, cancellation).ConfigureAwait(false) || await ImageCommands.Place(session, cancellation).ConfigureAwait(false) is not { } place
            || await Wanted(parse, session, place, cancellation).ConfigureAwait(false) is not var (wanted, unwanted))
        {
            return ExitCode.Failed;
        }

        var path = parse.GetRequiredValue(_to);
        if (wanted.Count == 0)
        {
            return MovedReport.Print(parse, _output, new MovedImages(path, unwanted, 0, 0), isOver: true);
        }

        try
        {
            using var target = Open(path, session);
            return target is null ? ExitCode.Failed : await Export(parse, session, target, wanted, unwanted, cancellation).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return session.Fail($"--to: {path}: {exception.Message}");
        }
    }

    private async Task<int> Export(ParseResult parse, ServerSession session, ILayoutTarget target, IReadOnlyList<WantedImage> wanted, IReadOnlyList<MovedImage> unwanted, CancellationToken cancellation)
    {
        var export = new ImageExport(session.Content, TimeProvider.System);
        using var terminal = TerminalProgress.On(parse.InvocationConfiguration.Error);
        var transfer = new Transfer(terminal);
        var fault = await Carry(export, wanted, target, transfer, terminal, cancellation).ConfigureAwait(false);
        var isFinished = fault is null || !target.IsAllOrNothing;
        if (isFinished && wanted.Any(image => export.Told(image).IsThere) && Try(() => target.Finish(export.Whole), target) is { } unfinished)
        {
            (fault, isFinished) = (unfinished, false);
        }

        terminal?.Dispose();
        if (fault is not null)
        {
            session.Fail($"{fault} {target.Interrupted}");
        }

        var told = wanted.Select(export.Told).Select(image => isFinished || image.State != MovedState.Exported ? image : image with { State = MovedState.NotReached });
        return MovedReport.Print(parse, _output, new MovedImages(target.Place, [.. told, .. unwanted], transfer.Blobs, transfer.Bytes), fault is null);
    }

    /// <returns>What ended it before its time, as a sentence; null: nothing did.</returns>
    private static async Task<string?> Carry(ImageExport export, IReadOnlyList<WantedImage> wanted, ILayoutTarget target, Transfer transfer, TerminalProgress? terminal, CancellationToken cancellation)
    {
        try
        {
            var planned = await export.Plan(wanted, asked => terminal?.Report(string.Create(CultureInfo.InvariantCulture, $"{asked} of {wanted.Count} images looked at")), cancellation).ConfigureAwait(false);
            if (export.Fault is null)
            {
                await export.Run(planned, target, transfer, cancellation).ConfigureAwait(false);
            }

            return export.Fault;
        }
        catch (OperationCanceledException)
        {
            return $"{target.Place}: stopped.";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return Text(exception, target);
        }
    }

    private static string? Try(Action finish, ILayoutTarget target)
    {
        try
        {
            finish();
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return Text(exception, target);
        }
    }

    private static string Text(Exception exception, ILayoutTarget target) => $"{target.Place}: {exception.Message.TrimEnd('.')}.";

    private static ILayoutTarget? Open(string path, ServerSession session)
    {
        if (File.Exists(path) || (path.EndsWith(".tar", StringComparison.Ordinal) && !Directory.Exists(path)))
        {
            if (!path.EndsWith(".tar", StringComparison.Ordinal))
            {
                session.Fail($"--to: {path} is a file, and is not written over: name a folder, or a file that ends with .tar.");
                return null;
            }

            return TarTarget.Create(path);
        }

        var (folder, fault) = FolderTarget.Open(path);
        if (fault is not null)
        {
            session.Fail($"--to: {fault}");
        }

        return folder;
    }

    /// <returns>The images that are to be exported, and those that cannot be; null where the server did not say, and that is told.</returns>
    private async Task<(IReadOnlyList<WantedImage> Wanted, IReadOnlyList<MovedImage> Unwanted)?> Wanted(ParseResult parse, ServerSession session, ImagePlace place, CancellationToken cancellation)
    {
        var (wanted, unwanted) = (new List<WantedImage>(), new List<MovedImage>());
        foreach (var name in parse.GetValue(_images)!.OfType<ImageName>())
        {
            if (place.TryFind(name.Place, out var project, out var fault))
            {
                wanted.Add(new WantedImage(name.ToString(), project, place.Repository(project, name.Repository).ToString(), name.Reference));
            }
            else
            {
                unwanted.Add(new MovedImage(name.ToString(), MovedState.NotMirrored, 0) { Message = fault.TrimEnd('.') });
            }
        }

        if (parse.GetValue(_project) is { } of && !await AddProject(parse, session, place, of, wanted, unwanted, cancellation).ConfigureAwait(false))
        {
            return null;
        }

        if (parse.GetValue(_cluster) is { } cluster && !await AddCluster(session, cluster, wanted, unwanted, cancellation).ConfigureAwait(false))
        {
            return null;
        }

        return ([.. wanted.DistinctBy(image => (image.Project, image.Repository, image.Reference))], [.. unwanted.DistinctBy(image => image.Image)]);
    }

    private static async Task<bool> AddProject(ParseResult parse, ServerSession session, ImagePlace place, string of, List<WantedImage> wanted, List<MovedImage> unwanted, CancellationToken cancellation)
    {
        if (!place.TryFind(of, out var project, out var fault))
        {
            session.Fail($"--project: {fault}");
            return false;
        }

        if (await ImageCommands.All(session, parse, project, null, false, cancellation).ConfigureAwait(false) is not { } images)
        {
            return false;
        }

        foreach (var image in images.Images)
        {
            // By its digest only where it has no other name.
            if (image.Registry == place.RegistryOf(project))
            {
                wanted.AddRange((image.Tags.Count > 0 ? image.Tags : [image.Digest]).Select(Reference.Parse).Select(reference =>
                    new WantedImage($"{project}/{image.Repository}{(reference.IsTag ? ":" : "@")}{reference}", project, image.Repository, reference)));
            }
            else
            {
                unwanted.Add(new MovedImage($"{image.Registry}/{image.Repository}@{image.Digest}", MovedState.NotMirrored, image.Bytes) { Project = project, Digest = image.Digest, Message = $"the project {project} does not mirror {image.Registry} any more" });
            }
        }

        return true;
    }

    private static async Task<bool> AddCluster(ServerSession session, string cluster, List<WantedImage> wanted, List<MovedImage> unwanted, CancellationToken cancellation)
    {
        if (!session.Has(await session.Client.Cluster(cluster, cancellation).ConfigureAwait(false), out var readiness))
        {
            return false;
        }

        foreach (var image in readiness.Images)
        {
            if (image is { Project: { } project, Repository: { } repository } && ImageReference.TryParse(image.Image, out var name, out _))
            {
                wanted.Add(new WantedImage(image.Image, project, repository, name.Reference));
            }
            else
            {
                unwanted.Add(new MovedImage(image.Image, MovedState.NotMirrored, 0) { Message = image.Reason?.TrimEnd('.') ?? "no project has it" });
            }
        }

        return true;
    }
}
