namespace Roadstead.Cli.NodeVerify;

/// <summary>Measures what a pull takes longer while the mirror is down.</summary>
/// <param name="ordinary">What a pull takes else.</param>
internal sealed class OutageMeter(OutageRig rig, TimeSpan ordinary, VerifyOptions options, TimeProvider clock)
{
    /// <summary>One after the other: the image is the same, and what one pull stored the other would not ask for.</summary>
    public async Task<OutageReport> Measure(CancellationToken cancellation) => new(
        await Cost(DeadHost.Refusing, cancellation).ConfigureAwait(false),
        options.Outage == OutageWish.All ? await Cost(DeadHost.Silent, cancellation).ConfigureAwait(false) : null);

    private async Task<OutageCost> Cost(Func<DeadHost> make, CancellationToken cancellation)
    {
        if (rig is not OutageRig.Possible possible)
        {
            return new OutageCost.NotMeasured(((OutageRig.Impossible)rig).Why);
        }

        try
        {
            using var dead = make();
            var (puller, files) = possible.Put(dead.Authority);
            using (files)
            {
                var image = OutageRig.Possible.Image(Guid.NewGuid().ToString("n")[..16]);
                var (result, took) = await TimedPull.Run(puller, image, options.PullTimeout, clock, cancellation).ConfigureAwait(false);
                var extra = took > ordinary ? took - ordinary : TimeSpan.Zero;
                return result switch
                {
                    PullResult.Pulled => new OutageCost.Measured(extra),
                    PullResult.TimedOut => new OutageCost.MoreThan(extra),
                    PullResult.Failed(var said) => new OutageCost.NotMeasured($"the pull past a dead mirror failed: {Evidence.Of(said, null)}"),
                    _ => throw new InvalidOperationException("Unknown result."),
                };
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return new OutageCost.NotMeasured(exception.Message);
        }
    }
}
