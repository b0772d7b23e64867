using System.Diagnostics.CodeAnalysis;
using Roadstead.Oci;

namespace Roadstead.Server.Configuration;

/// <summary>A name that is one path component of a repository's name.</summary>
internal static class PathName
{
    private const int MaxLength = 128;

    /// <summary>First parts of the server's own paths; a project of such a name could not be reached.</summary>
    private static readonly string[] Reserved = ["v2", "api", "healthz", "metrics", "login", "assets", "service"];

    public static bool TryParse(string text, [NotNullWhen(true)] out string? result, [NotNullWhen(false)] out string? fault)
    {
        fault = text.Length > MaxLength ? $"must be at most {MaxLength} characters"
            : !RepositoryName.IsComponent(text) ? "must be lower-case letters and digits, with ., _, __ or hyphens only between them"
            : null;
        result = text;
        return fault is null;
    }

    public static bool TryParseProject(string text, [NotNullWhen(true)] out string? result, [NotNullWhen(false)] out string? fault)
    {
        if (TryParse(text, out result, out fault) && Reserved.Contains(text))
        {
            fault = $"must not be {text}: the server's own paths begin with it";
        }

        return fault is null;
    }
}
