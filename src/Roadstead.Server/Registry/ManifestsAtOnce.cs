using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Roadstead.Oci;
using Roadstead.Server.Mirroring;
using Roadstead.Server.Projects;

namespace Roadstead.Server.Registry;

/// <summary>Finds the manifests that neither the disk, nor the database, nor upstream is needed for: what is pulled again and again, in as little time as can be.</summary>
/// <remarks>What it finds is what <see cref="ManifestMirror.Get"/> would answer with; all else goes that way.</remarks>
/// <param name="projects">The projects in force.</param>
/// <param name="mirror">Has the manifests.</param>
/// <param name="log">Gets a line for each.</param>
/// <param name="hasBoundListeners">Some listener leads to a project of its own, so that a target does not say all.</param>
internal sealed class ManifestsAtOnce(ProjectCatalog projects, ManifestMirror mirror, RequestLog log, bool hasBoundListeners)
{
    private readonly TargetMemory _targets = new();

    /// <summary>Finds it, and notes its path and route with the request.</summary>
    public HeldManifest? Find(RegistryRequest request, string target)
    {
        var http = request.Context.Request;
        if (!(HttpMethods.IsGet(http.Method) || request.IsHead) || log.MayWait || request.Context.Features.Get<IHttpRequestBodyDetectionFeature>() is not { CanHaveBody: false })
        {
            return null;
        }

        var snapshot = projects.Snapshot;
        var isWhole = !hasBoundListeners && !snapshot.HasHosts;
        var known = isWhole ? _targets.Find(target, snapshot) : null;
        if ((known ?? Read(snapshot, request, target)) is not { } meaning
            || mirror.FindAtOnce(meaning.Route, meaning.Path.Reference!.Value, request.IsHead ? ManifestPurpose.Inspect : ManifestPurpose.Pull) is not { } held)
        {
            return null;
        }

        if (isWhole && known is null)
        {
            _targets.Remember(target, meaning);
        }

        (request.Path, request.Route) = (meaning.Path, meaning.Route);
        return held;
    }

    private static TargetMeaning? Read(ProjectSnapshot snapshot, RegistryRequest request, string target) =>
        target.Contains("/manifests/", StringComparison.Ordinal) && OciPath.Parse(target).Path is { Kind: OciPathKind.Manifest } path
        && ProjectRouter.Find(snapshot, path, request.Arrival).Route is { IsVerify: false, Project.Endpoint: not null } route
            ? new TargetMeaning(snapshot, path, route)
            : null;
}
