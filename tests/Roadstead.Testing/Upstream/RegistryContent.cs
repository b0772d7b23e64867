using System.Collections.Concurrent;
using System.Text.Json;

namespace Roadstead.Testing.Upstream;

internal sealed record StoredManifest(string Digest, string MediaType, byte[] Bytes)
{
    public string? Subject => Field("subject", "digest");

    public string? ArtifactType => Field("artifactType");

    private string? Field(params string[] path)
    {
        try
        {
            using var document = JsonDocument.Parse(Bytes);
            var element = document.RootElement;
            return path.All(name => element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out element)) ? element.GetString() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>What a fake upstream holds, by repository. Nothing is checked: it serves what it is given.</summary>
internal sealed class RegistryContent
{
    private readonly ConcurrentDictionary<(string Repository, string Digest), byte[]> blobs = new();
    private readonly ConcurrentDictionary<(string Repository, string Digest), StoredManifest> manifests = new();
    private readonly ConcurrentDictionary<(string Repository, string Tag), string> tags = new();
    private readonly ConcurrentDictionary<string, string> everyTag = new();

    public void PutBlob(string repository, string digest, byte[] bytes) => blobs[(repository, digest)] = bytes;

    public void PutManifest(string repository, string? tag, StoredManifest manifest)
    {
        manifests[(repository, manifest.Digest)] = manifest;
        if (tag is not null)
        {
            tags[(repository, tag)] = manifest.Digest;
        }
    }

    /// <summary>From now on every tag of the repository that names nothing else names this.</summary>
    public void PutEveryTag(string repository, string digest) => everyTag[repository] = digest;

    public byte[]? Blob(string repository, string digest) => blobs.GetValueOrDefault((repository, digest));

    /// <summary>A blob of any repository: a CDN knows no repositories.</summary>
    public byte[]? Blob(string digest) => blobs.FirstOrDefault(blob => blob.Key.Digest == digest).Value;

    /// <param name="reference">Tag or digest.</param>
    public StoredManifest? Manifest(string repository, string reference) =>
        manifests.GetValueOrDefault((repository, tags.GetValueOrDefault((repository, reference), reference)))
        ?? (reference.Contains(':', StringComparison.Ordinal) || !everyTag.TryGetValue(repository, out var digest) ? null : manifests.GetValueOrDefault((repository, digest)));

    public IReadOnlyList<string> Tags(string repository) =>
        [.. tags.Keys.Where(key => key.Repository == repository).Select(key => key.Tag).Order(StringComparer.Ordinal)];

    public IReadOnlyList<StoredManifest> Referrers(string repository, string subject) =>
        [.. manifests.Where(entry => entry.Key.Repository == repository && entry.Value.Subject == subject).Select(entry => entry.Value).OrderBy(manifest => manifest.Digest, StringComparer.Ordinal)];

    public bool Knows(string repository) =>
        manifests.Keys.Any(key => key.Repository == repository) || blobs.Keys.Any(key => key.Repository == repository);

    public void RemoveTag(string repository, string tag) => tags.TryRemove((repository, tag), out _);

    public void RemoveManifest(string repository, string digest) => manifests.TryRemove((repository, digest), out _);

    public void RemoveBlob(string repository, string digest) => blobs.TryRemove((repository, digest), out _);
}
