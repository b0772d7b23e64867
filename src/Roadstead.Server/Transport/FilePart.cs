using Microsoft.Win32.SafeHandles;

namespace Roadstead.Server.Transport;

/// <summary>A part of an open file.</summary>
/// <param name="File">The file; open until the part is sent.</param>
/// <param name="Position">Its first byte.</param>
/// <param name="Count">The number of its bytes.</param>
internal readonly record struct FilePart(SafeFileHandle File, long Position, int Count)
{
    /// <summary>What follows its first <paramref name="count"/> bytes.</summary>
    public FilePart After(int count) => new(File, Position + count, Count - count);
}
