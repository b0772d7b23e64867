using Roadstead.Oci;
using Roadstead.Oci.Client;

namespace Roadstead.Server.Projects;

/// <summary>What is known of whether an endpoint answers, so that one that does not is not waited for by everyone.</summary>
/// <remarks>
/// Down: connections fail, or headers do not come in time while nothing else is answered, or 5xx came several times in a row; nothing but probes is sent until one is
/// answered. In doubt: it kept a client with a copy waiting; those with a copy wait no more, others still ask. A wrong, odd or broken-off answer is an answer.
/// An endpoint whose front page answers may still hang for a repository: that one is suspect until a request for it is answered. Several of them without any answer
/// between are the endpoint's own trouble; a request now and then tries whether they are.
/// </remarks>
public sealed class EndpointHealth(TimeProvider clock)
{
    private const int ServerErrorsUntilDown = 3;
    private const int SuspectsUntilAll = 3;
    private const int FaultsUntilFailing = 3;
    private const int MaxCleared = 1000;

    // A repository that nobody asks for any more is not worth a probe.
    private static readonly TimeSpan SuspectsLast = TimeSpan.FromMinutes(10);

    // How often a client is let through to what no probe can judge.
    private static readonly TimeSpan TrialPause = TimeSpan.FromSeconds(5);

    // One that hangs again so soon after its probe was answered hangs for what a probe does not ask.
    private static readonly TimeSpan ProbesMisled = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<RepositoryName, Suspect> _suspects = [];
    private readonly Dictionary<RepositoryName, long> _cleared = [];
    private long _answered = long.MinValue;
    private long _answeredForReal = long.MinValue;
    private long _failed = long.MinValue;
    private long _tried;
    private long _downSince;
    private int _serverErrors;
    private bool _inDoubt;
    private UpstreamFault? _down;
    private UpstreamFault? _lastFault;
    private int _faults;

    // What is wrong with one repository is not wrong with all: two of them tell, or the front page, which is no repository's.
    private readonly HashSet<RepositoryName?> _faultsOf = [];
    private long _restBegan;
    private TimeSpan _rest;
    private string _restReason = "";

    /// <summary>True while a probe could tell something new.</summary>
    public bool NeedsProbe
    {
        get
        {
            lock (_gate)
            {
                Prune();
                return _down is not null || _inDoubt || _suspects.Values.Any(suspect => !suspect.IsTrialOnly);
            }
        }
    }

    /// <summary>True if nothing is asked of it, but what tries whether it is back.</summary>
    public bool IsDown => Fault is not null;

    /// <summary>Why nothing is asked of it; null if it is.</summary>
    public UpstreamFault? Fault
    {
        get
        {
            lock (_gate)
            {
                return _down ?? AllSilent();
            }
        }
    }

    /// <summary>Why nothing comes of what it is asked, though it is asked on: it never gave a right answer, or the last ones were all wrong. Null: it does, or it is down, or nobody knows.</summary>
    public UpstreamFault? Failing
    {
        get
        {
            lock (_gate)
            {
                return Fault is null && _lastFault is not null && (_answered == long.MinValue || (_faults >= FaultsUntilFailing && (_faultsOf.Count > 1 || _faultsOf.Contains(null)))) ? _lastFault : null;
            }
        }
    }

    /// <summary>True while it neither answered nor failed: nobody asked yet.</summary>
    public bool IsUnknown
    {
        get
        {
            lock (_gate)
            {
                return _answered == long.MinValue && _failed == long.MinValue && _lastFault is null;
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

    /// <summary>Takes some of the repositories for which it does not answer, those first that waited longest, and how to ask for each of them again.</summary>
    public IReadOnlyList<(RepositoryName Repository, EndpointProbe Probe)> TakeSuspects(int count)
    {
        lock (_gate)
        {
            var taken = _suspects.Where(suspect => suspect.Value is { IsProbed: false, IsTrialOnly: false }).OrderBy(suspect => suspect.Value.ProbedAt).Take(count).ToList();
            foreach (var (_, suspect) in taken)
            {
                (suspect.IsProbed, suspect.ProbedAt) = (true, clock.GetTimestamp());
            }

            return [.. taken.Select(suspect => (suspect.Key, suspect.Value.Probe))];
        }
    }

    /// <summary>Notes the end of a suspect's probe.</summary>
    /// <returns>True if it is suspect no more.</returns>
    public bool Probed(RepositoryName repository, bool isAnswered)
    {
        lock (_gate)
        {
            if (!_suspects.TryGetValue(repository, out var suspect))
            {
                return false;
            }

            suspect.IsProbed = false;
            if (!isAnswered)
            {
                return false;
            }

            _suspects.Remove(repository);
            if (_cleared.Count >= MaxCleared)
            {
                _cleared.Clear();
            }

            _cleared[repository] = clock.GetTimestamp();
            return true;
        }
    }

    /// <summary>Why a repository's requests are not sent; null if they are.</summary>
    public UpstreamFault? Refusal(RepositoryName repository)
    {
        lock (_gate)
        {
            if (_down is not null)
            {
                return _down;
            }

            if (_suspects.GetValueOrDefault(repository) is { } own)
            {
                own.Wanted = clock.GetTimestamp();
                return own.IsTrialOnly && IsDue(ref own.Tried) ? null : own.Fault;
            }

            return AllSilent() is { } fault && !IsDue(ref _tried) ? fault : null;
        }
    }

    /// <summary>True if whoever has a copy of something of the repository need not wait for an answer.</summary>
    public bool IsInDoubt(RepositoryName repository)
    {
        lock (_gate)
        {
            return _inDoubt || _suspects.ContainsKey(repository) || _suspects.Values.Count(suspect => suspect.FailedAt > _answeredForReal) >= SuspectsUntilAll;
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
            (_faults, _lastFault) = (0, null);
            _faultsOf.Clear();
            if (repository is { } answered)
            {
                _answeredForReal = _answered;
                _suspects.Remove(answered);
            }

            // A front page says nothing of what fails behind it, unless it failed itself.
            _serverErrors = repository is not null || _down is not null ? 0 : _serverErrors;
            (_inDoubt, _down) = (false, null);
            return wasDown;
        }
    }

    /// <summary>Notes a request that brought no answer.</summary>
    /// <param name="fault">Why.</param>
    /// <param name="since">When it was sent.</param>
    /// <param name="isSlow">It kept its client waiting before it failed.</param>
    /// <param name="repository">Whose it was; null: the front page's.</param>
    /// <param name="probe">Asks for the repository again; null: what failed is not worth it.</param>
    /// <returns>True if it counts as down from now on and did not before.</returns>
    public bool Failed(UpstreamFault fault, long since, bool isSlow, RepositoryName? repository = null, EndpointProbe? probe = null)
    {
        ArgumentNullException.ThrowIfNull(fault);
        lock (_gate)
        {
            if (fault.Kind != UpstreamFaultKind.Busy)
            {
                _lastFault = fault;
                _faults++;
                if (_faultsOf.Count < FaultsUntilFailing)
                {
                    _faultsOf.Add(repository);
                }
            }

            if (fault.RegistryAnswers || fault.Kind == UpstreamFaultKind.Busy)
            {
                // The registry answered; that one of its images, or a store of its own, leads nowhere says nothing of the others.
                return false;
            }

            _failed = clock.GetTimestamp();
            if ((fault.Kind == UpstreamFaultKind.TimedOut || (isSlow && fault.Kind == UpstreamFaultKind.ServerError)) && repository is { } hangs && probe is not null)
            {
                Prune();
                var isMisled = _cleared.TryGetValue(hangs, out var cleared) && clock.GetElapsedTime(cleared) < ProbesMisled;
                isMisled |= _suspects.GetValueOrDefault(hangs)?.IsTrialOnly == true;
                _suspects[hangs] = new Suspect(fault, probe, isMisled) { Wanted = _failed, FailedAt = _failed, Tried = _failed };
                _tried = _failed;
            }

            _serverErrors += fault.Kind == UpstreamFaultKind.ServerError ? 1 : 0;

            // What answers others meanwhile hangs for this one alone.
            var isDown = fault.Kind == UpstreamFaultKind.Unreachable || (fault.Kind == UpstreamFaultKind.TimedOut && _answered < since) || _serverErrors >= ServerErrorsUntilDown;
            if (!isDown || _down is not null)
            {
                return false;
            }

            (_down, _downSince) = (fault, _failed);
            return true;
        }
    }

    /// <summary>Notes that a test found that nothing can come of it.</summary>
    public void Useless(UpstreamFault fault)
    {
        lock (_gate)
        {
            (_lastFault, _faults) = (fault, FaultsUntilFailing);
            _faultsOf.Add(null);
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
                _suspects.TryAdd(repository, new Suspect(null, probe, false) { Wanted = _failed, FailedAt = _failed });
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

    /// <summary>True if something was answered since then.</summary>
    /// <param name="since">A time stamp of its clock.</param>
    public bool HasAnsweredSince(long since)
    {
        lock (_gate)
        {
            return _answered >= since;
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

    /// <summary>The fault of several repositories that failed one after the other without an answer between; null where they did not.</summary>
    private UpstreamFault? AllSilent() => _suspects.Values.Where(suspect => suspect.Fault is not null && suspect.FailedAt > _answeredForReal).ToList() is { Count: >= SuspectsUntilAll } all ? all[^1].Fault : null;

    private bool IsDue(ref long tried)
    {
        if (clock.GetElapsedTime(tried) < TrialPause)
        {
            return false;
        }

        tried = clock.GetTimestamp();
        return true;
    }

    private void Prune()
    {
        foreach (var (repository, _) in _suspects.Where(suspect => clock.GetElapsedTime(suspect.Value.Wanted) > SuspectsLast).ToList())
        {
            _suspects.Remove(repository);
        }
    }

    /// <param name="fault">Null: it kept a client with a copy waiting, and its time is not over.</param>
    /// <param name="probe">Asks for it again.</param>
    /// <param name="isTrialOnly">Its probes are answered, and clients are not.</param>
    private sealed class Suspect(UpstreamFault? fault, EndpointProbe probe, bool isTrialOnly)
    {
        /// <summary>When a client was last let through.</summary>
        public long Tried;

        public UpstreamFault? Fault => fault;

        public EndpointProbe Probe => probe;

        public bool IsTrialOnly => isTrialOnly;

        public long FailedAt { get; init; }

        /// <summary>When somebody last wanted something of it.</summary>
        public long Wanted { get; set; }

        public bool IsProbed { get; set; }

        public long ProbedAt { get; set; }
    }
}

/// <summary>Asks an endpoint for something once, in few words.</summary>
/// <returns>Why it did not answer; null if it did.</returns>
public delegate Task<UpstreamFault?> EndpointProbe(CancellationToken cancellation);
