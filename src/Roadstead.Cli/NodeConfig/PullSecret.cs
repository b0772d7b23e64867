namespace Roadstead.Cli.NodeConfig;

/// <summary>A secret of type <c>kubernetes.io/dockerconfigjson</c>. Kubernetes, "Pull an Image from a Private Registry".</summary>
internal static class PullSecret
{
    public const string Name = "roadstead-mirror";
    public const string FileName = "pull-secret.yaml";

    /// <summary>The key of Docker Hub is the address of its first API, as docker login writes it.</summary>
    public static string KeyOf(string registry) => registry == RegistryMirror.DockerHub ? "https://index.docker.io/v1/" : registry;

    /// <param name="keys">Registries, or beginnings of image names, that the credential is for.</param>
    public static ConfigFile For(PodScope scope, IEnumerable<string> keys, MirrorCredential credential)
    {
        var json = JsonText.Write(writer =>
        {
            writer.WriteStartObject("auths");
            foreach (var key in keys.Distinct())
            {
                writer.WriteStartObject(key);
                writer.WriteString("auth", credential.Base64);
                writer.WriteEndObject();
            }

            writer.WriteEndObject();
        });
        var text = $"apiVersion: v1\nkind: Secret\nmetadata:\n  name: {Name}\n  namespace: {Yaml.Quote(scope.Namespace)}\ntype: kubernetes.io/dockerconfigjson\nstringData:\n  .dockerconfigjson: {Yaml.Block(json, 4)}\n";
        return new ConfigFile(FileName, text, Placement: Placement.Applied, IsSecret: true);
    }
}
