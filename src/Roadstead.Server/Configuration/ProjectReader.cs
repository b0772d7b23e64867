using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

using Roadstead.Oci;
namespace Roadstead.Server.Configuration;

/// <summary>Reads one entry of <c>projects</c>.</summary>
internal static partial class ProjectReader
{
    private static readonly ProjectOptions Unread = new() { Name = "" };

    public static ProjectOptions Read(ConfigurationNode node, ConfigurationReader reader)
    {
        if (node is not MapNode map)
        {
            return Unread;
        }

        var project = Unread with
        {
            // As with endpoints, a name that is spelled wrong is kept for the checks of what spans entries.
            Name = reader.Required<string>(map, "name", PathName.TryParseProject) ?? (map.Child("name") as ScalarNode)?.Text ?? "",
            Endpoint = reader.Text(map, "endpoint"),
            Public = reader.Flag(map, "public", true),
            IsPublicSaid = map.Child("public") is not null,
            Primary = reader.Flag(map, "primary", false),
            Quota = reader.Value<long?>(map, "quota", ByteSize.TryParseLimit),
            FreshFor = map.Child("freshFor") is null ? null : reader.Value<TimeSpan>(map, "freshFor", Duration.TryParse),
            Freshness = FreshnessReader.Read(map, reader),
            StaleFor = map.Child("staleFor") is null ? null : new StaleLimit(reader.Value<TimeSpan?>(map, "staleFor", Duration.TryParseLimit)),
            DeletedFor = reader.Value<TimeSpan?>(map, "deletedFor", Duration.TryParseLimit),
            Bandwidth = reader.Value<long?>(map, "bandwidth", ByteSize.TryParseLimit),
            Hosts = reader.Values<string>(map, "hosts", TryParseHost),
            Platforms = reader.Values<string>(map, "platforms", TryParsePlatform),
            Include = reader.Values<string>(map, "include", TryParseGlob),
            Exclude = reader.Values<string>(map, "exclude", TryParseGlob),
        };
        if (!project.Public)
        {
            reader.Faults.Warn(ConfigurationNode.ChildPath(map.Path, "public"), "a private project serves nobody in this release, which cannot tell clients apart");
        }

        return project;
    }

    /// <summary>https://github.com/opencontainers/image-spec/blob/main/image-index.md: os, architecture and variant as Go spells them.</summary>
    private static bool TryParsePlatform(string text, [NotNullWhen(true)] out string? result, [NotNullWhen(false)] out string? fault)
    {
        result = text;
        fault = Platform().IsMatch(text) ? null : "must be os/architecture or os/architecture/variant, as linux/amd64 or linux/arm/v7";
        return fault is null;
    }

    private static bool TryParseHost(string text, [NotNullWhen(true)] out string? result, [NotNullWhen(false)] out string? fault)
    {
        var valid = HostName.TryParse(text, out var host, out fault);
        result = valid ? $"{host!.Host}{(host.Port is { } port ? $":{port}" : "")}" : null;
        return valid;
    }

    public static bool TryParseGlob(string text, [NotNullWhen(true)] out string? result, [NotNullWhen(false)] out string? fault)
    {
        result = text;
        fault = "is empty";
        return !string.IsNullOrWhiteSpace(text) && NamePatterns.TryParse(text, out fault);
    }

    [GeneratedRegex(@"\A[a-z0-9]+/[a-z0-9]+(?:/[a-z0-9.]+)?\z")]
    private static partial Regex Platform();
}
