using Roadstead.Testing.Processes;

namespace Roadstead.Testing.Clients;

/// <summary>A shell in which the clients find configuration and storage of their own, for commands as a person types them.</summary>
public sealed class Shell() : ContainerTool([])
{
    private protected override string Program => "bash";

    private protected override IEnumerable<string> GlobalOptions => [];

    /// <summary>Runs a script; it ends at the first command that fails.</summary>
    public Task<CommandResult> Type(string script) => Run("-euo", "pipefail", "-c", script);
}
