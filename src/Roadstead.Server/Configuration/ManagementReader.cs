namespace Roadstead.Server.Configuration;

/// <summary>Reads <c>admin</c> and <c>nodes</c>: who may manage the server, and how it changes its nodes.</summary>
internal static class ManagementReader
{
    public static AdminOptions Admin(MapNode map, ConfigurationReader reader) => new(reader.SecretFile(map, "passwordFile"));

    public static NodesOptions Nodes(MapNode map, ConfigurationReader reader)
    {
        // A token on the command line of a container is the operator's own choice; a file must be no one else's.
        var isFile = map.Child("token") is null;
        var token = isFile ? reader.SecretFile(map, "tokenFile") : reader.Secret(map, "token");
        if (token is { Length: > 0 } && token.Any(letter => letter is <= ' ' or >= (char)127))
        {
            reader.Faults.Add($"{map.Path}.{(isFile ? "tokenFile" : "token")}", "has a space or a letter beyond ASCII, which no HTTP header carries; take letters, digits and -._~+/=");
        }

        return new NodesOptions(token, reader.Value(map, "batch", BatchSize.TryParse, BatchSize.Default));
    }
}
