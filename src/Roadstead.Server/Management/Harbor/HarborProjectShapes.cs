namespace Roadstead.Server.Management.Harbor;

/// <summary>A project, as Harbor's API tells it.</summary>
/// <param name="ProjectId">Its number.</param>
/// <param name="Name">Its name.</param>
/// <param name="RegistryId">The number of its endpoint; null: a hosted project.</param>
/// <param name="RepoCount">Repositories that hold something.</param>
/// <param name="Metadata">Strings all of them.</param>
/// <param name="CveAllowlist">As it was given.</param>
/// <param name="CreationTime">Since when it has its number.</param>
/// <param name="UpdateTime">When it was last changed.</param>
internal sealed record HarborProject(
    long ProjectId, string Name, long? RegistryId, long RepoCount, IReadOnlyDictionary<string, string> Metadata, HarborAllowlist CveAllowlist, DateTimeOffset CreationTime, DateTimeOffset UpdateTime)
{
    public long OwnerId { get; } = 1;
    public string OwnerName { get; } = Access.Credentials.AdminName;
    public bool Deleted { get; }
    public bool Togglable { get; } = true;
    public int CurrentUserRoleId { get; } = 1;
    public IReadOnlyList<int> CurrentUserRoleIds { get; } = [1];
    public int ChartCount { get; }
}

internal sealed record HarborAllowlist(long Id, long ProjectId, IReadOnlyList<HarborAllowlistItem>? Items);

internal sealed record HarborAllowlistItem(string? CveId);

/// <summary>A project, as clients of Harbor's API send it.</summary>
internal sealed record HarborProjectInput
{
    public string? ProjectName { get; init; }
    public long? RegistryId { get; init; }

    /// <summary>Bytes; -1 or 0: unlimited.</summary>
    public long? StorageLimit { get; init; }
    public bool? Public { get; init; }
    public IReadOnlyDictionary<string, string?>? Metadata { get; init; }
    public HarborAllowlist? CveAllowlist { get; init; }
}

internal sealed record HarborSummary(long RepoCount, HarborQuotaSizes Quota, HarborRegistry? Registry)
{
    public int ProjectAdminCount { get; } = 1;
    public int MaintainerCount { get; }
    public int DeveloperCount { get; }
    public int GuestCount { get; }
    public int LimitedGuestCount { get; }
}

internal sealed record HarborQuotaSizes(HarborSize Hard, HarborSize Used);

/// <param name="Storage">Bytes; -1: unlimited.</param>
internal sealed record HarborSize(long Storage);

internal sealed record HarborQuota(long Id, HarborQuotaRef Ref, HarborSize Hard, HarborSize Used, DateTimeOffset CreationTime, DateTimeOffset UpdateTime);

internal sealed record HarborQuotaRef(long Id, string Name, string OwnerName);

internal sealed record HarborQuotaInput(HarborSize? Hard);

internal sealed record HarborRepository(long Id, long ProjectId, string Name, long ArtifactCount, long PullCount);

internal sealed record HarborArtifact(
    string Digest, string Type, string MediaType, string ManifestMediaType, string ArtifactType, long ProjectId, long RepositoryId, string RepositoryName, long Size, DateTimeOffset PushTime, DateTimeOffset PullTime,
    IReadOnlyList<HarborTag>? Tags, IReadOnlyList<HarborReference>? References);

internal sealed record HarborTag(string Name, long RepositoryId, DateTimeOffset PushTime, DateTimeOffset PullTime, bool Immutable);

internal sealed record HarborReference(string ChildDigest, HarborPlatform? Platform);

internal sealed record HarborPlatform(string Os, string Architecture, string? Variant);
