namespace Roadstead.Cli.NodeVerify;

/// <summary>How the tools of containers/image are given another registries.conf. containers-registries.conf(5).</summary>
internal static class RegistriesConf
{
    /// <param name="path">As the node has it; null: the node's own.</param>
    public static IReadOnlyDictionary<string, string> Variables(string? path) =>
        path is null ? new Dictionary<string, string>() : new Dictionary<string, string> { ["CONTAINERS_REGISTRIES_CONF"] = path };
}
