using Roadstead.Bench.Content;
using Roadstead.Bench.Contestants;
using Roadstead.Bench.Figures;
using Roadstead.Bench.Load;
using Roadstead.Testing.Images;

namespace Roadstead.Bench.Rows;

/// <summary>What is held, over and over: a blob in bytes a second, or a manifest in requests a second.</summary>
/// <param name="what">In words.</param>
/// <param name="layers">Sizes of the image's layers in bytes.</param>
/// <param name="connections">Of the load.</param>
/// <param name="pick">What of the image is asked, by its path and size.</param>
/// <param name="nginx">The ratio to reach against nginx.</param>
/// <param name="registry">The ratio to reach against docker-registry.</param>
internal sealed class WarmRow(
    string name, string what, IReadOnlyList<int> layers, int connections, Func<Contestant, ForgedManifest, (string Path, long Size)> pick, bool isInBytes, double nginx, double registry) : Row(name)
{
    private const int Megabyte = 1_000_000;

    public static WarmRow Blob(string name, int megabytes, double nginx, double registry) => new(
        name, $"A held blob of {megabytes} MB, 8 connections", [megabytes * Megabyte], 8,
        (contestant, image) => (contestant.BlobPath(BenchImage.Repository, image.Layers[0].Digest), image.Layers[0].Size), true, nginx, registry);

    /// <param name="isByTag">By its tag, which is fresh; else by its digest.</param>
    public static WarmRow Manifest(string name, bool isByTag, double nginx, double registry) => new(
        name, $"A held manifest of 10 layers by its {(isByTag ? "tag, which is fresh" : "digest")}, 32 connections", [.. Enumerable.Repeat(64 * 1024, 10)], 32,
        (contestant, image) => (contestant.ManifestPath(BenchImage.Repository, isByTag ? BenchImage.Tag : image.Digest), image.Size), false, nginx, registry);

    public override async Task<IReadOnlyList<RowResult>> Measure(BenchContext context)
    {
        var image = BenchImage.Of(layers);
        await using var stage = await WarmStage.SetUp(context, image);
        var entrants = new Entrants<Sample>(context, Name);
        foreach (var contestant in stage.Contestants)
        {
            entrants.Add(contestant.Name, async () =>
            {
                var (path, size) = pick(contestant, image);
                var run = await stage.Load(context, contestant, new WrkLoad(connections, [path], BenchImage.Accept), size);
                return run.As(isInBytes ? run.Report.BytesPerSecond / Megabyte : run.Report.RequestsPerSecond);
            });
        }

        var measured = await entrants.Run(context.Rounds, sample => sample.Value);
        var text = isInBytes ? what : $"{what}; {image.Size} bytes; headers: {stage.HeaderCounts}";
        return [new RowResult(
            Name, text, isInBytes ? "MB/s" : "requests/s", [.. measured.Select(one => new ContestantResult(one.Name, one.Measured))],
            [Goal.RatioAtLeast(RoadsteadServer.Name, Nginx.Name, nginx), Goal.RatioAtLeast(RoadsteadServer.Name, RegistryProxy.Name, registry)])];
    }
}
