using Roadstead.Server.Configuration;

namespace Roadstead.Server.Metadata;

/// <summary>What a client of Harbor's API says of an endpoint that means nothing here, and is told again.</summary>
/// <param name="Type">Harbor's word for the kind of registry, as <c>docker-hub</c>; null: it was not made by that API.</param>
/// <param name="Url">The URL as the client wrote it, which may be a web page of the registry.</param>
/// <param name="Description">Any text.</param>
public sealed record EndpointNotes(string? Type = null, string? Url = null, string? Description = null)
{
    public static EndpointNotes None { get; } = new();
}

/// <summary>What a client of Harbor's API says of a project that means nothing here, and is told again.</summary>
/// <param name="Metadata">Values by key; null: none.</param>
/// <param name="Allowlist">Names of vulnerabilities; null: none.</param>
public sealed record ProjectNotes(IReadOnlyDictionary<string, string>? Metadata = null, IReadOnlyList<string>? Allowlist = null)
{
    public static ProjectNotes None { get; } = new();
}

/// <summary>An endpoint that the configuration file does not declare.</summary>
/// <param name="Options">Without secrets.</param>
/// <param name="Sealed">The secrets, encrypted; null: there are none.</param>
/// <param name="Notes">As above.</param>
/// <param name="UpdatedAt">When it was last changed; the earliest time there is if it never was.</param>
internal sealed record EndpointRow(EndpointOptions Options, byte[]? Sealed, EndpointNotes Notes, DateTimeOffset UpdatedAt);

/// <summary>A project that the configuration file does not declare.</summary>
internal sealed record ProjectRow(ProjectOptions Options, ProjectNotes Notes, DateTimeOffset UpdatedAt);

/// <summary>The number of an endpoint or a project in the API, and since when it has it.</summary>
internal readonly record struct CatalogNumber(long Id, DateTimeOffset CreatedAt);
