using Roadstead.Server.Blobs;

namespace Roadstead.Server.Mirroring;

/// <summary>Where a blob's bytes are read from; its owner disposes it.</summary>
internal abstract record BlobSource : IDisposable
{
    public abstract long Size { get; }

    public abstract void Dispose();

    /// <summary>Bytes of the server's own, which are in memory.</summary>
    public sealed record InMemory(ReadOnlyMemory<byte> Bytes) : BlobSource
    {
        public override long Size => Bytes.Length;

        public override void Dispose()
        {
            // They stay.
        }
    }

    /// <summary>All bytes are held.</summary>
    /// <param name="Blob">The bytes.</param>
    /// <param name="Otherwise">Where to turn if the disk cannot read them to their end.</param>
    public sealed record Held(StoredBlob Blob, PassThrough Otherwise) : BlobSource
    {
        public override long Size => Blob.Size;

        public override void Dispose()
        {
            Blob.Dispose();
            Otherwise.Dispose();
        }
    }

    /// <summary>The bytes cannot be stored and go straight through; upstream has begun to send them.</summary>
    public sealed record Passing(PassThrough Body) : BlobSource
    {
        public override long Size => Body.Size;

        public override void Dispose() => Body.Dispose();
    }

    /// <summary>The bytes are still coming.</summary>
    /// <param name="Reader">The bytes, as they come.</param>
    /// <param name="Otherwise">Where to turn if they cannot be stored to their end.</param>
    public sealed record Filling(FillReader Reader, PassThrough Otherwise) : BlobSource
    {
        public override long Size => Reader.Size;

        public override void Dispose()
        {
            Reader.Dispose();
            Otherwise.Dispose();
        }
    }
}
