using System.CommandLine;
using System.Globalization;
using Roadstead.Api;
using Roadstead.Cli.Output;
using Roadstead.Oci;

namespace Roadstead.Cli.Commands;

/// <summary><c>roadstead image …</c>: what the store holds, what is to stay, and what is to go.</summary>
internal static class ImageCommands
{
    public static Command List()
    {
        var project = new Option<string?>("--project") { Description = "Of this project only; its registry's name means it too", HelpName = "PROJECT" };
        var repository = new Option<string?>("--repository") { Description = "Of this repository of the project only", HelpName = "REPOSITORY" };
        var deleted = new Option<bool>("--deleted") { Description = "Those only of which upstream has a tag no more" };
        var (server, output) = (new ServerOptions(takesToken: false), new OutputOption());
        var command = new Command("list", "Show the images that the server holds, the next to go first.") { project, repository, deleted };
        command.Validators.Add(result =>
        {
            if (result.GetResult(repository)?.Tokens is [{ Value: var name }] && (result.GetResult(project) is null || !RepositoryName.TryParse(name, out _)))
            {
                result.AddError(result.GetResult(project) is null ? "--repository needs --project." : $"--repository {Printable.Line(name)} is no repository that there can be.");
            }
        });
        server.AddTo(command);
        output.AddTo(command);
        command.SetAction((parse, cancellation) => server.Run(
            parse,
            async session =>
            {
                var (of, called) = (parse.GetValue(project), parse.GetValue(repository));
                if (of is not null)
                {
                    if (await Place(session, cancellation).ConfigureAwait(false) is not { } place)
                    {
                        return ExitCode.Failed;
                    }

                    if (!place.TryFind(of, out var found, out var fault))
                    {
                        return session.Fail($"--project: {fault}");
                    }

                    (of, called) = (found, called is null ? null : place.Repository(found, RepositoryName.Parse(called)).ToString());
                }

                return await All(session, parse, of, called, parse.GetValue(deleted), cancellation).ConfigureAwait(false) is { } images
                    ? output.Print(parse, images, ApiJson.Default.ImageList, width => ImageText.List(images, Now(), width, parse.GetValue(deleted)))
                    : ExitCode.Failed;
            },
            cancellation));
        return command;
    }

    public static Command Show()
    {
        var image = new Argument<ImageName?>("IMAGE") { Description = Form, CustomParser = result => Parse(result, result.Tokens[0].Value) };
        var (server, output) = (new ServerOptions(takesToken: false), new OutputOption());
        var command = new Command("show", "Show an image that the server holds.") { image };
        server.AddTo(command);
        output.AddTo(command);
        command.SetAction((parse, cancellation) => server.Run(
            parse,
            async session =>
            {
                var name = parse.GetRequiredValue(image)!;
                if (await Place(session, cancellation).ConfigureAwait(false) is not { } place || !Find(session, place, name, out var project, out var repository)
                    || await All(session, parse, project, repository, false, cancellation).ConfigureAwait(false) is not { } held)
                {
                    return ExitCode.Failed;
                }

                var reference = name.Reference.ToString();
                var images = held.Images.Where(known => known.Digest == reference || known.Tags.Contains(reference)).ToList();
                return images.Count > 0
                    ? output.Print(parse, new ImageList(images, null), ApiJson.Default.ImageList, _ => string.Join("\n", images.Select(known => ImageText.One(known, Now()))))
                    : session.Fail($"{Text(project, repository, name)} is not held.");
            },
            cancellation));
        return command;
    }

    public static Command Delete() => Each("delete", "Take images out of the store.", (client, project, repository, reference, cancellation) => client.RemoveImage(project, repository, reference, cancellation));

    public static Command Pin() => Each("pin", "Have images stay, whatever room is needed.", (client, project, repository, reference, cancellation) => client.Pin(project, repository, reference, cancellation));

    public static Command Unpin() => Each("unpin", "End pins, by the tags or digests that were pinned.", (client, project, repository, reference, cancellation) => client.Unpin(project, repository, reference, cancellation));

    private static Command Each(string verb, string description, Func<ManagementClient, string, string, string, CancellationToken, Task<ApiOutcome<bool>>> tell)
    {
        var images = new Argument<ImageName?[]>("IMAGE")
        {
            Description = Form,
            Arity = ArgumentArity.OneOrMore,
            CustomParser = result => [.. result.Tokens.Select(token => Parse(result, token.Value))],
        };
        var server = new ServerOptions(takesToken: false);
        var command = new Command(verb, description) { images };
        server.AddTo(command);
        command.SetAction((parse, cancellation) => server.Run(
            parse,
            async session =>
            {
                var names = parse.GetRequiredValue(images);
                if (await Place(session, cancellation).ConfigureAwait(false) is not { } place)
                {
                    return ExitCode.Failed;
                }

                var done = 0;
                using var progress = names.Length > 1 ? TerminalProgress.On(parse.InvocationConfiguration.Error) : null;
                foreach (var (number, name) in names.Index())
                {
                    progress?.Report(string.Create(CultureInfo.InvariantCulture, $"{number + 1} of {names.Length}: {name}"));
                    if (Find(session, place, name!, out var project, out var repository)
                        && session.Has(await tell(session.Client, project, repository, name!.Reference.ToString(), cancellation).ConfigureAwait(false), out _, names.Length > 1 ? Text(project, repository, name) : null))
                    {
                        done++;
                    }
                }

                return done == names.Length ? ExitCode.Done : done > 0 ? ExitCode.DoneInPart : ExitCode.Failed;
            },
            cancellation));
        return command;
    }

    /// <summary>How an image is typed.</summary>
    public const string Form = "Project or registry first, as in pulls: dockerhub/library/nginx:1.25, docker.io/nginx:1.25, quay/org/app@sha256:…";

    /// <summary>The image that was typed; null, and an error of the command line, where it is none.</summary>
    public static ImageName? Parse(System.CommandLine.Parsing.ArgumentResult result, string text)
    {
        if (!ImageName.TryParse(text, out var name, out var fault))
        {
            result.AddError($"{Printable.Line(text)} {fault}.");
        }

        return name;
    }

    /// <returns>What the server mirrors; null where it did not say, and that is told.</returns>
    public static async Task<ImagePlace?> Place(ServerSession session, CancellationToken cancellation) =>
        session.Has(await session.Client.Mirrors(cancellation).ConfigureAwait(false), out var mirrors) ? new ImagePlace(mirrors) : null;

    private static bool Find(ServerSession session, ImagePlace place, ImageName name, out string project, out string repository)
    {
        if (!place.TryFind(name.Place, out var found, out var fault))
        {
            session.Fail(fault);
            (project, repository) = ("", "");
            return false;
        }

        (project, repository) = (found, place.Repository(found, name.Repository).ToString());
        return true;
    }

    /// <summary>All pages. An image that is pulled meanwhile moves to a later one, and is told once.</summary>
    public static async Task<ImageList?> All(ServerSession session, ParseResult parse, string? project, string? repository, bool isDeleted, CancellationToken cancellation)
    {
        var images = new List<HeldImage>();
        string? after = null;
        using var progress = TerminalProgress.On(parse.InvocationConfiguration.Error);
        do
        {
            if (!session.Has(await session.Client.Images(project, repository, isDeleted, after, cancellation).ConfigureAwait(false), out var page))
            {
                return null;
            }

            images.AddRange(page.Images);
            after = page.Next;
            progress?.Report($"{images.Count} images");
        }
        while (after is not null);

        return new ImageList([.. images.DistinctBy(image => (image.Project, image.Registry, image.Repository, image.Digest))], null);
    }

    private static string Text(string place, string repository, ImageName name) => $"{place}/{repository}{(name.Reference.IsTag ? ":" : "@")}{name.Reference}";

    private static DateTimeOffset Now() => TimeProvider.System.GetUtcNow();
}
