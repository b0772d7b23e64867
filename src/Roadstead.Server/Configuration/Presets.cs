using Roadstead.Api;

namespace Roadstead.Server.Configuration;

/// <summary>The public registries that a server without <c>endpoints</c> in its configuration mirrors.</summary>
public static class Presets
{
    public static IReadOnlyList<EndpointOptions> Endpoints { get; } =
        [.. PresetRegistry.All.Select(preset => new EndpointOptions { Name = preset.Endpoint, Registry = preset.Registry, Url = PresetRegistry.UrlOf(preset.Registry) })];

    public static IReadOnlyList<ProjectOptions> Projects { get; } =
        [.. PresetRegistry.All.Select(preset => new ProjectOptions { Name = preset.Project, Endpoint = preset.Endpoint })];
}
