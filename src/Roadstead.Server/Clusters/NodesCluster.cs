using System.Data.Common;
using System.Threading.Channels;
using Roadstead.Api;
using Roadstead.Server.Configuration;
using Roadstead.Server.Nodes;
using Roadstead.Server.Telemetry;

namespace Roadstead.Server.Clusters;

/// <summary>
/// Makes a cluster of what nodes report: all that the containers of any of them use. A node that is silent keeps its images until it is forgotten; while all are silent, nothing is put, so that
/// no time counts towards the end of a pin.
/// </summary>
internal sealed partial class NodesCluster
{
    /// <summary>Its name.</summary>
    public const string Name = InUseOptions.NodesCluster;

    private const string Source = "nodes";
    private const int MaxDigests = 64;
    private const int MaxMalformed = 1000;
    private const int MaxPlatforms = 32;

    // What is in use is told again, so that its age and the grace of what no longer is go on.
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(10);

    // After a change, others follow: a node's containers do not all come at once, nor do nodes.
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    private readonly Channel<bool> _told = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest });
    private readonly NodeRegistry _nodes;
    private readonly ClusterRegistry _clusters;
    private readonly InUseOptions _options;
    private readonly TimeProvider _clock;
    private readonly ServerLifetime _lifetime;
    private readonly ILogger<NodesCluster> _log;
    private readonly RareLine _fault;
    private readonly RareLine _full;
    private int _isOther = 1;

    public NodesCluster(NodeRegistry nodes, ClusterRegistry clusters, InUseOptions options, TimeProvider clock, ServerLifetime lifetime, ILogger<NodesCluster> log)
    {
        (_nodes, _clusters, _options, _clock, _lifetime, _log) = (nodes, clusters, options, clock, lifetime, log);
        (_fault, _full) = (new RareLine(clock), new RareLine(clock, TimeSpan.FromHours(1)));

        // The first report may come before the work begins.
        nodes.UseTold += Hear;
    }

    /// <summary>True if the operator wants it.</summary>
    public bool IsWanted => _options.Nodes;

    /// <summary>True if there are reports to make it of.</summary>
    /// <exception cref="DbException">That cannot be read.</exception>
    public bool IsMade() => _options.Nodes && _nodes.KnowsUses();

    /// <summary>Works until the server stops.</summary>
    public async Task Run()
    {
        if (!_options.Nodes)
        {
            return;
        }

        try
        {
            while (true)
            {
                await _told.Reader.ReadAsync(_lifetime.Stops).ConfigureAwait(false);
                await Survive().ConfigureAwait(false);
                await Task.Delay(Pause, _clock, _lifetime.Stops).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // The server stops.
        }
    }

    private void Hear(bool isOther)
    {
        if (isOther)
        {
            Volatile.Write(ref _isOther, 1);
        }

        _told.Writer.TryWrite(isOther);
    }

    private async Task Survive()
    {
        try
        {
            await Step().ConfigureAwait(false);
        }
        catch (DbException exception)
        {
            // What was told is told again by the next report.
            Volatile.Write(ref _isOther, 1);
            if (_fault.IsDue())
            {
                LogFault(_log, exception.Message);
            }
        }
    }

    private async Task Step()
    {
        var known = _clusters.Find(Name);
        var now = _clock.GetUtcNow();

        // A clock that was set back counts as time that has passed.
        var isTime = known is null || now - known.HeardAt >= Every || known.HeardAt > now;
        if (Interlocked.Exchange(ref _isOther, 0) == 0 && !isTime)
        {
            return;
        }

        var uses = _nodes.Uses();
        if (uses.Count == 0 && known is null)
        {
            return;
        }

        var inventory = Unite(uses, now);
        if (inventory.Images.Count > ClusterInventory.MostImages)
        {
            LogTooMany(_log, inventory.Images.Count, ClusterInventory.MostImages);
            inventory = inventory with { Images = [.. inventory.Images.Take(ClusterInventory.MostImages)] };
        }

        if ((isTime || !IsSame(known!.Inventory, inventory)) && await _clusters.Put(Name, inventory, _lifetime.Stops).ConfigureAwait(false) is null && _full.IsDue())
        {
            LogFull(_log, ClusterRegistry.MaxClusters);
        }
    }

    private static ClusterInventory Unite(IReadOnlyList<NodeUse> uses, DateTimeOffset now)
    {
        var images = new SortedDictionary<string, UsedImage>(StringComparer.Ordinal);
        var malformed = new SortedDictionary<string, MalformedImage>(StringComparer.Ordinal);
        foreach (var use in uses)
        {
            string[] place = [$"Node/{use.Node}"];
            foreach (var image in use.Images)
            {
                images[image.Image] = images.TryGetValue(image.Image, out var known)
                    ? known with { Uses = (int)Math.Min((long)known.Uses + image.Uses, int.MaxValue), Digests = Both(known.Digests, image.Digests, MaxDigests), UsedBy = Both(known.UsedBy, place, UsedImage.MostUsedBy) }
                    : image with { UsedBy = place };
            }

            foreach (var image in use.Malformed ?? [])
            {
                if (malformed.TryGetValue(image.Text, out var known) || malformed.Count < MaxMalformed)
                {
                    malformed[image.Text] = image with { UsedBy = Both(known?.UsedBy, place, UsedImage.MostUsedBy) };
                }
            }
        }

        var platforms = uses.Select(use => use.Platform).OfType<string>().Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Take(MaxPlatforms);
        return new ClusterInventory(now, Source, [.. images.Values], [.. platforms]) { Malformed = malformed.Count == 0 ? null : [.. malformed.Values] };
    }

    private static IReadOnlyList<string>? Both(IReadOnlyList<string>? some, IReadOnlyList<string>? others, int most) =>
        some is null ? others : others is null || some.Count >= most ? some : [.. some.Union(others, StringComparer.Ordinal).Take(most)];

    private static bool IsSame(ClusterInventory one, ClusterInventory other) =>
        one.Source == other.Source && one.Platforms.SequenceEqual(other.Platforms) && one.Images.Count == other.Images.Count && one.Images.Zip(other.Images).All(pair => IsSame(pair.First, pair.Second))
        && (one.Malformed ?? []).Select(image => image.Text).SequenceEqual((other.Malformed ?? []).Select(image => image.Text));

    private static bool IsSame(UsedImage one, UsedImage other) =>
        (one.Image, one.Uses) == (other.Image, other.Uses) && (one.Digests ?? []).SequenceEqual(other.Digests ?? []) && (one.UsedBy ?? []).SequenceEqual(other.UsedBy ?? []);

    [LoggerMessage(LogLevel.Error, "clusters: what nodes report is not kept: {Fault}")]
    private static partial void LogFault(ILogger log, string fault);

    [LoggerMessage(LogLevel.Error, "clusters: nodes report {Images} images, and {Most} are kept; the others are neither pinned nor fetched. Some node reports what nobody runs")]
    private static partial void LogTooMany(ILogger log, int images, int most);

    [LoggerMessage(LogLevel.Error, "clusters: what nodes report is not kept, for this server has {Most} clusters, as many as it keeps. roadstead cluster forget makes room, and inUse.nodes: false ends this line")]
    private static partial void LogFull(ILogger log, int most);
}
