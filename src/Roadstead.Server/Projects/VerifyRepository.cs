using Roadstead.Oci;

namespace Roadstead.Server.Projects;

/// <summary>
/// The repository that every project has and no upstream: what a node pulls from it, it can only have pulled through this server. Nobody else is ever
/// asked for it, whatever the project's patterns say.
/// </summary>
internal static class VerifyRepository
{
    public static RepositoryName Name { get; } = RepositoryName.TryParse("roadstead/verify", out var name) ? name : throw new InvalidOperationException("The name is valid.");
}
