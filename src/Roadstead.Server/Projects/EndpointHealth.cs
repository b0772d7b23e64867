using Roadstead.Oci.Client;

namespace Roadstead.Server.Projects;

/// <summary>What is known of whether an endpoint answers, so that one that does not is not waited for by everyone.</summary>
/// <remarks>
/// Down: connections fail, or headers do not come in time, or 5xx came several times in a row; nothing but probes is sent until one is answered. In doubt: it
/// kept a client with a copy waiting; those with a copy wait no more, others still ask. A wrong, odd or broken-off answer is an answer.
/// </remarks>
public sealed class EndpointHealth(TimeProvider clock)
{
    private const int ServerErrorsUntilDown = 3;

    // Longer rests than Docker Hub's window are a mistake of whoever asks for them.
    private static readonly TimeSpan LongestRest = TimeSpan.FromHours(6);

    private readonly Lock _gate = new();
    private long _answered = long.MinValue;
    private long _failed = long.MinValue;
    private long _downSince;
    private int _serverErrors;
    private bool _inDoubt;
    private UpstreamFault? _down;
    private long _restBegan;
    private TimeSpan _rest;
    private string _restReason = "";

    /// <summary>True unless it is down or in doubt.</summary>
    public bool IsUp
    {
        get
        {
            lock (_gate)
            {
                return _down is null && !_inDoubt;
            }
        }
    }

    /// <summary>Why it is down; null if it is not.</summary>
    public UpstreamFault? Down
    {
        get
        {
            lock (_gate)
            {
                return _down;
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
                var left = _rest - clock.GetElapsedTime(_restBegan);
                return _rest > TimeSpan.Zero && left > TimeSpan.Zero ? (left, _restReason) : null;
            }
        }
    }

    /// <summary>Notes an answer.</summary>
    /// <returns>How long it had been down; null if it had not.</returns>
    public TimeSpan? Answered()
    {
        lock (_gate)
        {
            var wasDown = _down is null ? (TimeSpan?)null : clock.GetElapsedTime(_downSince);
            _answered = clock.GetTimestamp();
            (_serverErrors, _inDoubt, _down) = (0, false, null);
            return wasDown;
        }
    }

    /// <summary>Notes a request that brought no answer.</summary>
    /// <returns>True if it counts as down from now on and did not before.</returns>
    public bool Failed(UpstreamFault fault)
    {
        ArgumentNullException.ThrowIfNull(fault);
        lock (_gate)
        {
            if (fault.Elsewhere)
            {
                // The registry answered; that one of its images, or a store of its own, leads nowhere says nothing of the others.
                return false;
            }

            _failed = clock.GetTimestamp();
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
    public void Doubt()
    {
        lock (_gate)
        {
            _failed = clock.GetTimestamp();
            _inDoubt = true;
        }
    }

    /// <summary>Notes that it asked for a rest.</summary>
    public void Rest(TimeSpan rest, string reason)
    {
        lock (_gate)
        {
            _failed = clock.GetTimestamp();
            (_restBegan, _rest, _restReason) = (_failed, rest < LongestRest ? rest : LongestRest, reason);
        }
    }

    /// <summary>True if the endpoint answered something within <paramref name="span"/> and has not failed since.</summary>
    public bool AnsweredWithin(TimeSpan span)
    {
        lock (_gate)
        {
            return _answered != long.MinValue && _answered >= _failed && clock.GetElapsedTime(_answered) <= span;
        }
    }
}
