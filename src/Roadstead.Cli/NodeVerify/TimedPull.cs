namespace Roadstead.Cli.NodeVerify;

/// <summary>One pull that ends in time and leaves nothing behind, however it ends.</summary>
internal static class TimedPull
{
    private static readonly TimeSpan Cleaning = TimeSpan.FromSeconds(15);

    public static async Task<(PullResult Result, TimeSpan Took)> Run(ImagePuller puller, string reference, TimeSpan patience, TimeProvider clock, CancellationToken cancellation)
    {
        var start = clock.GetTimestamp();
        try
        {
            using var budget = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            budget.CancelAfter(patience);
            var result = await puller.Pull(reference, budget.Token).ConfigureAwait(false);
            return (result, clock.GetElapsedTime(start));
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return (new PullResult.TimedOut(patience), clock.GetElapsedTime(start));
        }
        finally
        {
            // Also after Ctrl-C, when the caller's token is of no use any more.
            using var budget = new CancellationTokenSource(Cleaning);
            try
            {
                await puller.Remove(reference, budget.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                // The runtime hangs; the result says so already.
            }
        }
    }
}
