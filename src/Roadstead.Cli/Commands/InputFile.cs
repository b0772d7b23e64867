using System.Diagnostics.CodeAnalysis;
using Roadstead.Cli.Declaration;

namespace Roadstead.Cli.Commands;

/// <summary>A file that <c>--file</c> names, or standard input.</summary>
internal static class InputFile
{
    private const string StandardInput = "-";

    public static bool IsStandardInput(string path) => path == StandardInput;

    /// <summary>What it is called in what is said of it.</summary>
    public static string Name(string path) => IsStandardInput(path) ? "(standard input)" : path;

    /// <summary>Its text.</summary>
    /// <param name="path">What was typed.</param>
    /// <param name="maxLength">The most bytes that it may have.</param>
    /// <param name="session">Is told what is wrong with it.</param>
    /// <param name="text">The text.</param>
    /// <returns>False where something is.</returns>
    public static bool TryRead(string path, int maxLength, ServerSession session, [NotNullWhen(true)] out string? text)
    {
        try
        {
            using var stream = IsStandardInput(path) ? Console.OpenStandardInput() : File.OpenRead(path);
            if (NamedFiles.TryRead(stream, maxLength, out text) is not { } fault)
            {
                return true;
            }

            session.Fail($"{Name(path)}: {fault}.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            session.Fail($"--file: {exception.Message}");
        }

        text = null;
        return false;
    }
}
