using Roadstead.Testing;

namespace Roadstead.Bench.Contestants;

/// <summary>Debian's docker-registry as a proxy, with the in-memory cache of descriptors that its documentation advises for one instance.</summary>
/// <remarks>Below warnings it logs nothing but requests, as the others do; its default writes two lines for each.</remarks>
/// <seealso href="https://distribution.github.io/distribution/recipes/mirror/"/>
internal static class RegistryProxy
{
    public const string Name = "docker-registry";

    /// <param name="folder">An empty one of its own.</param>
    /// <param name="upstream">What it mirrors; null: nothing, it is an upstream itself.</param>
    public static Func<LoopbackPort, ContestantSetup> In(string folder, Uri? upstream) => port =>
    {
        var proxy = upstream is null ? "" : $"proxy: {{remoteurl: '{upstream.ToString().TrimEnd('/')}'}}";
        var file = Path.Combine(folder, "config.yml");
        File.WriteAllText(file, $$"""
            version: 0.1
            log: {level: warn, accesslog: {disabled: false} }
            storage:
              cache: {blobdescriptor: inmemory}
              filesystem: {rootdirectory: '{{Path.Combine(folder, "storage")}}' }
            http: {addr: '{{port.Authority}}', secret: of-the-bench}
            {{proxy}}

            """);
        return new ContestantSetup(Name, "docker-registry", ["serve", file], "", Path.Combine(folder, "registry.log"), " /v2/", "/v2/");
    };
}
