using Roadstead.Cli.NodeConfig;
using Roadstead.Cli.NodeInstall;
using Roadstead.Oci;

namespace Roadstead.Cli.NodeVerify;

/// <summary>Has a runtime ask a dead mirror first and the live one then, under a name that no pull of the node's own has.</summary>
internal abstract record OutageRig
{
    public static readonly string Registry = RegistryName.Measuring.ToString();

    private OutageRig()
    {
    }

    /// <param name="Puller">To pull with, of any tag.</param>
    /// <param name="Put">Puts a mirror, as <c>127.0.0.1:1234</c>, before the live one, until what it returns is disposed.</param>
    public sealed record Possible(ImagePuller Puller, Func<string, (ImagePuller Puller, IDisposable Files)> Put) : OutageRig
    {
        public static string Image(string tag) => $"{Registry}/{MirrorProbe.Image}:{tag}";
    }

    public sealed record Impossible(string Why) : OutageRig;

    /// <param name="folder">Of hosts.toml, as the node has it; null: the runtime reads none, or does not tell.</param>
    /// <param name="ca">As the node has it; null: none.</param>
    public static OutageRig For(string runtime, ImagePuller puller, NodeFiles files, MirrorPlan plan, RegistryMirror registry, string? folder, string? ca) => runtime switch
    {
        "podman" => OfRegistriesConf(puller, files, plan, registry),
        "crio" => new Impossible("CRI-O has no place for a mirror of one pull; podman, skopeo or buildah on the node would stand for it"),
        "docker" => new Impossible("Docker's mirrors are the daemon's, and are not changed for a measurement"),
        _ when folder is null => new Impossible("the runtime does not tell from which folder it reads hosts.toml"),
        _ => OfHostsToml(puller, files, plan, registry, folder, ca),
    };

    public static Possible OfRegistriesConf(ImagePuller puller, NodeFiles files, MirrorPlan plan, RegistryMirror registry) => new(puller, dead =>
    {
        var folder = NodeFolder.Make(files);
        var insecure = plan.Insecure ? "insecure = true\n" : "";
        File.WriteAllText(Path.Combine(folder.Place, "registries.conf"), $"""
            [[registry]]
            prefix = "{Registry}"
            location = "{Registry}"
            blocked = true
            [[registry.mirror]]
            location = "{dead}/{registry.Project}"
            {insecure}[[registry.mirror]]
            location = {Toml.Quote(plan.Mirror.Location(registry))}
            {insecure}
            """);
        return (puller.With($"{folder.Path}/registries.conf"), folder);
    });

    private static Possible OfHostsToml(ImagePuller puller, NodeFiles files, MirrorPlan plan, RegistryMirror registry, string folder, string? ca) => new(puller, dead =>
    {
        var made = NodeFolder.Take(files, $"{folder}/{Registry}");
        try
        {
            var live = HostsToml.Files(plan with { Registries = [registry], MirrorOnly = false }, folder, ca).First();
            var scheme = plan.Mirror.Scheme;
            var text = live.Content[live.Content.IndexOf("[host.", StringComparison.Ordinal)..];
            using var stream = new FileStream(Path.Combine(made.Place, "hosts.toml"), new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = live.Mode });
            stream.Write(System.Text.Encoding.UTF8.GetBytes($"""
                server = "https://{Registry}"

                [host."{scheme}://{dead}/v2/{registry.Project}"]
                  capabilities = ["pull", "resolve"]
                  override_path = true
                  dial_timeout = "3s"

                {text}
                """));
            return (puller, made);
        }
        catch
        {
            made.Dispose();
            throw;
        }
    });
}
