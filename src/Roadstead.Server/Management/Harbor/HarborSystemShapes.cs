namespace Roadstead.Server.Management.Harbor;

internal sealed record HarborStatistics(long PrivateProjectCount, long PrivateRepoCount, long PublicProjectCount, long PublicRepoCount, long TotalProjectCount, long TotalRepoCount, long TotalStorageConsumption);

internal sealed record HarborHealth(string Status, IReadOnlyList<HarborComponent> Components);

internal sealed record HarborComponent(string Name, string Status, string? Error);

internal sealed record HarborSystemInfo(
    string AuthMode, string HarborVersion, string RegistryUrl, string ExternalUrl, bool ReadOnly, bool SelfRegistration, string ProjectCreationRestriction, bool HasCaRoot, bool WithNotary, bool NotificationEnable);

internal sealed record HarborUser(long UserId, string Username, string Realname, string Email, bool SysadminFlag, bool AdminRoleInAuth);

internal sealed record HarborSetting<T>(T Value, bool Editable);

internal sealed record HarborConfigurations(
    HarborSetting<string> AuthMode, HarborSetting<bool> QuotaPerProjectEnable, HarborSetting<long> StoragePerProject, HarborSetting<string> RobotNamePrefix, HarborSetting<bool> ReadOnly,
    HarborSetting<bool> SelfRegistration, HarborSetting<string> ProjectCreationRestriction, HarborSetting<bool> NotificationEnable);
