using System.Collections;
using System.Runtime.InteropServices;

namespace Roadstead.Testing.Server;

/// <summary>The programs of this repository as they were built together with the tests that run.</summary>
internal static class BuiltProgram
{
    public static (string Program, string[] Arguments) Command(string project, string assembly, params string[] arguments)
    {
        // artifacts/bin/<test project>/<configuration>/ → artifacts/bin/<project>/<configuration>/
        var here = new DirectoryInfo(AppContext.BaseDirectory);
        var path = Path.Combine(here.Parent!.Parent!.FullName, project, here.Name, assembly);
        return File.Exists(path)
            ? (DotnetHost(), [path, .. arguments])
            : throw new FileNotFoundException($"{project} is not built: {path} is missing.");
    }

    /// <summary>What a program gets: nothing of a developer's own settings, then the test's.</summary>
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
