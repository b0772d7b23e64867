using Roadstead.Bench.Content;
using Roadstead.Bench.Contestants;
using Roadstead.Bench.Machine;

namespace Roadstead.Bench.Rows;

/// <summary>A server on a store of many tags, whose upstream is away: whatever it answers it holds.</summary>
internal sealed class StoreStage(BenchContext context, LargeStore store, string name) : IAsyncDisposable
{
    // The pause between the steps of what a server does beside pulls.
    private const int QuietSeconds = 6;
    private static readonly TimeSpan AtRest = TimeSpan.FromMilliseconds(50);
    private static readonly Uri Nowhere = new("http://127.0.0.1:9");

    public Contestant Contestant { get; } = Contestant.Prepare(
        RoadsteadServer.In(context.Server, store.Folder, Nowhere, context.Profiler?.ServerEnvironment, name, isMadeUp: true));

    public LargeStore Store => store;

    public string Path(int image) => Contestant.ManifestPath(LargeStore.Repository(image), LargeStore.Tag(image));

    /// <summary>Starts the server again.</summary>
    public async Task Restart()
    {
        await Contestant.Stop();
        await Contestant.Run();
        await Contestant.Answers();
    }

    /// <summary>Complete when the server does nothing by itself any more: a collection of a large store follows its start.</summary>
    public async Task Idle()
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(context.Cancellation);
        late.CancelAfter(TimeSpan.FromMinutes(5));
        var quiet = 0;
        for (var before = Contestant.ProcessorTime; quiet < QuietSeconds; before = Contestant.ProcessorTime)
        {
            await Task.Delay(TimeSpan.FromSeconds(1), late.Token);
            quiet = Contestant.ProcessorTime - before <= AtRest ? quiet + 1 : 0;
        }
    }

    public async Task CheckManifest(int image, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Path(image));
        request.Headers.Add("Accept", BenchImage.Accept);
        using var response = await Contestant.Client.SendAsync(request, cancellation);
        var bytes = await response.Content.ReadAsByteArrayAsync(cancellation);
        var digest = Testing.Images.ContentDigest.Sha256(bytes);
        if (!response.IsSuccessStatusCode || response.Headers.GetValues("Docker-Content-Digest").Single() != digest)
        {
            throw new DishonestRunException($"{Path(image)} was answered {response}");
        }
    }

    public ValueTask DisposeAsync() => Contestant.DisposeAsync();
}
