using System.Globalization;
using Roadstead.Server.Configuration;
using Roadstead.Server.Metadata;
using Roadstead.Server.Telemetry;

namespace Roadstead.Server.Integrity;

/// <summary>Watches whether every blob is read again within the set time, and says what would do where it is not.</summary>
internal sealed partial class ScrubPeriod
{
    private const long KiB = 1024;

    // Blobs are not read one right after the other, nor is the rate ever quite reached.
    private const double Margin = 1.25;
    private static readonly TimeSpan BetweenLines = TimeSpan.FromHours(1);

    private readonly RoadsteadOptions _options;
    private readonly Database _database;
    private readonly TimeProvider _clock;
    private readonly ILogger<ScrubPeriod> _log;
    private readonly DateTimeOffset _began;
    private readonly RareLine _line;
    private readonly RareLine _look;
    private bool _wasLate;
    private long _oldest = long.MaxValue;

    public ScrubPeriod(RoadsteadOptions options, Database database, ServerMetrics metrics, TimeProvider clock, ILogger<ScrubPeriod> log)
    {
        (_options, _database, _clock, _log, _began) = (options, database, clock, log, clock.GetUtcNow());
        (_line, _look) = (new RareLine(clock, BetweenLines), new RareLine(clock, BetweenLines));
        metrics.Registry.AddBeforeCollectCallback(() => metrics.LongestUnchecked.Set(Age().TotalSeconds));
    }

    /// <summary>Takes note of the blob that was not looked at for the longest time; null where none is held.</summary>
    public void Note(UncheckedBlob? oldest, TimeSpan every)
    {
        // One that never was counts from the start of the server that could have.
        var since = oldest is null ? DateTimeOffset.MaxValue : oldest.CheckedAt == DateTimeOffset.UnixEpoch ? _began : oldest.CheckedAt;
        Volatile.Write(ref _oldest, since.UtcTicks);
        var isLate = Age() > every + (every / 10);
        var turned = isLate && !_wasLate;
        _wasLate = isLate;

        // Adding up a large store takes a moment.
        if (!_look.IsDue() && !turned)
        {
            return;
        }

        var held = _database.Read(BlobTable.TotalSize);
        var enough = Margin * held / every.TotalSeconds;
        if ((isLate || enough > _options.Storage.ScrubRate) && _line.IsDue())
        {
            LogBehind(_log, held, every, Age(), Advice(enough));
        }
    }

    private TimeSpan Age()
    {
        var oldest = Volatile.Read(ref _oldest);
        var age = _clock.GetUtcNow().UtcTicks - oldest;
        return age > 0 ? TimeSpan.FromTicks(age) : TimeSpan.Zero;
    }

    private string Advice(double enough) => enough > _options.Storage.ScrubRate
        ? $"Set storage.scrubRate to {Text(enough)} or more (it is {Text(_options.Storage.ScrubRate)}), or a longer storage.scrubEvery"
        : $"storage.scrubRate ({Text(_options.Storage.ScrubRate)} a second) would do: the server did not run all the time, or the disk reads slower than that";

    private static string Text(double bytes) => bytes >= KiB * KiB
        ? string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(bytes / KiB / KiB):0}MiB")
        : string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(bytes / KiB):0}KiB");

    [LoggerMessage(LogLevel.Warning, "scrub behind: {Bytes} bytes are held, to be read again within storage.scrubEvery ({Every}); the one that waits longest was read {Age} ago. {Advice}")]
    private static partial void LogBehind(ILogger log, long bytes, TimeSpan every, TimeSpan age, string advice);
}
