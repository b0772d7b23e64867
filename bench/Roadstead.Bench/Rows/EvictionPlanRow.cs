using System.Diagnostics;
using System.Text.Json;
using Roadstead.Bench.Content;
using Roadstead.Bench.Contestants;
using Roadstead.Bench.Figures;
using Roadstead.Bench.Machine;
using Roadstead.Testing.Server;

namespace Roadstead.Bench.Rows;

/// <summary>How long a server with much in its store takes to say what would go to free a hundredth of it.</summary>
internal sealed class EvictionPlanRow() : Row("eviction-plan")
{
    public override async Task<IReadOnlyList<RowResult>> Measure(BenchContext context)
    {
        var store = LargeStore.Make(context, context.Sized(100_000, 2_000));
        await using var stage = new StoreStage(context, store, RoadsteadServer.Name);
        await stage.Contestant.Run();
        await stage.Contestant.Answers();
        var bytes = store.Bytes / 100;
        var measured = await new Entrants<Sample>(context, Name).Add(RoadsteadServer.Name, () => Plan(stage, bytes, context.Cancellation)).Run(context.Rounds, sample => sample.Value);
        return [new RowResult(
            Name, $"What would go to free a hundredth of {store.Tags * LargeStore.BlobsPerImage:N0} blobs in {store.Tags:N0} images, asked of the server", "ms",
            [.. measured.Select(one => new ContestantResult(one.Name, one.Measured))], [Goal.AtMost(RoadsteadServer.Name, 1000)])];
    }

    private static async Task<Sample> Plan(StoreStage stage, long bytes, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/v2.0/roadstead/store/plan?bytes={bytes}");
        request.Headers.Authorization = ManagementCredentials.Basic("admin", (await File.ReadAllTextAsync(Path.Combine(stage.Store.Folder, "storage", "admin-password"), cancellation)).TrimEnd('\n'));
        var begun = Stopwatch.GetTimestamp();
        using var response = await stage.Contestant.Client.SendAsync(request, cancellation);
        using var plan = JsonDocument.Parse(await response.EnsureSuccessStatusCode().Content.ReadAsByteArrayAsync(cancellation));
        var took = Stopwatch.GetElapsedTime(begun);
        return plan.RootElement.GetProperty("isEnough").GetBoolean() && plan.RootElement.GetProperty("freed").GetInt64() >= bytes
            ? new Sample(took.TotalMilliseconds)
            : throw new DishonestRunException("The plan does not free what it should.");
    }
}
