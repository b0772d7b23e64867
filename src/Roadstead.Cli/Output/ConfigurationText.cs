using Roadstead.Cli.NodeConfig;

namespace Roadstead.Cli.Output;

/// <summary>A runtime's configuration as it is printed.</summary>
internal static class ConfigurationText
{
    /// <param name="format">table, json or yaml.</param>
    /// <param name="directory">The folder that the files were written below, so that their paths are enough; null: they are printed whole.</param>
    /// <returns>What goes to the output, and what is said beside it.</returns>
    public static (string Text, IReadOnlyList<string> Notes) Of(RuntimeConfiguration configuration, string format, string? directory) => format switch
    {
        "json" => (Json(configuration, directory), []),
        "yaml" => (YamlText.OfJson(Json(configuration, directory)), []),
        _ => (directory is null ? Files(configuration) : Paths(configuration, directory), configuration.Notes),
    };

    private static string Files(RuntimeConfiguration configuration) => string.Join('\n', configuration.Files.Select(file => $"# {file.Path}{Remark(file)}\n{file.Content}"));

    private static string Remark(ConfigFile file)
    {
        IEnumerable<string> remarks = [.. file.Placement == Placement.Shared ? ["merge into what stands there"] : Array.Empty<string>(), .. file.IsSecret ? ["mode 0600"] : Array.Empty<string>()];
        return remarks.Any() ? $" ({string.Join(", ", remarks)})" : "";
    }

    private static string Paths(RuntimeConfiguration configuration, string directory) =>
        string.Concat(configuration.Files.Select(file => $"{ModeOf(file)}  {ConfigTree.PathOf(file, directory)}\n"));

    private static string Json(RuntimeConfiguration configuration, string? directory) => JsonText.Write(json =>
    {
        json.WriteStartArray("files");
        foreach (var file in configuration.Files)
        {
            json.WriteStartObject();
            foreach (var (name, value) in Members(file, directory))
            {
                json.WriteString(name, value);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteString("reload", Word(configuration.Reload));
        Strings("services", configuration.Services);
        Strings("notes", configuration.Notes);

        void Strings(string name, IEnumerable<string> values)
        {
            json.WriteStartArray(name);
            foreach (var value in values)
            {
                json.WriteStringValue(value);
            }

            json.WriteEndArray();
        }
    });

    private static IEnumerable<(string Name, string Value)> Members(ConfigFile file, string? directory)
    {
        yield return ("path", directory is null ? file.Path : ConfigTree.PathOf(file, directory));
        yield return ("mode", ModeOf(file));
        yield return ("placement", file.Placement switch { Placement.Owned => "owned", Placement.Shared => "shared", _ => "applied" });
        yield return ("reload", Word(file.Reload));
        if (directory is null)
        {
            yield return ("content", file.Content);
        }
    }

    private static string ModeOf(ConfigFile file) => "0" + Convert.ToString((int)file.Mode, 8);

    private static string Word(Reload reload) => reload switch { Reload.None => "none", Reload.Signal => "signal", _ => "restart" };
}
