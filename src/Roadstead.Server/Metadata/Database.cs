using System.Collections.Concurrent;
using System.Data.Common;
using System.Threading.Channels;

namespace Roadstead.Server.Metadata;

/// <summary>
/// The index of the store. Reads run beside each other, each on a connection of its own; writes run one after the other, as many to a
/// transaction as wait, since a commit costs a sync of the disk whatever its size.
/// </summary>
public sealed class Database : IAsyncDisposable
{
    private const int MaxWaitingWrites = 1024;
    private const int MaxWritesPerTransaction = 256;
    private static readonly TimeSpan BetweenTries = TimeSpan.FromSeconds(1);

    private readonly DbDataSource _source;
    private readonly ConcurrentBag<DbConnection> _readers = [];
    private readonly Channel<PendingWrite> _writes = Channel.CreateBounded<PendingWrite>(new BoundedChannelOptions(MaxWaitingWrites) { SingleReader = true });
    private readonly Task _writing;
    private readonly TimeProvider _clock;
    private readonly Func<bool> _isThere;
    private readonly CancellationTokenSource _ended = new();
    private DbConnection? _writer;
    private volatile DbException? _fault;
    private bool _toldLost;

    /// <param name="source">Opens connections to it.</param>
    /// <param name="clock">For pauses.</param>
    /// <param name="isThere">False once it was deleted, which connections that are open do not notice; null: it cannot be.</param>
    public Database(DbDataSource source, TimeProvider clock, Func<bool>? isThere = null)
    {
        (_source, _clock, _isThere) = (source, clock, isThere ?? (() => true));
        _writing = Task.Run(RunWrites);
    }

    /// <summary>Told of each read or transaction that the database failed.</summary>
    public event Action<DbException>? Failed;

    /// <summary>Told when transactions can be begun again.</summary>
    public event Action? Recovered;

    /// <summary>Told once, with a write, when it was deleted while in use.</summary>
    public event Action? Lost;

    /// <summary>True if it was deleted while in use.</summary>
    public bool IsLost => !_isThere();

    /// <summary>Runs <paramref name="read"/> on a connection and returns what it read.</summary>
    public T Read<T>(Func<DbConnection, T> read)
    {
        ArgumentNullException.ThrowIfNull(read);
        var connection = _readers.TryTake(out var idle) ? idle : _source.OpenConnection();
        try
        {
            var result = read(connection);
            _readers.Add(connection);
            return result;
        }
        catch (DbException exception)
        {
            connection.Dispose();
            Failed?.Invoke(exception);
            throw;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Runs <paramref name="read"/> on a connection that sees the database as it was when it first read, whatever is written meanwhile.</summary>
    public async Task ReadSnapshot(Func<DbConnection, Task> read)
    {
        ArgumentNullException.ThrowIfNull(read);
        using var connection = _source.OpenConnection();
        try
        {
            connection.Execute("BEGIN");
            await read(connection).ConfigureAwait(false);
            connection.Execute("ROLLBACK");
        }
        catch (DbException exception)
        {
            Failed?.Invoke(exception);
            throw;
        }
    }

    /// <summary>Runs <paramref name="write"/> in a transaction; complete once it is on disk.</summary>
    /// <exception cref="DbException">It cannot be written; or nothing could be a moment ago, and this was not tried.</exception>
    public async Task<T> Write<T>(Func<DbConnection, T> write, CancellationToken cancellation = default)
    {
        if (_fault is { } fault)
        {
            throw new DatabaseFailingException(fault);
        }

        var item = new PendingWrite(connection => write(connection));
        await _writes.Writer.WriteAsync(item, cancellation).ConfigureAwait(false);
        return (T)(await item.Done.Task.ConfigureAwait(false))!;
    }

    /// <inheritdoc cref="Write{T}"/>
    public Task Write(Action<DbConnection> write, CancellationToken cancellation = default) => Write(
        connection =>
        {
            write(connection);
            return 0;
        },
        cancellation);

    /// <summary>Reads a row, to see whether that can be done.</summary>
    /// <exception cref="DbException">It cannot.</exception>
    public void Check() => Read(connection => connection.Exists("SELECT 1 FROM migration"));

    public async ValueTask DisposeAsync()
    {
        _writes.Writer.TryComplete();
        await _ended.CancelAsync().ConfigureAwait(false);
        await _writing.ConfigureAwait(false);
        _writer?.Dispose();
        while (_readers.TryTake(out var connection))
        {
            await connection.DisposeAsync().ConfigureAwait(false);
        }

        await _source.DisposeAsync().ConfigureAwait(false);
        _ended.Dispose();
    }

    private async Task RunWrites()
    {
        var batch = new List<PendingWrite>(MaxWritesPerTransaction);
        while (await _writes.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            batch.Clear();
            while (batch.Count < MaxWritesPerTransaction && _writes.Reader.TryRead(out var next))
            {
                batch.Add(next);
            }

            Commit(batch);
        }
    }

    private void Commit(List<PendingWrite> batch)
    {
        if (!_toldLost && IsLost)
        {
            _toldLost = true;
            Lost?.Invoke();
        }

        try
        {
            var connection = _writer ??= _source.OpenConnection();
            connection.Execute("BEGIN IMMEDIATE");
            try
            {
                // A write that fails must not take the others of its transaction with it.
                foreach (var write in batch)
                {
                    connection.Execute("SAVEPOINT one");
                    if (!write.TryRun(connection))
                    {
                        connection.Execute("ROLLBACK TO one");
                    }

                    connection.Execute("RELEASE one");
                }

                connection.Execute("COMMIT");
            }
            catch (DbException)
            {
                Rollback(connection);
                throw;
            }

            batch.ForEach(write => write.Complete());
        }
        catch (DbException exception)
        {
            _writer?.Dispose();
            _writer = null;
            if (_fault is null)
            {
                _fault = exception;
                _ = Task.Run(Recover);
            }

            batch.ForEach(write => write.Fail(exception));
            Failed?.Invoke(exception);
        }
    }

    // After some faults the transaction is over already.
    private static void Rollback(DbConnection connection)
    {
        try
        {
            connection.Execute("ROLLBACK");
        }
        catch (DbException)
        {
            // What made it necessary is what counts.
        }
    }

    /// <summary>Tries until a transaction can be begun again. Meanwhile no write is: each would wait as long as a lock may last, and a pull with it.</summary>
    private async Task Recover()
    {
        while (true)
        {
            try
            {
                await Task.Delay(BetweenTries, _clock, _ended.Token).ConfigureAwait(false);
                using var connection = _source.OpenConnection();
                connection.Execute("BEGIN IMMEDIATE");
                connection.Execute("COMMIT");
                _fault = null;
                Recovered?.Invoke();
                return;
            }
            catch (DbException)
            {
                // Not yet.
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }
}
