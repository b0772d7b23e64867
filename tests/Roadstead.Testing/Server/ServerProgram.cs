using System.Collections;
using System.Runtime.InteropServices;

namespace Roadstead.Testing.Server;

/// <summary>The server as it was built together with these tests, or the one that ROADSTEAD_SERVER names.</summary>
internal static class ServerProgram
{
    public static (string Program, string[] Arguments) Command(params string[] arguments)
    {
        if (Environment.GetEnvironmentVariable("ROADSTEAD_SERVER") is { Length: > 0 } program)
        {
            return (program, arguments);
        }

        // artifacts/bin/<test project>/<configuration>/ → artifacts/bin/Roadstead.Server/<configuration>/
        var here = new DirectoryInfo(AppContext.BaseDirectory);
        var server = Path.Combine(here.Parent!.Parent!.FullName, "Roadstead.Server", here.Name, "roadstead-server.dll");
        return File.Exists(server)
            ? (DotnetHost(), [server, .. arguments])
            : throw new FileNotFoundException($"The server is not built: {server} is missing.");
    }

    /// <summary>What the server gets: nothing of a developer's own settings, then the test's.</summary>
    public static Dictionary<string, string?> EnvironmentWith(IReadOnlyDictionary<string, string?> own)
    {
        // A killed process would leave its diagnostic sockets in the machine's temporary folder.
        var environment = new Dictionary<string, string?> { ["DOTNET_EnableDiagnostics"] = "0" };
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            var name = (string)variable.Key;
            if (name.StartsWith("ROADSTEAD_", StringComparison.Ordinal) || name.StartsWith("ASPNETCORE_", StringComparison.Ordinal))
            {
                environment[name] = null;
            }
        }

        foreach (var (name, value) in own)
        {
            environment[name] = value;
        }

        return environment;
    }

    // The test projects run as programs of their own, so the path of this process is not the host's; the runtime's folder
    // is <dotnet>/shared/Microsoft.NETCore.App/<version>/.
    private static string DotnetHost() =>
        Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "dotnet"));
}
