using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace Roadstead.Server.Transport;

/// <summary>The way in of a connection in plain HTTP: what is waited for while its <see cref="ReadLane"/> is not inline is handed over in the thread pool.</summary>
internal sealed class LaneInput(PipeReader inner, ReadLane lane) : PipeReader
{
    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        var reading = inner.ReadAsync(cancellationToken);
        return reading.IsCompleted || lane.IsInline ? reading : Later(reading);
    }

    public override bool TryRead(out ReadResult result) => inner.TryRead(out result);

    public override void AdvanceTo(SequencePosition consumed) => inner.AdvanceTo(consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => inner.AdvanceTo(consumed, examined);

    public override void CancelPendingRead() => inner.CancelPendingRead();

    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private static async ValueTask<ReadResult> Later(ValueTask<ReadResult> reading)
    {
        var result = await reading.ConfigureAwait(false);
        await ReadLane.Off();
        return result;
    }
}
