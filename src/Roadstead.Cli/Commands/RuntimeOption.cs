using System.CommandLine;
using System.CommandLine.Parsing;
using Roadstead.Cli.NodeConfig;

namespace Roadstead.Cli.Commands;

/// <summary><c>--runtime</c>, which every command on a runtime's files has.</summary>
internal static class RuntimeOption
{
    /// <summary>Exactly one.</summary>
    public static Option<NodeRuntime?> One() => new("--runtime")
    {
        Description = $"What pulls images on the node:{List()}",
        Required = true,
        HelpName = "RUNTIME",
        CustomParser = result => Named(result, result.Tokens[0].Value),
    };

    /// <summary>Any number, where none means those that the node has.</summary>
    public static Option<NodeRuntime[]> Several() => new("--runtime")
    {
        Description = $"What pulls images on the node, where it is not what is found there; may be given several times:{List()}",
        HelpName = "RUNTIME",
        Arity = ArgumentArity.ZeroOrMore,
        CustomParser = result => [.. result.Tokens.Select(token => Named(result, token.Value)).OfType<NodeRuntime>()],
    };

    private static string List() => string.Concat(Runtimes.All.Select(known => $"\n  {string.Join(", ", [known.Name, .. known.Aliases]),-26}{known.Description}"));

    private static NodeRuntime? Named(ArgumentResult result, string name)
    {
        var named = Runtimes.Named(name);
        if (named is null)
        {
            result.AddError($"--runtime {name} is not known. It is one of {string.Join(", ", Runtimes.All.Select(known => known.Name))}.");
        }

        return named;
    }
}
