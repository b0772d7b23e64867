using System.CommandLine.Parsing;
using System.Text.RegularExpressions;
using Roadstead.Cli.Output;

namespace Roadstead.Cli.Commands;

/// <summary>The name of a cluster, as the server takes it: a DNS subdomain.</summary>
internal static partial class ClusterName
{
    private const int MaxLength = 253;

    /// <summary>Has a command line be wrong that names something else.</summary>
    public static void Check(SymbolResult result)
    {
        if (result.Tokens is [{ Value: var name }] && !(name.Length <= MaxLength && Subdomain().IsMatch(name)))
        {
            result.AddError($"'{Printable.Line(name)}' is no name of a cluster: small letters, digits, dots and hyphens make one.");
        }
    }

    // RFC 1123, as Kubernetes names its objects.
    [GeneratedRegex(@"\A[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*\z")]
    private static partial Regex Subdomain();
}
