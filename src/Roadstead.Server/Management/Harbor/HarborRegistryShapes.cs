namespace Roadstead.Server.Management.Harbor;

/// <summary>An endpoint, as Harbor's API tells it.</summary>
internal sealed record HarborRegistry(
    long Id, string Name, string Url, string Type, HarborCredential? Credential, bool Insecure, string CaCertificate, string Description, string Status, DateTimeOffset CreationTime, DateTimeOffset UpdateTime);

/// <param name="Type">Always <c>basic</c>.</param>
/// <param name="AccessKey">The user name.</param>
/// <param name="AccessSecret">The password; five stars in every answer.</param>
internal sealed record HarborCredential(string? Type, string? AccessKey, string? AccessSecret)
{
    /// <summary>A record would print its members.</summary>
    public override string ToString() => "credential";
}

/// <summary>An endpoint, as clients of Harbor's API send it: whole for a POST, flat for a PUT and a ping; what is absent stays as it is.</summary>
internal sealed record HarborRegistryInput
{
    public long? Id { get; init; }
    public string? Name { get; init; }
    public string? Url { get; init; }
    public string? Type { get; init; }
    public string? Description { get; init; }
    public bool? Insecure { get; init; }
    public string? CaCertificate { get; init; }
    public HarborCredential? Credential { get; init; }
    public string? CredentialType { get; init; }
    public string? AccessKey { get; init; }
    public string? AccessSecret { get; init; }

    /// <inheritdoc cref="HarborCredential.ToString"/>
    public override string ToString() => $"registry {Name}";
}

internal sealed record HarborRegistryInfo(
    string Type, string Description, IReadOnlyList<HarborFilter> SupportedResourceFilters, IReadOnlyList<string> SupportedTriggers, bool SupportedCopyByChunk);

internal sealed record HarborFilter(string Type, string Style);

/// <summary>What a client may offer for the URL of a kind of registry.</summary>
internal sealed record HarborAdapter(HarborEndpointPattern EndpointPattern);

internal sealed record HarborEndpointPattern(string EndpointType, IReadOnlyList<HarborEndpointPreset> Endpoints);

internal sealed record HarborEndpointPreset(string Key, string Value);
