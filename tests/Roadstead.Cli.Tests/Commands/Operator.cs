using System.Text.Json;
using Roadstead.Testing.Cli;
using Roadstead.Testing.Processes;
using Roadstead.Testing.Server;

namespace Roadstead.Cli.Tests.Commands;

/// <summary>Runs the program as the operator of a server.</summary>
internal static class Operator
{
    public static Task<CommandResult> Type(this TestServer server, params string[] command) =>
        RoadsteadCli.Run([.. command, "--server", server.Address.ToString(), "--password-file", server.StoragePath + "/admin-password"]);

    /// <summary>What a command that must succeed prints as JSON.</summary>
    public static async Task<JsonElement> Json(this TestServer server, params string[] command) =>
        JsonSerializer.Deserialize<JsonElement>((await server.Type([.. command, "--output", "json"])).OrThrow().Output);

    /// <summary>Asserts that a command fails, prints nothing, and says these words.</summary>
    public static Task<CommandResult> Fails(this TestServer server, string words, params string[] command) => Ends(server, 1, words, command);

    /// <summary>Asserts that a command is wrong usage, prints nothing, and says these words.</summary>
    public static Task<CommandResult> IsMisused(this TestServer server, string words, params string[] command) => Ends(server, 2, words, command);

    private static async Task<CommandResult> Ends(TestServer server, int exitCode, string words, string[] command)
    {
        var result = await server.Type(command);
        Assert.Equal((exitCode, ""), (result.ExitCode, result.Output));
        Assert.Contains(words, result.Error, StringComparison.Ordinal);
        return result;
    }
}
