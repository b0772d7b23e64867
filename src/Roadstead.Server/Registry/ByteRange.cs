namespace Roadstead.Server.Registry;

/// <summary>A part of a blob: bytes <paramref name="From"/> up to and without <paramref name="To"/>.</summary>
internal readonly record struct ByteRange(long From, long To)
{
    public long Length => To - From;

    /// <summary>The value of Content-Range for this part of a blob of <paramref name="size"/> bytes.</summary>
    public string ContentRange(long size) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"bytes {From}-{To - 1}/{size}");
}
