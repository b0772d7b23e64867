using Roadstead.Cli.NodeInstall;

namespace Roadstead.Cli.NodeFormats;

/// <summary>The sign that some editors put before a text in UTF-8. Readers of YAML pass it over; of those of TOML and JSON some do and some refuse the file.</summary>
internal static class ByteOrderMark
{
    public const char Sign = '\uFEFF';

    public static bool IsBefore(string text) => text.StartsWith(Sign);

    /// <summary>The text behind it.</summary>
    public static string Without(string text) => IsBefore(text) ? text[1..] : text;

    /// <summary>The fault of a file whose reader refuses it; false: it has none.</summary>
    /// <param name="consequence">What the runtime does with such a file, and what the operator is to do.</param>
    public static bool IsFault(string path, string text, List<NodeFault> faults, string consequence)
    {
        if (IsBefore(text))
        {
            faults.Add(new NodeFault(path, 1, "begins with a byte-order mark (U+FEFF), which no editor shows; save it in UTF-8 without one", consequence));
        }

        return IsBefore(text);
    }
}
