using System.CommandLine;
using Roadstead.Oci;

namespace Roadstead.Cli.Commands;

/// <summary>The name of an endpoint or a project as an argument. It is one component of a path, so that no other place of the server can be meant.</summary>
internal static class CatalogName
{
    public static Argument<string> Argument(string description, string name = "NAME")
    {
        var argument = new Argument<string>(name) { Description = description };
        argument.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var text }] && !RepositoryName.IsComponent(text))
            {
                result.AddError($"{name} must be lower-case letters and digits, with ., _, __ or hyphens only between them.");
            }
        });
        return argument;
    }
}
