using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Roadstead.Testing.Clusters;

/// <summary>What a stub of a cluster has, with its past: as etcd, it knows every earlier state until it is compacted.</summary>
internal sealed class StubState
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, ImmutableSortedDictionary<string, StoredObject>> _current = StubKind.All.ToDictionary(kind => kind.Kind, _ => ImmutableSortedDictionary.Create<string, StoredObject>(StringComparer.Ordinal));
    private readonly Dictionary<(string Kind, long Version), ImmutableSortedDictionary<string, StoredObject>> _snapshots = [];
    private readonly List<StubEvent> _events = [];
    private TaskCompletionSource _news = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _version = 1000;
    private long _compacted;

    public void Put(string kind, JsonObject item)
    {
        lock (_lock)
        {
            var metadata = item["metadata"]!.AsObject();
            var key = KeyOf((string?)metadata["namespace"], (string)metadata["name"]!);
            var known = _current[kind].GetValueOrDefault(key);
            _version++;
            metadata["uid"] ??= known?.Uid ?? Guid.NewGuid().ToString();
            metadata["creationTimestamp"] ??= "2026-01-02T03:04:05Z";
            metadata["resourceVersion"] = _version.ToString(CultureInfo.InvariantCulture);
            var stored = Stored(kind, item, key, (string)metadata["uid"]!);
            _current[kind] = _current[kind].SetItem(key, stored);
            Tell(new StubEvent(_version, kind, known is null ? "ADDED" : "MODIFIED", stored.Whole));
        }
    }

    public void Delete(string kind, string? space, string name)
    {
        lock (_lock)
        {
            var key = KeyOf(space, name);
            var known = _current[kind][key];
            _version++;
            _current[kind] = _current[kind].Remove(key);
            var last = JsonNode.Parse(known.Whole)!.AsObject();
            last["metadata"]!["resourceVersion"] = _version.ToString(CultureInfo.InvariantCulture);
            Tell(new StubEvent(_version, kind, "DELETED", Encoding.UTF8.GetBytes(last.ToJsonString())));
        }
    }

    /// <summary>Tells every watch how far it is, as an API server does about once a minute.</summary>
    public void Bookmark()
    {
        lock (_lock)
        {
            _version++;
            foreach (var kind in StubKind.All)
            {
                var mark = $$$"""{"kind":"{{{kind.Kind}}}","apiVersion":"{{{kind.ApiVersion}}}","metadata":{"resourceVersion":"{{{_version}}}","creationTimestamp":null}}""";
                Tell(new StubEvent(_version, kind.Kind, "BOOKMARK", Encoding.UTF8.GetBytes(mark)));
            }
        }
    }

    /// <summary>Forgets the past: lists and watches cannot go on from it.</summary>
    public void Compact()
    {
        lock (_lock)
        {
            _compacted = _version;
            _events.Clear();
            _snapshots.Clear();
        }
    }

    /// <summary>A page of a list.</summary>
    /// <param name="start">The key from which it goes on; null: the first.</param>
    /// <param name="version">Of which state; null: the present one.</param>
    /// <returns>Null: that state is forgotten.</returns>
    public StubPage? Page(string kind, string? space, int limit, long? version, string? start)
    {
        lock (_lock)
        {
            if (version < _compacted)
            {
                return null;
            }

            var at = version ?? _version;
            if (version is null)
            {
                _snapshots[(kind, at)] = _current[kind];
            }

            var all = _snapshots.GetValueOrDefault((kind, at));
            if (all is null)
            {
                return null;
            }

            var rest = all.Where(item => (start is null || string.CompareOrdinal(item.Key, start) >= 0) && (space is null || item.Key.StartsWith(space + "/", StringComparison.Ordinal))).ToList();
            var page = limit > 0 ? rest.Take(limit).ToList() : rest;
            var left = rest.Count - page.Count;
            return new StubPage(at, [.. page.Select(item => item.Value.Bare)], left > 0 ? rest[page.Count].Key : null, left);
        }
    }

    public byte[]? Find(string kind, string? space, string name)
    {
        lock (_lock)
        {
            return _current[kind].GetValueOrDefault(KeyOf(space, name))?.Whole;
        }
    }

    /// <summary>What has happened since a version, and what ends when more does.</summary>
    /// <returns>Null: that version is forgotten.</returns>
    public (IReadOnlyList<StubEvent> Events, Task More)? Since(string kind, long version)
    {
        lock (_lock)
        {
            return version < _compacted ? null : ([.. _events.Where(happened => happened.Kind == kind && happened.Version > version)], _news.Task);
        }
    }

    public long Version
    {
        get
        {
            lock (_lock)
            {
                return _version;
            }
        }
    }

    public static string KeyOf(string? space, string name) => space is null ? name : $"{space}/{name}";

    private void Tell(StubEvent happened)
    {
        _events.Add(happened);
        var told = _news;
        _news = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        told.SetResult();
    }

    private static StoredObject Stored(string kind, JsonObject item, string key, string uid)
    {
        // As the real one has it: members of a list do not say what they are.
        item.Remove("kind");
        item.Remove("apiVersion");
        var bare = JsonSerializer.SerializeToUtf8Bytes(item);
        var head = Encoding.UTF8.GetBytes($"{{\"kind\":\"{kind}\",\"apiVersion\":\"{StubKind.Of(kind).ApiVersion}\",");
        return new StoredObject(key, uid, bare, [.. head, .. bare.AsSpan(1)]);
    }
}

/// <param name="Bare">As it stands in lists.</param>
/// <param name="Whole">As it stands alone.</param>
internal sealed record StoredObject(string Key, string Uid, byte[] Bare, byte[] Whole);

internal sealed record StubEvent(long Version, string Kind, string Type, byte[] Object);

/// <param name="Next">The key at which the next page begins; null: this is the last.</param>
internal sealed record StubPage(long Version, IReadOnlyList<byte[]> Items, string? Next, int Left);
