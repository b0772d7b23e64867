using System.CommandLine;
using System.CommandLine.Parsing;
using Roadstead.Cli.NodeConfig;

namespace Roadstead.Cli.Commands;

/// <summary>The options that say what nodes are to use; all commands on nodes have them.</summary>
internal sealed class PlanOptions
{
    private readonly Option<MirrorUrl?> _server = Url("--server", $"Ask this server what it mirrors, what it is called and which CA it has; also {PlanWish.ServerVariable}");
    private readonly Option<MirrorUrl?> _mirror = Url("--mirror", "The URL under which nodes reach the server, where it is not the one that the server tells");
    private readonly Option<string[]> _registries = Many("--registry", "Instead of asking a server: a registry and its project, as docker.io=dockerhub", "REGISTRY=PROJECT");
    private readonly Option<string[]> _projects = Many("--project", "Of the server's projects, only these", "PROJECT");
    private readonly Option<bool> _mirrorOnly = new("--mirror-only") { Description = "Never turn to the registry itself" };
    private readonly Option<bool> _digestOnly = new("--digest-only") { Description = "Use the mirror for pulls by digest alone" };
    private readonly Option<bool> _sigstore = new("--sigstore-attachments") { Description = "Look for signatures beside the image on the mirror" };
    private readonly Option<bool> _insecure = new("--insecure") { Description = "Take plain HTTP, and certificates that nobody vouches for" };
    private readonly Option<string?> _ca = new("--ca") { Description = "The CA of the server's certificate, as PEM", HelpName = "FILE" };
    private readonly Option<string?> _username = new("--username") { Description = "What nodes log in to the mirror as", HelpName = "NAME" };
    private readonly Option<string?> _passwordFile = new("--password-file") { Description = "The password, in one line of a file", HelpName = "FILE" };
    private readonly Option<MirrorUrl?> _dockerHub = Url("--docker-hub-url", "A URL of the server that is Docker Hub's alone, for Docker before 25");

    private readonly Option<RuntimeVersion?> _version = new("--runtime-version")
    {
        Description = "The runtime's version; without it, only what all versions take is used",
        HelpName = "VERSION",
        CustomParser = result => RuntimeVersion.Parse(result.Tokens[0].Value) is { } version ? version : Refuse<RuntimeVersion?>(result, "--runtime-version must be a version, as 1.7.13."),
    };

    public void AddTo(Command command)
    {
        Option[] options = [_server, _mirror, _registries, _projects, _mirrorOnly, _digestOnly, _sigstore, _insecure, _ca, _username, _passwordFile, _dockerHub, _version];
        Array.ForEach(options, command.Options.Add);
    }

    public PlanWish Read(ParseResult parse) => new(
        parse.GetValue(_server), parse.GetValue(_mirror), parse.GetValue(_registries) ?? [], parse.GetValue(_projects) ?? [], parse.GetValue(_mirrorOnly), parse.GetValue(_digestOnly), parse.GetValue(_sigstore),
        parse.GetValue(_insecure), parse.GetValue(_ca), parse.GetValue(_username), parse.GetValue(_passwordFile), parse.GetValue(_dockerHub), parse.GetValue(_version))
    {
        ServerOfEnvironment = Environment.GetEnvironmentVariable(PlanWish.ServerVariable) is { Length: > 0 } server ? server : null,
    };

    private static Option<string[]> Many(string name, string description, string value) => new(name) { Description = $"{description}; may be given several times", HelpName = value, Arity = ArgumentArity.ZeroOrMore };

    public static Option<MirrorUrl?> Url(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "URL",
        CustomParser = result => MirrorUrl.TryParse(result.Tokens[0].Value, out var url, out var fault) ? url : Refuse<MirrorUrl?>(result, $"{name} {fault}."),
    };

    private static T? Refuse<T>(ArgumentResult result, string message)
    {
        result.AddError(message);
        return default;
    }
}
