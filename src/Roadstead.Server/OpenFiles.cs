using System.Globalization;

namespace Roadstead.Server;

/// <summary>How many connections the files that this process may open are enough for.</summary>
/// <remarks>
/// A process that has none left is not only slow: its accepts fail, its blobs cannot be opened, and the runtime ends it ("Out of memory") as soon as a
/// thread begins, for that opens files too. So what would take the last ones is refused at the door.
/// </remarks>
internal static class OpenFiles
{
    // Its own: the runtime's and the assemblies' files, the listeners, about 220 in all; then the database, three for each connection to it, and what is
    // fetched for no client that waits.
    private const int Reserve = 384;

    // At worst a client takes its connection, the blob's file, the connection to the registry, and the one to where that redirects to.
    private const int PerConnection = 4;

    // So that health checks and a node or two get on, however little there is.
    private const int Fewest = 16;

    /// <summary>How many connections there is room for.</summary>
    public static int Room(long files) => (int)Math.Clamp((files - Reserve) / PerConnection, Fewest, int.MaxValue);

    /// <summary>How many files so many connections need.</summary>
    public static long Need(int connections) => Reserve + ((long)PerConnection * connections);

    /// <summary>How many files this process may open; null where the system does not say, or sets no limit. The runtime has raised the soft limit to the hard one.</summary>
    public static long? Limit()
    {
        const string Line = "Max open files";
        try
        {
            var words = File.ReadLines("/proc/self/limits").FirstOrDefault(line => line.StartsWith(Line, StringComparison.Ordinal))?[Line.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            return words is [var soft, ..] && long.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) ? limit : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
