using Roadstead.Bench.Content;
using Roadstead.Bench.Contestants;
using Roadstead.Bench.Figures;
using Roadstead.Bench.Load;
using Roadstead.Bench.Machine;
using Roadstead.Testing;
using Roadstead.Testing.Images;
using Roadstead.Testing.Registries;

namespace Roadstead.Bench.Rows;

/// <summary>A whole image that is not held, by a real client.</summary>
internal sealed class ColdImageRow() : Row("cold-image")
{
    private const int Layers = 10;

    public override async Task<IReadOnlyList<RowResult>> Measure(BenchContext context)
    {
        var layer = context.Sized(50_000_000, 5_000_000);
        using var folder = new WorkFolder(context.Folder, "image");
        await using var upstream = await Contestant.Start(RegistryProxy.In(folder.Subfolder("upstream"), null));
        var image = BenchImage.Of(Enumerable.Repeat(layer, Layers));
        await upstream.Client.Push(BenchImage.Repository, BenchImage.Tag, image);
        var measured = await new Entrants<Sample>(context, Name)
            .Add(RoadsteadServer.Name, () => Copy(context, upstream, image, own => RoadsteadServer.In(context.Server, own, upstream.Address, context.Profiler?.ServerEnvironment)))
            .Add(RegistryProxy.Name, () => Copy(context, upstream, image, own => RegistryProxy.In(own, upstream.Address)))
            .Run(context.Rounds, sample => sample.Value);
        return [new RowResult(
            Name, $"skopeo copies an image of {Layers} layers and {(long)layer * Layers / 1_000_000} MB that is not held, from a mirror that has just started", "s",
            [.. measured.Select(one => new ContestantResult(one.Name, one.Measured))], [Goal.RatioAtMost(RoadsteadServer.Name, RegistryProxy.Name, 0.9)])];
    }

    private static async Task<Sample> Copy(BenchContext context, Contestant upstream, ForgedManifest image, Func<string, Func<LoopbackPort, ContestantSetup>> describe)
    {
        using var folder = new WorkFolder(context.Folder, "copy");
        await using var mirror = await Contestant.Start(describe(folder.Subfolder("mirror")));
        upstream.Log.Clear();
        var before = mirror.ProcessorTime;
        var command = $"skopeo copy --quiet --insecure-policy --src-tls-verify=false docker://{mirror.Image(BenchImage.Repository, BenchImage.Tag)} dir:{folder["to"]}";
        var took = context.Profiler is { } profiler
            ? await profiler.Watch(mirror.Name, mirror.ProcessId, () => Hyperfine.Time(command, folder.Path))
            : await Hyperfine.Time(command, folder.Path);
        var cpu = mirror.ProcessorTime - before;
        foreach (var blob in image.Blobs)
        {
            if (new FileInfo(Path.Combine(folder["to"], blob.Digest.Split(':')[1])) is not { Exists: true } file || file.Length != blob.Size)
            {
                throw new DishonestRunException($"{mirror.Name}: skopeo did not copy {blob.Digest}.");
            }

            if (upstream.Log.Count(blob.Digest) == 0)
            {
                throw new DishonestRunException($"{mirror.Name} did not fetch {blob.Digest} from upstream.");
            }
        }

        return new Sample(took.TotalSeconds, Cost.Of(cpu, image.Blobs.Sum(blob => blob.Size), image.Blobs.Count));
    }
}
