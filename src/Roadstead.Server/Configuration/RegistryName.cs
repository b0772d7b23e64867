namespace Roadstead.Server.Configuration;

/// <summary>A registry's name as image references have it: host or host:port, lower case.</summary>
internal static class RegistryName
{
    /// <summary>Docker Hub's names of the past, which its clients still write in references and settings.</summary>
    private static readonly string[] DockerHub = ["index.docker.io", "registry-1.docker.io"];

    public static bool TryParse(string text, out string? result, out string? fault)
    {
        result = null;
        if (text.Contains('/', StringComparison.Ordinal))
        {
            fault = "must be a host or host:port, without scheme or path";
            return false;
        }

        if (!HostName.TryParse(text, out var host, out fault))
        {
            return false;
        }

        result = host.Port is { } port ? $"{host.Host}:{port}" : DockerHub.Contains(host.Host) ? "docker.io" : host.Host;
        return true;
    }

    /// <summary>A first part without dot or port is no registry to any client, but part of Docker Hub's repository name.</summary>
    public static bool CanStandInReference(string registry) =>
        registry == "localhost" || registry.AsSpan().ContainsAny('.', ':');
}
