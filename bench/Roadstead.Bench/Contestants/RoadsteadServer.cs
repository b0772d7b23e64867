using Roadstead.Testing;
using Roadstead.Testing.Server;

namespace Roadstead.Bench.Contestants;

/// <summary>roadstead-server as it is published, with its defaults; it logs each request and counts it for /metrics.</summary>
internal static class RoadsteadServer
{
    public const string Name = "roadstead";
    public const string Project = "bench";

    /// <param name="program">The published program.</param>
    /// <param name="folder">An empty one of its own, or with a store in it.</param>
    /// <param name="upstream">What its project mirrors.</param>
    /// <param name="environment">Added to the process's; null for nothing.</param>
    /// <param name="name">Where several of them compete.</param>
    /// <param name="isMadeUp">The store's blobs are not what their digests say, which the server must not find out.</param>
    public static Func<LoopbackPort, ContestantSetup> In(
        string program, string folder, Uri upstream, IReadOnlyDictionary<string, string?>? environment = null, string name = Name, bool isMadeUp = false) => port =>
    {
        var config = new ServerConfig
        {
            // A tag stays fresh for as long as a store is used.
            FreshFor = "365d",
        }
            .AddEndpoint("upstream", "registry.example", upstream, ("allowPrivateAddresses", true))
            .AddProject(Project, "upstream");
        if (isMadeUp)
        {
            config.Storage["scrubEvery"] = "never";
        }

        var file = Path.Combine(folder, "roadstead.yaml");
        Directory.CreateDirectory(folder);
        File.WriteAllText(file, config.ToYaml(port.Address, Path.Combine(folder, "storage")));
        return new ContestantSetup(name, program, ["--config", file], $"{Project}/", Path.Combine(folder, "roadstead.log"), " status=", "/healthz/live")
        {
            Environment = environment,
        };
    };
}
