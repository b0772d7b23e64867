using Roadstead.Oci;

namespace Roadstead.Server.Metadata;

/// <summary>Names a manifest of a repository among all that are held; as an image, with all that it names.</summary>
/// <param name="Repository">The repository's row.</param>
/// <param name="Digest">The manifest.</param>
internal readonly record struct ImageKey(long Repository, Digest Digest);
