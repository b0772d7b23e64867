using System.CommandLine.Parsing;
using Roadstead.Api;
using Roadstead.Cli.Output;

namespace Roadstead.Cli.Commands;

/// <summary>The name of a cluster, as the server takes it: a DNS subdomain.</summary>
internal static class ClusterName
{
    /// <summary>Has a command line be wrong that names something else.</summary>
    public static void Check(SymbolResult result)
    {
        if (result.Tokens is [{ Value: var name }] && !SubdomainName.IsValid(name))
        {
            result.AddError($"'{Printable.Line(name)}' is no name of a cluster: small letters, digits, dots and hyphens make one.");
        }
    }
}
