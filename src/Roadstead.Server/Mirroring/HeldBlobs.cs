using Microsoft.Extensions.Caching.Memory;
using Roadstead.Oci;
using Roadstead.Server.Projects;

namespace Roadstead.Server.Mirroring;

/// <summary>Names a blob of one repository among all that are mirrored.</summary>
internal readonly record struct BlobKey(string Project, RegistryName Registry, RepositoryName Repository, Digest Digest)
{
    public static BlobKey Of(Route route, Digest digest) => new(route.Project.Name, route.Project.Endpoint!.Registry, route.Repository, digest);
}

/// <summary>
/// The blobs that were just served from their files: what the database said of them is believed for seconds, so that a blob which a thousand nodes pull at once is
/// looked up once. Their files are opened and measured with each request all the same.
/// </summary>
internal sealed class HeldBlobs : IDisposable
{
    private const int MaxEntries = 10_000;
    private static readonly TimeSpan Holds = TimeSpan.FromSeconds(10);

    private readonly MemoryCache _held = new(new MemoryCacheOptions { SizeLimit = MaxEntries });

    public BlobKnowledge? Find(BlobKey key) => _held.TryGetValue(key, out BlobKnowledge? known) ? known : null;

    /// <summary>Remembers what a file was just served by; all else is looked up each time.</summary>
    public void Remember(BlobKey key, BlobKnowledge known)
    {
        if (known is { IsManifest: false, IsLinked: true, Size: not null })
        {
            _held.Set(key, known, new MemoryCacheEntryOptions { AbsoluteExpirationRelativeToNow = Holds, Size = 1 });
        }
    }

    public void Forget(BlobKey key) => _held.Remove(key);

    public void Dispose() => _held.Dispose();
}
