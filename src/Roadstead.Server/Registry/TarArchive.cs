using System.Globalization;
using System.Text;

namespace Roadstead.Server.Registry;

/// <summary>A tar archive of the same bytes wherever and whenever it is made.</summary>
/// <remarks>POSIX.1-2017, pax, "ustar Interchange Format".</remarks>
internal static class TarArchive
{
    private const int BlockSize = 512;
    private const int ChecksumOffset = 148;

    /// <param name="name">At most 100 letters.</param>
    /// <param name="content">Of the file.</param>
    public static byte[] OfOneFile(string name, ReadOnlySpan<byte> content)
    {
        var blocks = (content.Length + BlockSize - 1) / BlockSize;

        // Two empty blocks end it.
        var archive = new byte[(1 + blocks + 2) * BlockSize];
        var header = archive.AsSpan(0, BlockSize);
        Put(header, 0, name);
        Put(header, 100, "0000644\0");
        Put(header, 108, "0000000\0");
        Put(header, 116, "0000000\0");
        Put(header, 124, Octal(content.Length, 11) + "\0");
        Put(header, 136, "00000000000\0");
        Put(header, ChecksumOffset, "        ");
        Put(header, 156, "0");
        Put(header, 257, "ustar\0" + "00");
        var sum = 0;
        foreach (var letter in header)
        {
            sum += letter;
        }

        Put(header, ChecksumOffset, Octal(sum, 6) + "\0 ");
        content.CopyTo(archive.AsSpan(BlockSize));
        return archive;
    }

    private static void Put(Span<byte> header, int at, string text) => Encoding.ASCII.GetBytes(text, header[at..]);

    private static string Octal(int number, int digits) => Convert.ToString(number, 8).PadLeft(digits, '0').ToString(CultureInfo.InvariantCulture);
}
