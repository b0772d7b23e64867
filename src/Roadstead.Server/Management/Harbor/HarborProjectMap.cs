using System.Globalization;
using Roadstead.Server.Configuration;
using Roadstead.Server.Metadata;
using Roadstead.Server.Projects;

namespace Roadstead.Server.Management.Harbor;

/// <summary>Makes projects of what Harbor's clients send. Metadata that means nothing here is kept and told again.</summary>
internal static class HarborProjectMap
{
    private const string Public = "public";
    private const string Speed = "proxy_speed_kb";
    private const string Filter = "proxy_cache_filter_pattern";
    private const string FilterKind = "proxy_cache_filter_kind";

    // Harbor's number is one of kilobits, of 1024, a second.
    private const long SpeedUnit = 1024 / 8;

    private static readonly string[] Flags =
    [
        Public, "auto_scan", "prevent_vul", "auto_sbom_generation", "enable_content_trust", "enable_content_trust_cosign", "reuse_sys_cve_allowlist", "proxy_cache_local_on_not_found", "proxy_referrer_api",
    ];

    private static readonly string[] Numbers = [Speed, "max_upstream_conn"];
    private static readonly string[] Texts = ["severity", Filter, FilterKind];

    /// <summary>What a new project is to be.</summary>
    public static (ProjectOptions Options, ProjectNotes Notes, IReadOnlyList<ConfigurationFault> Faults) Create(HarborProjectInput input, string? endpoint)
    {
        var (read, faults) = CatalogItemReader.ProjectNamed(input.ProjectName ?? "");

        // Harbor's projects are private where nobody says otherwise.
        var metadata = new Dictionary<string, string?>(input.Metadata ?? new Dictionary<string, string?>(), StringComparer.Ordinal);
        metadata.TryAdd(Public, input.Public == true ? "true" : "false");
        var (options, notes, metadataFaults) = WithMetadata(read with { Endpoint = endpoint }, ProjectNotes.None, metadata);
        var (quota, quotaFault) = Quota(input.StorageLimit is 0 or null ? -1 : input.StorageLimit.Value);
        return (
            options with { Quota = quota },
            WithAllowlist(notes, input),
            [
                .. faults.Select(fault => fault.Key == "name" ? fault with { Key = "project_name" } : fault),
                .. metadataFaults,
                .. quotaFault is null ? [] : new[] { new ConfigurationFault("storage_limit", quotaFault) },
            ]);
    }

    /// <summary>What becomes of a project by the body of a PUT: metadata that it names, and another endpoint. Its name and its quota are changed elsewhere or never.</summary>
    public static (ProjectOptions Options, ProjectNotes Notes, IReadOnlyList<ConfigurationFault> Faults) Change(ProjectEntry former, HarborProjectInput input, string? endpoint)
    {
        var metadata = new Dictionary<string, string?>(input.Metadata ?? new Dictionary<string, string?>(), StringComparer.Ordinal);
        if (input.Public is { } said)
        {
            metadata.TryAdd(Public, said ? "true" : "false");
        }

        var (options, notes, faults) = WithMetadata(former.Options, former.Notes, metadata);
        return (endpoint is null ? options : options with { Endpoint = endpoint }, WithAllowlist(notes, input), faults);
    }

    /// <summary>The project with some metadata changed; a value of null takes its key away.</summary>
    public static (ProjectOptions Options, ProjectNotes Notes, IReadOnlyList<ConfigurationFault> Faults) WithMetadata(
        ProjectOptions options, ProjectNotes notes, IReadOnlyDictionary<string, string?> metadata)
    {
        var kept = new Dictionary<string, string>(notes.Metadata ?? new Dictionary<string, string>(), StringComparer.Ordinal);
        var faults = new List<ConfigurationFault>();
        foreach (var (key, value) in metadata)
        {
            if (Fault(key, value) is { } fault)
            {
                faults.Add(new ConfigurationFault($"metadata.{key}", fault));
            }
            else if (key == Public)
            {
                options = options with { Public = value == "true", IsPublicSaid = true };
            }
            else if (key == Speed)
            {
                // A bandwidth between two numbers stays as it is where it is given back.
                options = value == SpeedOf(options.Bandwidth) ? options : options with { Bandwidth = BandwidthOf(value) };
            }
            else if (!Flags.Contains(key) && !Numbers.Contains(key) && !Texts.Contains(key))
            {
                // As Harbor does: a later client's key is passed over.
            }
            else if (value is null)
            {
                kept.Remove(key);
            }
            else
            {
                kept[key] = value;
            }
        }

        if (metadata.ContainsKey(Filter) || metadata.ContainsKey(FilterKind))
        {
            (options, var fault) = WithFilter(options, kept.GetValueOrDefault(Filter, ""), kept.GetValueOrDefault(FilterKind, ""));
            faults.AddRange(fault is null ? [] : [new ConfigurationFault($"metadata.{Filter}", fault)]);
        }

        return (options, notes with { Metadata = kept }, faults);
    }

    /// <returns>The quota that Harbor's number stands for; or what is wrong with it.</returns>
    public static (long? Quota, string? Fault) Quota(long storage) =>
        storage == -1 ? (null, null) : storage > 0 ? (storage, null) : (null, "must be a number of bytes, or -1 for unlimited");

    public static IReadOnlyDictionary<string, string> Metadata(ProjectEntry entry, long? retention)
    {
        var metadata = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in entry.Notes.Metadata ?? new Dictionary<string, string>())
        {
            metadata[key] = value;
        }

        metadata[Public] = entry.Options.Public ? "true" : "false";
        metadata[Speed] = SpeedOf(entry.Options.Bandwidth);
        if (retention is { } id)
        {
            metadata["retention_id"] = id.ToString(CultureInfo.InvariantCulture);
        }

        return metadata;
    }

    /// <returns>Bytes a second; null: without limit.</returns>
    private static long? BandwidthOf(string? speed) => int.TryParse(speed, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number > 0 ? number * SpeedUnit : null;

    private static string SpeedOf(long? bandwidth) => bandwidth is { } rate ? Math.Min(((rate - 1) / SpeedUnit) + 1, int.MaxValue).ToString(CultureInfo.InvariantCulture) : "-1";

    private static string? Fault(string key, string? value) => key switch
    {
        Public when value is null => "cannot be taken away",
        _ when value is null => null,
        _ when value.Length > 1024 => "is longer than 1024 letters",
        _ when Flags.Contains(key) && value is not ("true" or "false") => "must be \"true\" or \"false\"",
        _ when Numbers.Contains(key) && !(int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= -1) => "must be a whole number in a string, -1 or more",
        _ => null,
    };

    /// <summary>An allow-list that were kept and not held would let through what it is to keep out.</summary>
    private static (ProjectOptions Options, string? Fault) WithFilter(ProjectOptions options, string pattern, string kind) =>
        kind is not ("" or "doublestar") ? (options, "must be a glob: regular expressions are not known here")
        : pattern.AsSpan().ContainsAny('{', '[', '\\') ? (options, "must be a glob of *, ** and ? alone")
        : (options with { Include = pattern is "" or "**" ? [] : [pattern] }, null);

    private static ProjectNotes WithAllowlist(ProjectNotes notes, HarborProjectInput input) =>
        input.CveAllowlist?.Items is { } items ? notes with { Allowlist = [.. items.Select(item => item.CveId).OfType<string>().Take(10_000)] } : notes;
}
