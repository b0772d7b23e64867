using System.Collections.Concurrent;
using Cronos;
using Roadstead.Server.Metadata;

namespace Roadstead.Server.Retention;

/// <summary>What a project's retention policy lets go, and letting it go, at its time.</summary>
internal sealed partial class RetentionRun(Database database, ImageCatalog images, Evictor evictor, TimeProvider clock, ILogger<RetentionRun> log)
{
    private readonly ConcurrentDictionary<string, DateTimeOffset> _lookedAt = new(StringComparer.Ordinal);
    private readonly DateTimeOffset _began = clock.GetUtcNow();

    /// <summary>What goes now by the project's policy; nothing goes.</summary>
    /// <returns>The images; none where the project has no policy.</returns>
    public async Task<IReadOnlyList<ImageDetails>> Plan(string project) =>
        database.Read(connection => RetentionTable.Of(connection, project)) is { Policy: { Rules.Count: > 0 } policy }
            ? RetentionPlanner.Plan(policy, await images.All(project).ConfigureAwait(false), clock.GetUtcNow())
            : [];

    /// <summary>Has what goes by the project's policy go.</summary>
    /// <returns>How many images went; those that are being pulled stay until the next time.</returns>
    public async Task<int> Run(string project)
    {
        var plan = await Plan(project).ConfigureAwait(false);
        var gone = plan.Count == 0 ? 0 : await evictor.Evict([.. plan.Select(image => new EvictionCandidate(image.Image, [], [], false, false))]).ConfigureAwait(false);
        LogRun(log, project, plan.Count, gone);
        return gone;
    }

    /// <summary>Runs each policy whose time has come since this was last called.</summary>
    public async Task RunDue()
    {
        foreach (var row in database.Read(RetentionTable.All))
        {
            var since = _lookedAt.GetValueOrDefault(row.Project, _began);
            var now = clock.GetUtcNow();
            _lookedAt[row.Project] = now;
            if (row.Policy.Cron.Length > 0 && CronExpression.TryParse(row.Policy.Cron, CronFormat.IncludeSeconds, out var times) && times.GetNextOccurrence(since, TimeZoneInfo.Utc) is { } due && due <= now)
            {
                await Run(row.Project).ConfigureAwait(false);
            }
        }
    }

    [LoggerMessage(LogLevel.Information, "retention ran project={Project} images={Images} gone={Gone}")]
    private static partial void LogRun(ILogger log, string project, int images, int gone);
}
