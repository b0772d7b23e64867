namespace Roadstead.Cli.NodeConfig;

/// <summary>Files of credentials.</summary>
internal static class AuthJson
{
    /// <summary>A credential for one registry, in the form of containers-auth.json(5) and Docker's config.json. The key is the host: containers/image looks from the whole name up to it.</summary>
    public static string For(MirrorUrl mirror, MirrorCredential credential) => JsonText.Write(json =>
    {
        json.WriteStartObject("auths");
        json.WriteStartObject(mirror.Authority);
        json.WriteString("auth", credential.Base64);
        json.WriteEndObject();
        json.WriteEndObject();
    });
}
