using Roadstead.Api;

namespace Roadstead.Server.Nodes;

/// <summary>One line of the log when a roll-out starts or goes on, stops, and completes.</summary>
internal sealed partial class RolloutLog(ILogger<RolloutLog> log)
{
    private const int MaxTargets = 64;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Phase> _told = [];

    /// <summary>Looks at how a target spreads, and tells what has changed since it was looked at last.</summary>
    public void Look(RolloutStatus status)
    {
        var phase = status.Stopped is not null ? Phase.Stopped : status.Waiting + status.InProgress + status.Failed == 0 && status.Updated == status.Total ? Phase.Complete : Phase.Runs;
        lock (_lock)
        {
            var known = _told.TryGetValue(status.Target, out var before);
            if (known && before == phase)
            {
                return;
            }

            if (!known && _told.Count >= MaxTargets)
            {
                _told.Clear();
            }

            _told[status.Target] = phase;
        }

        switch (phase)
        {
            case Phase.Stopped:
                LogStopped(log, status.Target, status.Verified, status.Total, status.Stopped!);
                break;
            case Phase.Complete:
                LogComplete(log, status.Target, status.Verified, status.Total);
                break;
            default:
                LogRuns(log, status.Target, status.Verified, status.Total);
                break;
        }
    }

    [LoggerMessage(LogLevel.Information, "rollout runs target={Target} verified={Verified} of={Total}")]
    private static partial void LogRuns(ILogger log, string target, int verified, int total);

    [LoggerMessage(LogLevel.Error, "ALERT rollout stopped target={Target} verified={Verified} of={Total}: {Reason}. Mend that node, or let the others go on with roadstead node resume")]
    private static partial void LogStopped(ILogger log, string target, int verified, int total, string reason);

    [LoggerMessage(LogLevel.Information, "rollout complete target={Target} verified={Verified} of={Total}")]
    private static partial void LogComplete(ILogger log, string target, int verified, int total);

    private enum Phase
    {
        Runs,
        Stopped,
        Complete,
    }
}
