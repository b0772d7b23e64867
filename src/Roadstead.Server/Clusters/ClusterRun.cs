using System.Collections.Concurrent;
using Roadstead.Server.Mirroring;

namespace Roadstead.Server.Clusters;

/// <summary>How far what a cluster lacks has been fetched.</summary>
/// <param name="Done">How many images were fetched, or could not be.</param>
/// <param name="Total">Of how many.</param>
/// <param name="Bytes">Bytes of their blobs that are held or have come, of those images that are done or under way.</param>
/// <param name="TotalBytes">Bytes of all blobs of these.</param>
internal sealed record RunProgress(int Done, int Total, long Bytes, long TotalBytes);

/// <summary>The fetching of what one cluster lacks, from its beginning to its end.</summary>
internal sealed class ClusterRun(int total)
{
    private readonly ConcurrentDictionary<string, FetchProgress> _images = new(StringComparer.Ordinal);
    private int _done;

    /// <summary>Complete when all was tried.</summary>
    public Task Ended { get; set; } = Task.CompletedTask;

    public RunProgress Progress
    {
        get
        {
            var images = _images.Values.ToList();
            return new RunProgress(Volatile.Read(ref _done), total, images.Sum(image => image.Bytes), images.Sum(image => image.TotalBytes));
        }
    }

    public void Report(string image, FetchProgress progress) => _images[image] = progress;

    public void Done() => Interlocked.Increment(ref _done);
}
