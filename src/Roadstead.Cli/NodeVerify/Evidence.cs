using System.Text.RegularExpressions;
using Roadstead.Cli.NodeConfig;

namespace Roadstead.Cli.NodeVerify;

/// <summary>What a program said, fit to be shown: on one line, not too long, without secrets.</summary>
internal static partial class Evidence
{
    private const int Beginning = 200;
    private const int End = 400;

    public static string? Of(string text, MirrorCredential? credential)
    {
        var lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Where(line => !Progress().IsMatch(line));
        var line = Control().Replace(string.Join("; ", lines), "");
        line = Query().Replace(line, "?…");
        line = Authorization().Replace(line, "$1 …");
        if (credential is not null)
        {
            line = line.Replace(credential.Base64, "…", StringComparison.Ordinal).Replace(credential.Password, "…", StringComparison.Ordinal);
        }

        // The cause of a chain of errors stands at its end, what was tried at its beginning.
        return line.Length == 0 ? null : line.Length <= Beginning + End ? line : $"{line[..Beginning]} … {line[^End..]}";
    }

    // A query may be a signed link's secret.
    [GeneratedRegex(@"\?[^\s""']*=[^\s""']*")]
    private static partial Regex Query();

    [GeneratedRegex(@"\b(Basic|Bearer)\s+[A-Za-z0-9+/=._~-]{8,}", RegexOptions.IgnoreCase)]
    private static partial Regex Authorization();

    [GeneratedRegex(@"\x1b\[[0-9;]*[A-Za-z]|[\x00-\x1f\x7f]")]
    private static partial Regex Control();

    [GeneratedRegex("^(?:Trying to pull|Getting image|Copying |Writing manifest|Using default tag|time=\".*level=(?:warning|info|debug))")]
    private static partial Regex Progress();
}
