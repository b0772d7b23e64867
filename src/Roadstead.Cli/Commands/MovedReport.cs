using System.CommandLine;
using Roadstead.Api;
using Roadstead.Cli.Output;

namespace Roadstead.Cli.Commands;

/// <summary>The end of an export or import: what became of each image, and the exit code.</summary>
internal static class MovedReport
{
    /// <param name="isOver">False: something ended it before its time, and that is said.</param>
    /// <returns>The exit code.</returns>
    public static int Print(ParseResult parse, OutputOption output, MovedImages moved, bool isOver)
    {
        output.Print(parse, moved, ApiJson.Default.MovedImages, width => MovedText.Of(moved, width));
        return isOver && moved.Images.All(image => image.IsThere) ? ExitCode.Done : moved.Images.Any(image => image.IsThere) ? ExitCode.DoneInPart : ExitCode.Failed;
    }
}

/// <summary>Whether a server can tell of its content at all: one of an earlier release cannot.</summary>
internal static class ContentCheck
{
    /// <returns>True if it can; else it is said what it is.</returns>
    public static async Task<bool> Run(ServerSession session, CancellationToken cancellation)
    {
        if (!session.Has(await session.Content.IsServed(cancellation).ConfigureAwait(false), out var isServed))
        {
            return false;
        }

        if (!isServed)
        {
            session.Fail("--server: the server is of an earlier release, which neither exports nor imports images. Install this one there.");
        }

        return isServed;
    }
}
