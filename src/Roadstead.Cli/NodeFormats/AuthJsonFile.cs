using Roadstead.Cli.NodeConfig;

namespace Roadstead.Cli.NodeFormats;

/// <summary>What a file of credentials has for a host. containers-auth.json(5).</summary>
internal static class AuthJsonFile
{
    public const string Auths = "auths";

    /// <summary>Null: nothing.</summary>
    /// <param name="authority">As <c>mirror.example:5000</c>.</param>
    public static JsonSpan? Entry(JsonFile json, string authority) => json.Root.Member(Auths)?.Member(authority);

    /// <summary>Name and password in base64; null: the entry has none.</summary>
    public static string? Base64(JsonSpan entry) => entry.Member("auth")?.String;

    /// <summary>The credential that a file has for a host; null: none, or the file cannot be read.</summary>
    public static MirrorCredential? Credential(string path, string text, string authority) =>
        JsonFile.Read(path, text, [], "") is { } json && Entry(json, authority) is { } entry ? MirrorCredential.FromBase64(Base64(entry)) : null;
}
