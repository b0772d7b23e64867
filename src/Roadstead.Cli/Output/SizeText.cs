using System.Globalization;

namespace Roadstead.Cli.Output;

/// <summary>Bytes as people read them; what is exact stands in the JSON.</summary>
internal static class SizeText
{
    private static readonly string[] Units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

    public static string Of(long bytes)
    {
        double size = bytes;
        var unit = 0;
        // What would be shown as 1024 of a unit is 1 of the next.
        while (Math.Round(Math.Abs(size), 1) >= 1024)
        {
            size /= 1024;
            unit++;
        }

        return string.Create(CultureInfo.InvariantCulture, $"{size:0.#} {Units[unit]}");
    }

    /// <summary>A limit, of which there may be none.</summary>
    public static string OfLimit(long? bytes) => bytes is { } limit ? Of(limit) : "unlimited";
}
