using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Roadstead.Api;
using Roadstead.Cli.Output;

namespace Roadstead.Cli.Commands;

/// <summary><c>roadstead image fetch</c>: has the server hold images before anyone pulls them.</summary>
internal sealed class ImageFetchCommand
{
    // Tens of thousands of names.
    private const int MaxList = 1 << 20;

    private readonly Option<string?> _file = new("--file", "-f") { Description = "A list of images, one a line; - is standard input", HelpName = "FILE" };
    private readonly Option<bool> _all = new("--all-platforms") { Description = "Whatever platforms they have" };
    private readonly Option<bool> _pin = new("--pin") { Description = "Have them stay, too, whatever room is needed" };
    private readonly ServerOptions _server = new(takesToken: false);
    private readonly OutputOption _output = new();

    private readonly Argument<ImageName?[]> _images = new("IMAGE")
    {
        Description = ImageCommands.Form,
        Arity = ArgumentArity.ZeroOrMore,
        CustomParser = result => [.. result.Tokens.Select(token => ImageCommands.Parse(result, token.Value))],
    };

    private readonly Option<string[]> _platforms = new("--platform")
    {
        Description = "Of an index, as linux/arm64; else what pulls would keep of it; may be given several times",
        HelpName = "PLATFORM",
        Arity = ArgumentArity.ZeroOrMore,
    };

    public static Command Create()
    {
        var fetch = new ImageFetchCommand();
        var command = new Command("fetch", "Have the server fetch images, or what it lacks of them, before anyone pulls them.") { fetch._images, fetch._file, fetch._platforms, fetch._all, fetch._pin };
        command.Validators.Add(fetch.Check);
        fetch._server.AddTo(command);
        fetch._output.AddTo(command);
        command.SetAction((parse, cancellation) => fetch._server.Run(parse, session => fetch.Run(parse, session, cancellation), cancellation));
        return command;
    }

    private void Check(CommandResult result)
    {
        if (result.GetResult(_images) is not { Tokens.Count: > 0 } && result.GetResult(_file) is null)
        {
            result.AddError("no IMAGE is named, and no --file with names.");
        }

        if (result.GetResult(_platforms) is { Tokens.Count: > 0 } && result.GetResult(_all) is { Implicit: false })
        {
            result.AddError("--platform is given, and --all-platforms too.");
        }

        foreach (var token in result.GetResult(_platforms)?.Tokens ?? [])
        {
            if (token.Value.Split('/') is not { Length: 2 or 3 } parts || parts.Any(part => part.Length == 0))
            {
                result.AddError($"--platform {Printable.Line(token.Value)} is no platform: write os/architecture or os/architecture/variant.");
            }
        }
    }

    private async Task<int> Run(ParseResult parse, ServerSession session, CancellationToken cancellation)
    {
        var names = parse.GetValue(_images)!.OfType<ImageName>().ToList();
        if (parse.GetValue(_file) is { } file)
        {
            if (Listed(file, session) is not { } listed)
            {
                return ExitCode.Failed;
            }

            names.AddRange(listed);
        }

        if (await ImageCommands.Place(session, cancellation).ConfigureAwait(false) is not { } place)
        {
            return ExitCode.Failed;
        }

        var images = new List<FetchedImage>();
        var isOver = true;
        foreach (var name in names.Distinct())
        {
            if (await Fetch(parse, session, place, name, cancellation).ConfigureAwait(false) is not { } image)
            {
                isOver = false;
                break;
            }

            images.Add(image);
        }

        // What was done before a fault, or before Ctrl-C, is told too.
        if (isOver || images.Count > 0)
        {
            _output.Print(parse, new FetchedImages(images), ApiJson.Default.FetchedImages, width => FetchText.List(images, width));
        }

        return isOver && images.TrueForAll(IsWhole) ? ExitCode.Done : images.Any(IsWhole) ? ExitCode.DoneInPart : ExitCode.Failed;
    }

    /// <returns>What became of it; null where the server gave no answer, or it was stopped, and that is said.</returns>
    private async Task<FetchedImage?> Fetch(ParseResult parse, ServerSession session, ImagePlace place, ImageName name, CancellationToken cancellation)
    {
        if (!place.TryFind(name.Place, out var project, out var fault))
        {
            return new FetchedImage(name.ToString(), "not-mirrored", 0, 0, null, false, fault);
        }

        var repository = place.Repository(project, name.Repository).ToString();
        var platforms = parse.GetValue(_all) ? [] : parse.GetValue(_platforms) is { Length: > 0 } given ? given : null;
        ApiOutcome<ImageFetchProgress> outcome;
        using (var progress = TerminalProgress.On(parse.InvocationConfiguration.Error))
        {
            try
            {
                outcome = await session.Client.Fetch(project, repository, name.Reference.ToString(), platforms, progress is null ? null : new FetchLine(progress, name.ToString()), cancellation).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                progress?.Dispose();
                session.Fail($"{name}: stopped. What has come is held, the blobs that the server is fetching right now it fetches to their end, and the same command goes on from there.");
                return null;
            }
        }

        if (outcome is ApiOutcome<ImageFetchProgress>.Refused { Status: 400 or 403 or 404, Errors: [var error, ..] })
        {
            return new FetchedImage(name.ToString(), "not-mirrored", 0, 0, null, false, error.Message);
        }

        if (!session.Has(outcome, out var end, name.ToString()))
        {
            return null;
        }

        var isPinned = parse.GetValue(_pin) && ImageFetchProgress.IsWhole(end.State)
            && session.Has(await session.Client.Pin(project, repository, name.Reference.ToString(), cancellation).ConfigureAwait(false), out _, name.ToString());
        return new FetchedImage(
            name.ToString(), end.State, end.Bytes, end.TotalBytes, end.Digest, isPinned,
            end.Until is { } until ? string.Create(CultureInfo.InvariantCulture, $"{end.Message}; again from {until.ToUniversalTime():yyyy-MM-dd HH:mm:ss}Z") : end.Message);
    }

    /// <returns>The images that a list names; null where what is wrong with it is said.</returns>
    private static List<ImageName>? Listed(string path, ServerSession session)
    {
        if (!InputFile.TryRead(path, MaxList, session, out var text))
        {
            return null;
        }

        var (names, isRight) = (new List<ImageName>(), true);
        foreach (var (number, line) in text.TrimStart('\uFEFF').Split('\n').Select(line => line.Trim()).Index().Where(line => line.Item is { Length: > 0 } item && item[0] != '#'))
        {
            if (ImageName.TryParse(line, out var name, out var fault))
            {
                names.Add(name);
                continue;
            }

            session.Fail(string.Create(CultureInfo.InvariantCulture, $"{path}:{number + 1}: {Printable.Line(line)} {fault}."));
            isRight = false;
        }

        return isRight ? names : null;
    }

    private static bool IsWhole(FetchedImage image) => ImageFetchProgress.IsWhole(image.State);
}
