using Roadstead.Bench.Content;
using Roadstead.Bench.Contestants;
using Roadstead.Bench.Figures;
using Roadstead.Bench.Load;
using Roadstead.Bench.Machine;
using Roadstead.Testing.Registries;

namespace Roadstead.Bench.Rows;

/// <summary>What the server keeps when it has nothing to do.</summary>
internal sealed class MemoryIdleRow() : Row("memory-idle")
{
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(3);

    public override async Task<IReadOnlyList<RowResult>> Measure(BenchContext context)
    {
        using var folder = new WorkFolder(context.Folder, "idle");
        await using var upstream = await Contestant.Start(RegistryProxy.In(folder.Subfolder("upstream"), null));
        await upstream.Client.Push(BenchImage.Repository, BenchImage.Tag, BenchImage.Of(Enumerable.Repeat(10_000_000, 10)));
        var measured = await new Entrants<Sample>(context, Name).Add(RoadsteadServer.Name, () => Pull(context, upstream)).Run(context.FewRounds, sample => sample.Value);
        return [new RowResult(
            Name, $"Resident memory {Rest.TotalSeconds} s after skopeo pulled an image of 10 layers and 100 MB, the first since the start", "MB",
            [.. measured.Select(one => new ContestantResult(one.Name, one.Measured))], [Goal.AtMost(RoadsteadServer.Name, 100)])];
    }

    private static async Task<Sample> Pull(BenchContext context, Contestant upstream)
    {
        using var folder = new WorkFolder(context.Folder, "pull");
        // Not as a profiler of its time wants it, which would keep other code than is kept.
        await using var roadstead = await Contestant.Start(RoadsteadServer.In(context.Server, folder.Subfolder("roadstead"), upstream.Address));
        await Hyperfine.Time(
            $"skopeo copy --quiet --insecure-policy --src-tls-verify=false docker://{roadstead.Image(BenchImage.Repository, BenchImage.Tag)} dir:{folder["to"]}", folder.Path);
        await Task.Delay(Rest, context.Cancellation);
        if (context.Profiler is { } profiler)
        {
            await profiler.WriteMaps(roadstead.Name, roadstead.ProcessId);
        }

        return new Sample(ProcessTree.Resident(roadstead.ProcessId) / 1e6);
    }
}
