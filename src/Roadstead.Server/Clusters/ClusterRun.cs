using System.Collections.Concurrent;
using Roadstead.Oci;
using Roadstead.Server.Mirroring;
using Roadstead.Server.Projects;

namespace Roadstead.Server.Clusters;

/// <summary>How far what a cluster lacks has been fetched.</summary>
/// <param name="Done">How many images were fetched, or could not be.</param>
/// <param name="Total">Of how many.</param>
/// <param name="Bytes">Bytes of their blobs that are held or have come, of those images that are done or under way.</param>
/// <param name="TotalBytes">Bytes of all blobs of these.</param>
internal sealed record RunProgress(int Done, int Total, long Bytes, long TotalBytes);

/// <summary>An image that is to be fetched.</summary>
/// <param name="Name">As the cluster names it.</param>
/// <param name="Route">Where it is asked for.</param>
/// <param name="Reference">Its tag or digest.</param>
internal sealed record WantedImage(string Name, Route Route, Reference Reference);

/// <summary>
/// The fetching of what one cluster lacks, from its beginning until nothing is left: a lane for each endpoint, to which images are added as they turn up.
/// </summary>
internal sealed class ClusterRun
{
    private readonly Lock _lock = new();
    private readonly Dictionary<Endpoint, Queue<WantedImage>> _lanes = [];
    private readonly HashSet<string> _pending = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, FetchProgress> _images = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _done;
    private int _total;

    /// <summary>Complete when all was tried. Nothing is added from then on.</summary>
    public Task Ended => _ended.Task;

    public RunProgress Progress
    {
        get
        {
            var images = _images.Values.ToList();
            lock (_lock)
            {
                return new RunProgress(_done, _total, images.Sum(image => image.Bytes), images.Sum(image => image.TotalBytes));
            }
        }
    }

    /// <summary>Adds images to the lanes of their endpoints; those that wait or are under way are not added again.</summary>
    /// <returns>The endpoints whose lanes are new, each to be seen to its end; null: the run has ended.</returns>
    public IReadOnlyList<Endpoint>? Add(IEnumerable<WantedImage> images)
    {
        lock (_lock)
        {
            if (_ended.Task.IsCompleted)
            {
                return null;
            }

            var begun = new List<Endpoint>();
            foreach (var image in images.Where(image => _pending.Add(image.Name)))
            {
                var endpoint = image.Route.Project.Endpoint!;
                if (!_lanes.TryGetValue(endpoint, out var lane))
                {
                    _lanes[endpoint] = lane = new Queue<WantedImage>();
                    begun.Add(endpoint);
                }

                lane.Enqueue(image);
                _total++;
            }

            return begun;
        }
    }

    /// <returns>The next image of a lane; null: there is none, and the lane has ended.</returns>
    public WantedImage? Next(Endpoint lane)
    {
        lock (_lock)
        {
            if (_lanes[lane].TryDequeue(out var image))
            {
                return image;
            }

            End(lane);
            return null;
        }
    }

    /// <summary>Ends a lane before its time.</summary>
    /// <returns>What was left in it.</returns>
    public IReadOnlyList<WantedImage> Leave(Endpoint lane)
    {
        lock (_lock)
        {
            var left = _lanes[lane].ToList();
            _done += left.Count;
            _pending.ExceptWith(left.Select(image => image.Name));
            End(lane);
            return left;
        }
    }

    public void Report(string image, FetchProgress progress) => _images[image] = progress;

    public void Done(WantedImage image)
    {
        lock (_lock)
        {
            _done++;
            _pending.Remove(image.Name);
        }
    }

    private void End(Endpoint lane)
    {
        _lanes.Remove(lane);
        if (_lanes.Count == 0)
        {
            _ended.SetResult();
        }
    }
}
