using Roadstead.Oci;

namespace Roadstead.Cli.ImageLayout;

/// <summary>A layout that is written: a folder, to which what it lacks is added, or a tar, which is written whole.</summary>
internal interface ILayoutTarget : IDisposable
{
    /// <summary>The folder or file.</summary>
    string Place { get; }

    /// <summary>What stays of it when it ends before its time, as a sentence.</summary>
    string Interrupted { get; }

    /// <summary>Nothing of it is there until all is.</summary>
    bool IsAllOrNothing { get; }

    /// <summary>True if its index has an image already.</summary>
    bool Names(LayoutImage image);

    /// <summary>True if a blob of that size is there.</summary>
    bool Has(Digest digest, long size);

    /// <summary>A manifest that is there, as it should be; null: it is not.</summary>
    byte[]? Manifest(Digest digest);

    /// <summary>Has it have a blob.</summary>
    /// <exception cref="IOException">The disk does not take it.</exception>
    Task<MoveEnd> Add(Digest digest, BlobDownload download, Transfer transfer, TimeProvider time, CancellationToken cancellation);

    /// <summary>Has it have a manifest, whose bytes are those of the digest.</summary>
    /// <exception cref="IOException">The disk does not take it.</exception>
    void Add(Digest digest, byte[] manifest);

    /// <summary>Has it name images, all of which is there.</summary>
    /// <exception cref="IOException">The disk does not take it; what was there is as it was.</exception>
    void Finish(IReadOnlyList<LayoutImage> images);
}
