using Roadstead.Oci;
using Roadstead.Server.Telemetry;

namespace Roadstead.Server.Mirroring;

/// <summary>Completes images that clients pulled, whether or not they stayed, and comes back to those that upstream would not bring at once.</summary>
internal sealed partial class Prefetcher(
    PrefetchQueue queue, ImageCompletion completion, ServerMetrics metrics, TimeProvider clock, ServerLifetime lifetime, ILogger<Prefetcher> log)
{
    private const int ImagesAtOnce = 4;

    // Clients ask for several themselves; more than two beside those take from them what they wait for.
    private const int BlobsAtOnce = 2;
    private const int MaxAttempts = 7;
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);

    /// <summary>Works until the server stops.</summary>
    public Task Run() => Task.WhenAll(Enumerable.Range(0, ImagesAtOnce).Select(_ => Task.Run(Work)));

    private async Task Work()
    {
        try
        {
            await foreach (var image in queue.Images.ReadAllAsync(lifetime.Stops).ConfigureAwait(false))
            {
                metrics.PrefetchQueue.Set(queue.Count);
                if (lifetime.IsDraining || await TryComplete(image, lifetime.Stops).ConfigureAwait(false))
                {
                    queue.Done(image);
                }
                else
                {
                    _ = ComeBack(image);
                }

                metrics.PrefetchQueue.Set(queue.Count);
            }
        }
        catch (OperationCanceledException)
        {
            // The server stops.
        }
    }

    private async Task ComeBack(PrefetchImage image)
    {
        try
        {
            var pause = FirstPause;
            for (var attempt = 1; attempt < MaxAttempts; attempt++, pause *= 2)
            {
                await Task.Delay(pause, clock, lifetime.Stops).ConfigureAwait(false);
                if (await TryComplete(image, lifetime.Stops).ConfigureAwait(false))
                {
                    return;
                }
            }

            LogGivenUp(log, image.Route.Project.Name, image.Route.Repository, image.Manifest);
        }
        catch (OperationCanceledException)
        {
            // The server stops.
        }
        finally
        {
            queue.Done(image);
        }
    }

    /// <returns>True if nothing is left to do: all is held, or upstream says that it has no more.</returns>
    private async Task<bool> TryComplete(PrefetchImage image, CancellationToken stops)
    {
        if (image.Route.Project.Endpoint!.IsSparing)
        {
            return false;
        }

        try
        {
            return (await completion.Run(image, BlobsAtOnce, stops).ConfigureAwait(false)).Fault is null;
        }
        catch (Exception exception) when (exception is IOException or System.Data.Common.DbException)
        {
            LogFault(log, image.Route.Project.Name, image.Route.Repository, image.Manifest, exception.Message);
            return false;
        }
    }

    [LoggerMessage(LogLevel.Warning, "image stays incomplete project={Project} repository={Repository} digest={Digest}: upstream did not bring all of it; its next pull tries again")]
    private static partial void LogGivenUp(ILogger log, string project, RepositoryName repository, Digest digest);

    [LoggerMessage(LogLevel.Error, "completing image project={Project} repository={Repository} digest={Digest}: {Fault}")]
    private static partial void LogFault(ILogger log, string project, RepositoryName repository, Digest digest, string fault);
}
