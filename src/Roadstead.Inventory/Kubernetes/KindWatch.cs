namespace Roadstead.Inventory.Kubernetes;

/// <summary>Knows the objects of one kind that a cluster has: lists them, follows their changes, and keeps of each no more than what it uses.</summary>
/// <remarks>https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes.</remarks>
/// <param name="kind">The kind.</param>
/// <param name="connections">Asks the cluster.</param>
/// <param name="withRelated">Count what operators are told to use by variables.</param>
/// <param name="time">The clock.</param>
/// <param name="resync">How often all is listed again.</param>
/// <param name="longestPause">The longest wait after a fault.</param>
/// <param name="changed">Is called when something has changed, the fault included.</param>
internal sealed class KindWatch(WorkloadKind kind, KubernetesConnections connections, bool withRelated, TimeProvider time, TimeSpan resync, TimeSpan longestPause, Action changed)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private Dictionary<string, ObjectImages>? _objects;
    private KubernetesFault? _fault;
    private DateTimeOffset? _heardAt;
    private string? _version;
    private int _failures;
    private DateTimeOffset _listedAt;

    /// <summary>All objects have been listed once, or there are none of this kind.</summary>
    public bool IsKnown
    {
        get
        {
            lock (_lock)
            {
                return _objects is not null;
            }
        }
    }

    /// <summary>Why it cannot be looked at the moment; null: it can.</summary>
    public KubernetesFault? Fault
    {
        get
        {
            lock (_lock)
            {
                return _fault;
            }
        }
    }

    /// <summary>When the cluster last said something of them; null: not yet.</summary>
    public DateTimeOffset? HeardAt
    {
        get
        {
            lock (_lock)
            {
                return _heardAt;
            }
        }
    }

    public void AddTo(InventoryBuilder builder)
    {
        lock (_lock)
        {
            foreach (var item in _objects?.Values ?? Enumerable.Empty<ObjectImages>())
            {
                item.AddTo(builder);
            }
        }
    }

    /// <summary>Goes on until it is ended.</summary>
    public async Task Run(CancellationToken cancellation)
    {
        var pause = TimeSpan.Zero;
        try
        {
            while (true)
            {
                var since = time.GetTimestamp();
                switch (await Round(cancellation).ConfigureAwait(false))
                {
                    case Next.AtOnce:
                        pause = TimeSpan.Zero;
                        break;
                    case Next.AtResync:
                        pause = TimeSpan.Zero;
                        await Task.Delay(resync, time, cancellation).ConfigureAwait(false);
                        break;
                    default:
                        pause = Least(pause == TimeSpan.Zero || time.GetElapsedTime(since) > longestPause ? FirstPause : 2 * pause, longestPause);

                        // Nine kinds need not come back in the same moment.
                        await Task.Delay(pause * (0.5 + (Random.Shared.NextDouble() / 2)), time, cancellation).ConfigureAwait(false);
                        break;
                }
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // It was ended.
        }
    }

    private enum Next
    {
        AtOnce,
        AfterPause,
        AtResync,
    }

    /// <summary>Lists where that is due, then watches as long as it goes.</summary>
    private async Task<Next> Round(CancellationToken cancellation)
    {
        var opening = await connections.Get(cancellation).ConfigureAwait(false);
        if (opening is not KubernetesOpening.Opened(var connection))
        {
            return Failed(((KubernetesOpening.Failed)opening).Fault);
        }

        if (_version is null && await List(connection, cancellation).ConfigureAwait(false) is { } next)
        {
            return next;
        }

        var left = _listedAt + resync - time.GetUtcNow();
        if (left <= TimeSpan.Zero)
        {
            _version = null;
            return Next.AtOnce;
        }

        var since = time.GetTimestamp();
        switch (await new WatchStream(connection, kind, time).Follow(_version!, left, Take, Well, cancellation).ConfigureAwait(false))
        {
            case null:
                // What ends as soon as it has begun would be asked for all the time.
                return time.GetElapsedTime(since) > FirstPause ? Next.AtOnce : Next.AfterPause;
            case { Kind: KubernetesFaultKind.Expired }:
                _version = null;
                return Next.AtOnce;
            case var fault:
                await LeaveIfRefused(connection, fault, cancellation).ConfigureAwait(false);
                return kind.IsOptional && fault.Kind == KubernetesFaultKind.Forbidden ? Without() : Failed(fault);
        }
    }

    /// <returns>What is to be done where there is no list; null: there is one.</returns>
    private async Task<Next?> List(KubernetesConnection connection, CancellationToken cancellation)
    {
        var listedAt = time.GetUtcNow();
        switch (await new KubernetesLists(connection, withRelated, time).All(kind, null, cancellation).ConfigureAwait(false))
        {
            case KubernetesOutcome<ListedObjects>.Answered(var listed):
                lock (_lock)
                {
                    _objects = listed.Objects;
                }

                (_version, _listedAt) = (listed.ResourceVersion, listedAt);
                Well();
                changed();
                return null;
            case KubernetesOutcome<ListedObjects>.Failed({ Kind: var fault }) when (fault == KubernetesFaultKind.NotFound && kind != WorkloadKind.Pod) || (fault == KubernetesFaultKind.Forbidden && kind.IsOptional):
                return Without();
            case KubernetesOutcome<ListedObjects>.Failed(var fault):
                await LeaveIfRefused(connection, fault, cancellation).ConfigureAwait(false);
                return Failed(fault);
            default:
                throw new InvalidOperationException("Unknown outcome.");
        }
    }

    /// <summary>The cluster has none of this kind, or does not tell, and the inventory does without.</summary>
    private Next Without()
    {
        lock (_lock)
        {
            _objects ??= [];
        }

        _version = null;
        Well();
        changed();
        return Next.AtResync;
    }

    private Next Failed(KubernetesFault fault)
    {
        lock (_lock)
        {
            // Connections break, and API servers are started again one after the other: what has been well must fail twice.
            var mayPass = _objects is not null && fault.Kind is (KubernetesFaultKind.Unreachable or KubernetesFaultKind.Busy);
            _fault = ++_failures == 1 && mayPass ? _fault : fault;
        }

        changed();
        return Next.AfterPause;
    }

    private void Well()
    {
        bool wasFault;
        lock (_lock)
        {
            wasFault = _fault is not null;
            (_fault, _heardAt, _failures) = (null, time.GetUtcNow(), 0);
        }

        if (wasFault)
        {
            changed();
        }
    }

    /// <summary>Takes up one change.</summary>
    /// <param name="item">The object; null: only the version has changed.</param>
    /// <param name="version">From which a watch goes on.</param>
    /// <param name="isGone">It was deleted.</param>
    private void Take(KubernetesObject? item, string version, bool isGone)
    {
        var isNews = false;
        if (item?.Metadata is { } metadata)
        {
            var key = KubernetesLists.KeyOf(metadata);
            var images = ObjectImages.Of(item, kind.Kind, withRelated);
            lock (_lock)
            {
                isNews = isGone ? _objects!.Remove(key) : !(_objects!.GetValueOrDefault(key) is { } known && known.IsSame(images));
                if (!isGone)
                {
                    _objects![key] = images;
                }
            }
        }

        _version = version;
        Well();
        if (isNews)
        {
            changed();
        }
    }

    /// <summary>A credential that has run out may have been renewed where it stands.</summary>
    private async Task LeaveIfRefused(KubernetesConnection connection, KubernetesFault fault, CancellationToken cancellation)
    {
        if (fault.Kind is KubernetesFaultKind.Unauthorized or KubernetesFaultKind.Untrusted or KubernetesFaultKind.Configuration)
        {
            await connections.Leave(connection, cancellation).ConfigureAwait(false);
        }
    }

    private static TimeSpan Least(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
