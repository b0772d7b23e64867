using System.Buffers;

namespace Roadstead.Server.Mirroring;

/// <summary>
/// The bytes of a blob that are passed on while they come, with a window of the last ones in memory. Readers go at their own pace within it; one that holds up the others
/// is left behind.
/// </summary>
/// <param name="limit">The most bytes that are kept.</param>
/// <param name="clock">For how long the others wait for a slow one.</param>
internal sealed class RelayWindow(Func<int> limit, TimeProvider clock)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private readonly LinkedList<Chunk> _chunks = [];
    private readonly HashSet<Place> _readers = [];
    private TaskCompletionSource _changed = New();
    private long _end;
    private long _published;
    private bool _hasFailed;
    private bool _isDeserted;

    /// <summary>True once nobody reads any more; nobody joins then either.</summary>
    public bool IsDeserted
    {
        get
        {
            lock (_gate)
            {
                return _isDeserted;
            }
        }
    }

    /// <summary>A reader from the first byte on; null if that is gone.</summary>
    public Place? Join()
    {
        lock (_gate)
        {
            if (_hasFailed || _isDeserted || (_chunks.First?.Value.From ?? _end) > 0)
            {
                return null;
            }

            var place = new Place();
            _readers.Add(place);
            return place;
        }
    }

    public void Leave(Place place)
    {
        lock (_gate)
        {
            place.Let();
            _readers.Remove(place);
            if (_readers.Count == 0)
            {
                _isDeserted = true;
                DropAll();
            }

            Change();
        }
    }

    /// <summary>Adds bytes, once the slowest reader has made room for them or is left behind.</summary>
    public async Task Add(ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        var since = clock.GetTimestamp();
        while (MakeRoom(bytes.Length, isLate: clock.GetElapsedTime(since) >= Patience) is { } change)
        {
            try
            {
                await change.WaitAsync(Patience, clock, cancellation).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                // The slowest is left behind now.
            }
        }

        lock (_gate)
        {
            _chunks.AddLast(new Chunk(_end, bytes));
            _end += bytes.Length;
        }
    }

    /// <summary>Lets readers have the bytes up to a position.</summary>
    public void Publish(long position)
    {
        lock (_gate)
        {
            _published = Math.Max(_published, position);
            Change();
        }
    }

    /// <summary>Says that no more will come.</summary>
    public void Fail()
    {
        lock (_gate)
        {
            _hasFailed = true;
            Change();
        }
    }

    /// <summary>Gives readers the next bytes after their place, once they may have them.</summary>
    /// <returns>The bytes, in memory that is the reader's until it calls again or leaves; empty if they will never come from here.</returns>
    public async ValueTask<ReadOnlyMemory<byte>> Next(Place place, CancellationToken cancellation)
    {
        while (true)
        {
            Task change;
            lock (_gate)
            {
                place.Let();
                if (place.IsLeftBehind)
                {
                    return default;
                }

                if (place.Position < _published)
                {
                    return Take(place);
                }

                if (_hasFailed)
                {
                    return default;
                }

                change = _changed.Task;
            }

            await change.WaitAsync(cancellation).ConfigureAwait(false);
        }
    }

    private ReadOnlyMemory<byte> Take(Place place)
    {
        for (var node = _chunks.First; node is not null; node = node.Next)
        {
            var chunk = node.Value;
            if (place.Position < chunk.To)
            {
                var bytes = chunk.Between(place.Position, _published);
                place.Hold(chunk, bytes.Length);
                Change();
                return bytes;
            }
        }

        throw new InvalidOperationException("A reader is where no bytes are.");
    }

    /// <returns>What to wait for; null if there is room.</returns>
    private Task? MakeRoom(int more, bool isLate)
    {
        lock (_gate)
        {
            while (_chunks.First is { Value: var first } && _end + more - first.From > limit())
            {
                var behind = _readers.Where(reader => reader.Position < first.To).ToList();
                if (behind.Count > 0 && !isLate)
                {
                    return _changed.Task;
                }

                foreach (var reader in behind)
                {
                    reader.IsLeftBehind = true;
                    _readers.Remove(reader);
                }

                _isDeserted |= _readers.Count == 0;
                Drop(first);
            }

            return null;
        }
    }

    private void DropAll()
    {
        while (_chunks.First is { Value: var first })
        {
            Drop(first);
        }
    }

    private void Drop(Chunk chunk)
    {
        _chunks.RemoveFirst();
        chunk.Let();
    }

    private void Change()
    {
        var changed = _changed;
        _changed = New();
        changed.SetResult();
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Where a reader is.</summary>
    internal sealed class Place
    {
        private Chunk? _held;

        /// <summary>The first byte that it has not taken.</summary>
        public long Position { get; private set; }

        public bool IsLeftBehind { get; set; }

        internal void Hold(Chunk chunk, int count)
        {
            chunk.Share();
            _held = chunk;
            Position += count;
        }

        internal void Let()
        {
            _held?.Let();
            _held = null;
        }
    }

    /// <summary>Bytes that their last user gives back.</summary>
    internal sealed class Chunk
    {
        private readonly byte[] _bytes;
        private readonly int _count;
        private int _users = 1;

        public Chunk(long from, ReadOnlyMemory<byte> bytes)
        {
            From = from;
            _count = bytes.Length;
            _bytes = ArrayPool<byte>.Shared.Rent(bytes.Length);
            bytes.CopyTo(_bytes);
        }

        public long From { get; }

        public long To => From + _count;

        public ReadOnlyMemory<byte> Between(long from, long to) => _bytes.AsMemory((int)(from - From), (int)(Math.Min(to, To) - from));

        public void Share() => _users++;

        /// <summary>Under the window's lock, as <see cref="Share"/>.</summary>
        public void Let()
        {
            if (--_users == 0)
            {
                ArrayPool<byte>.Shared.Return(_bytes);
            }
        }
    }
}
