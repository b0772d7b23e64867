using Roadstead.Oci;
using Roadstead.Oci.Client;

namespace Roadstead.Server.Projects;

/// <summary>What is known of whether an endpoint answers, so that one that does not is not waited for by everyone.</summary>
/// <remarks>
/// Down: connections fail, or headers do not come in time, or 5xx came several times in a row; nothing but probes is sent until one is answered. In doubt: it
/// kept a client with a copy waiting; those with a copy wait no more, others still ask. A wrong, odd or broken-off answer is an answer. An endpoint whose front
/// page answers may still hang for a repository: that one is suspect until a request for it is answered, and two such are the endpoint's own trouble.
/// </remarks>
public sealed class EndpointHealth(TimeProvider clock)
{
    private const int ServerErrorsUntilDown = 3;
    private const int SuspectsUntilAll = 2;

    // A repository that nobody asks for any more is not worth a probe.
    private static readonly TimeSpan SuspectsLast = TimeSpan.FromMinutes(10);

    private readonly Lock _gate = new();
    private readonly Dictionary<RepositoryName, Suspect> _suspects = [];
    private long _answered = long.MinValue;
    private long _failed = long.MinValue;
    private long _downSince;
    private int _serverErrors;
    private bool _inDoubt;
    private UpstreamFault? _down;
    private long _restBegan;
    private TimeSpan _rest;
    private string _restReason = "";

    /// <summary>True unless it is down or in doubt, as a whole or for some repository.</summary>
    public bool IsUp
    {
        get
        {
            lock (_gate)
            {
                return _down is null && !_inDoubt && _suspects.Count == 0;
            }
        }
    }

    /// <summary>True if nothing is asked of it.</summary>
    public bool IsDown
    {
        get
        {
            lock (_gate)
            {
                return _down is not null || _suspects.Values.Count(suspect => suspect.Fault is not null) >= SuspectsUntilAll;
            }
        }
    }

    /// <summary>How long it still asks not to be asked, and its words for that; null if it does not.</summary>
    public (TimeSpan Left, string Reason)? Resting
    {
        get
        {
            lock (_gate)
            {
                return RestLeft() is { } left && left > TimeSpan.Zero ? (left, _restReason) : null;
            }
        }
    }

    /// <summary>Repositories for which it does not answer, and how to ask for one of them again.</summary>
    public IReadOnlyList<(RepositoryName Repository, EndpointProbe Probe)> Suspects
    {
        get
        {
            lock (_gate)
            {
                foreach (var (repository, suspect) in _suspects.ToList())
                {
                    if (clock.GetElapsedTime(suspect.Wanted) > SuspectsLast)
                    {
                        _suspects.Remove(repository);
                    }
                }

                return [.. _suspects.Select(suspect => (suspect.Key, suspect.Value.Probe))];
            }
        }
    }

    /// <summary>Why a repository's requests are not sent; null if they are.</summary>
    public UpstreamFault? Refusal(RepositoryName repository)
    {
        lock (_gate)
        {
            var own = _suspects.GetValueOrDefault(repository);
            own?.Wanted = clock.GetTimestamp();
            return _down ?? own?.Fault
                ?? (_suspects.Values.Where(suspect => suspect.Fault is not null).ToList() is { Count: >= SuspectsUntilAll } all ? all[^1].Fault : null);
        }
    }

    /// <summary>True if whoever has a copy of something of the repository need not wait for an answer.</summary>
    public bool IsInDoubt(RepositoryName repository)
    {
        lock (_gate)
        {
            return _inDoubt || _suspects.Count >= SuspectsUntilAll || _suspects.ContainsKey(repository);
        }
    }

    /// <summary>Notes an answer.</summary>
    /// <param name="repository">Whose it was; null: the front page's.</param>
    /// <returns>How long it had been down; null if it had not.</returns>
    public TimeSpan? Answered(RepositoryName? repository)
    {
        lock (_gate)
        {
            var wasDown = _down is null ? (TimeSpan?)null : clock.GetElapsedTime(_downSince);
            _answered = clock.GetTimestamp();
            (_serverErrors, _inDoubt, _down) = (0, false, null);
            if (repository is { } answered)
            {
                _suspects.Remove(answered);
            }

            return wasDown;
        }
    }

    /// <summary>Notes that it no more hangs for anything that was tried.</summary>
    public void Trust()
    {
        lock (_gate)
        {
            _suspects.Clear();
        }
    }

    /// <summary>Notes a request that brought no answer.</summary>
    /// <param name="fault">Why.</param>
    /// <param name="repository">Whose it was; null: the front page's.</param>
    /// <param name="probe">Asks for the repository again.</param>
    /// <returns>True if it counts as down from now on and did not before.</returns>
    public bool Failed(UpstreamFault fault, RepositoryName? repository = null, EndpointProbe? probe = null)
    {
        ArgumentNullException.ThrowIfNull(fault);
        lock (_gate)
        {
            if (fault.RegistryAnswers || fault.Kind == UpstreamFaultKind.Busy)
            {
                // The registry answered; that one of its images, or a store of its own, leads nowhere says nothing of the others.
                return false;
            }

            _failed = clock.GetTimestamp();
            if (fault.Kind == UpstreamFaultKind.TimedOut && repository is { } hangs && probe is not null)
            {
                _suspects[hangs] = new Suspect(fault, probe) { Wanted = _failed };
            }

            _serverErrors += fault.Kind == UpstreamFaultKind.ServerError ? 1 : 0;
            var isDown = fault.Kind is UpstreamFaultKind.Unreachable or UpstreamFaultKind.TimedOut || _serverErrors >= ServerErrorsUntilDown;
            if (!isDown || _down is not null)
            {
                return false;
            }

            (_down, _downSince) = (fault, _failed);
            return true;
        }
    }

    /// <summary>Notes that a client with a copy waited as long as it may.</summary>
    public void Doubt(RepositoryName repository, EndpointProbe? probe)
    {
        lock (_gate)
        {
            _failed = clock.GetTimestamp();
            _inDoubt = true;
            if (probe is not null)
            {
                _suspects.TryAdd(repository, new Suspect(null, probe) { Wanted = _failed });
            }
        }
    }

    /// <summary>Notes that it asked for a rest; a shorter one than it asked for before ends no sooner.</summary>
    public void Rest(TimeSpan rest, string reason)
    {
        lock (_gate)
        {
            _failed = clock.GetTimestamp();
            if (RestLeft() is { } left && left > rest)
            {
                return;
            }

            (_restBegan, _rest, _restReason) = (_failed, rest, reason);
        }
    }

    /// <summary>True if the endpoint answered something within <paramref name="span"/> and has not failed since, for this repository or as a whole.</summary>
    public bool AnsweredWithin(TimeSpan span, RepositoryName repository)
    {
        lock (_gate)
        {
            return _answered != long.MinValue && _answered >= _failed && clock.GetElapsedTime(_answered) <= span && !_suspects.ContainsKey(repository);
        }
    }

    private TimeSpan? RestLeft() => _rest > TimeSpan.Zero ? _rest - clock.GetElapsedTime(_restBegan) : null;

    /// <param name="Fault">Null: it kept a client with a copy waiting, and its time is not over.</param>
    /// <param name="Probe">Asks for it again.</param>
    private sealed record Suspect(UpstreamFault? Fault, EndpointProbe Probe)
    {
        /// <summary>When somebody last wanted something of it.</summary>
        public long Wanted { get; set; }
    }
}

/// <summary>Asks an endpoint for something once, in few words and within seconds.</summary>
/// <returns>Why it did not answer; null if it did.</returns>
public delegate Task<UpstreamFault?> EndpointProbe(CancellationToken cancellation);
