namespace Roadstead.Testing.Server;

/// <summary>The server as it was built together with these tests, or the one that ROADSTEAD_SERVER names.</summary>
internal static class ServerProgram
{
    public static (string Program, string[] Arguments) Command(params string[] arguments) =>
        Environment.GetEnvironmentVariable("ROADSTEAD_SERVER") is { Length: > 0 } program
            ? (program, arguments)
            : BuiltProgram.Command("Roadstead.Server", "roadstead-server.dll", arguments);
}
