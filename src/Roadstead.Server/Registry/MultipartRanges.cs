using System.Globalization;
using System.Text;
using Roadstead.Oci;

namespace Roadstead.Server.Registry;

/// <summary>The frame around several parts of a blob in one body.</summary>
/// <remarks>RFC 9110 section 14.6.</remarks>
internal sealed class MultipartRanges(IReadOnlyList<ByteRange> ranges, long size)
{
    private readonly string _boundary = Guid.NewGuid().ToString("n");

    public IReadOnlyList<ByteRange> Ranges => ranges;

    public string ContentType => $"multipart/byteranges; boundary={_boundary}";

    /// <summary>Bytes of the whole body, frames and parts.</summary>
    public long Length => Enumerable.Range(0, ranges.Count).Sum(i => Head(i).Length + ranges[i].Length) + Tail.Length;

    /// <summary>What stands after the last part.</summary>
    public byte[] Tail => Encoding.ASCII.GetBytes($"\r\n--{_boundary}--\r\n");

    /// <summary>What stands before part <paramref name="index"/>.</summary>
    public byte[] Head(int index) => Encoding.ASCII.GetBytes(string.Create(
        CultureInfo.InvariantCulture,
        $"{(index == 0 ? "" : "\r\n")}--{_boundary}\r\nContent-Type: {MediaTypes.OctetStream}\r\nContent-Range: {ranges[index].ContentRange(size)}\r\n\r\n"));
}
