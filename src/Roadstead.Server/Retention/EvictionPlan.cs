using Roadstead.Oci;
using Roadstead.Server.Metadata;

namespace Roadstead.Server.Retention;

/// <summary>An image that may have to go.</summary>
/// <param name="Image">Which, with the time of its last pull.</param>
/// <param name="Manifests">It, and the manifests below it.</param>
/// <param name="Blobs">What these name and the store holds.</param>
/// <param name="IsPinned">It stays, whatever happens: it is pinned, or what room is made for.</param>
/// <param name="IsInUse">It is being pulled, and stays for now.</param>
internal sealed record EvictionCandidate(ImageRow Image, IReadOnlyList<Digest> Manifests, IReadOnlyList<ImageBlob> Blobs, bool IsPinned, bool IsInUse);

/// <summary>What is to go.</summary>
/// <param name="Images">The images, the least recently pulled first.</param>
/// <param name="Freed">The bytes of the blobs that go with them.</param>
/// <param name="Waiting">The bytes of what was passed over and may go once it is no longer in use.</param>
internal sealed record EvictionPlan(IReadOnlyList<EvictionCandidate> Images, long Freed, long Waiting);
