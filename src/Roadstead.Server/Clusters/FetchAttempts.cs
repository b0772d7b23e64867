using System.Collections.Concurrent;
using Roadstead.Server.Mirroring;

namespace Roadstead.Server.Clusters;

/// <summary>How the last fetch of an image ended.</summary>
/// <param name="At">When.</param>
/// <param name="End">How.</param>
internal sealed record FetchAttempt(DateTimeOffset At, FetchEnd End);

/// <summary>How the last fetch of each image in use ended, since the server's start.</summary>
internal sealed class FetchAttempts
{
    private readonly ConcurrentDictionary<string, FetchAttempt> _last = new(StringComparer.Ordinal);

    public FetchAttempt? Of(string image) => _last.GetValueOrDefault(image);

    public void Note(string image, FetchAttempt attempt) => _last[image] = attempt;

    /// <summary>Forgets all but these.</summary>
    public void Keep(IReadOnlySet<string> images)
    {
        foreach (var image in _last.Keys.Where(image => !images.Contains(image)))
        {
            _last.TryRemove(image, out _);
        }
    }
}
