using Roadstead.Server.Blobs;

namespace Roadstead.Server.Mirroring;

/// <summary>Where a blob's bytes are read from; its owner disposes it.</summary>
internal abstract record BlobSource : IDisposable
{
    public abstract long Size { get; }

    public abstract void Dispose();

    /// <summary>All bytes are held.</summary>
    public sealed record Held(StoredBlob Blob) : BlobSource
    {
        public override long Size => Blob.Size;

        public override void Dispose() => Blob.Dispose();
    }

    /// <summary>The bytes are still coming.</summary>
    public sealed record Filling(FillReader Reader) : BlobSource
    {
        public override long Size => Reader.Size;

        public override void Dispose() => Reader.Dispose();
    }
}
