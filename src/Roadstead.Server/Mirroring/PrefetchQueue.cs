using System.Collections.Concurrent;
using System.Threading.Channels;
using Roadstead.Oci;
using Roadstead.Server.Projects;

namespace Roadstead.Server.Mirroring;

/// <summary>An image to complete.</summary>
/// <param name="Route">Its repository.</param>
/// <param name="RepositoryRow">The repository's row.</param>
/// <param name="Manifest">Its top manifest, which is held.</param>
internal sealed record PrefetchImage(Route Route, long RepositoryRow, Digest Manifest);

/// <summary>Images that clients pulled and that are not whole yet, each once.</summary>
internal sealed class PrefetchQueue
{
    // More images than a cluster starts at once; what does not fit is queued again by its next pull.
    private const int Capacity = 4096;

    private readonly Channel<PrefetchImage> _images = Channel.CreateBounded<PrefetchImage>(Capacity);
    private readonly ConcurrentDictionary<(long, Digest), bool> _present = new();

    public ChannelReader<PrefetchImage> Images => _images.Reader;

    public int Count => _present.Count;

    public void Add(PrefetchImage image)
    {
        if (_present.TryAdd((image.RepositoryRow, image.Manifest), true) && !_images.Writer.TryWrite(image))
        {
            Done(image);
        }
    }

    /// <summary>Lets the image be queued again.</summary>
    public void Done(PrefetchImage image) => _present.TryRemove((image.RepositoryRow, image.Manifest), out _);
}
