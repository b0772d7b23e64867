using System.Data.Common;

namespace Roadstead.Server.Metadata;

/// <summary>A write that waits for its transaction, and who waits for it.</summary>
internal sealed class PendingWrite(Func<DbConnection, object?> run)
{
    private object? _result;
    private Exception? _fault;

    public TaskCompletionSource<object?> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public bool TryRun(DbConnection connection)
    {
#pragma warning disable CA1031 // Whatever it throws belongs to who asked for the write.
        try
        {
            _result = run(connection);
            return true;
        }
        catch (Exception exception)
        {
            _fault = exception;
            return false;
        }
#pragma warning restore CA1031
    }

    public void Complete()
    {
        if (_fault is null)
        {
            Done.TrySetResult(_result);
        }
        else
        {
            Done.TrySetException(_fault);
        }
    }

    public void Fail(Exception exception) => Done.TrySetException(exception);
}
