using System.Text;
using Roadstead.Cli.NodeConfig;

namespace Roadstead.Cli.Output;

/// <summary>A configuration as a tree of files below a folder, laid out as on the node.</summary>
internal static class ConfigTree
{
    public static string PathOf(ConfigFile file, string directory) => Path.Combine(directory, file.Path.TrimStart('/'));

    /// <summary>Writes every file, or none if one of them is there already with other content.</summary>
    /// <returns>What went wrong; null if nothing did.</returns>
    public static string? Write(RuntimeConfiguration configuration, string directory)
    {
        try
        {
            return configuration.Files.FirstOrDefault(file => Differs(file, directory)) is { } other
                ? $"--directory: {PathOf(other, directory)} is there already with other content, and nothing was written. Remove it, or give another folder."
                : WriteAll(configuration, directory);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return $"--directory: {exception.Message}";
        }
    }

    private static bool Differs(ConfigFile file, string directory)
    {
        var path = PathOf(file, directory);
        return Directory.Exists(path) || (File.Exists(path) && File.ReadAllText(path) != file.Content);
    }

    private static string? WriteAll(RuntimeConfiguration configuration, string directory)
    {
        foreach (var file in configuration.Files)
        {
            var path = PathOf(file, directory);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);

            // A secret is never readable to others, not even before its mode is set.
            using (var stream = new FileStream(path, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = file.Mode }))
            {
                File.SetUnixFileMode(stream.SafeFileHandle, file.Mode);
                stream.Write(Encoding.UTF8.GetBytes(file.Content));
            }
        }

        return null;
    }
}
