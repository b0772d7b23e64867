using System.Text.Json.Serialization;

namespace Roadstead.Server.Management.Harbor;

/// <summary>What is kept of a project's images, as Harbor's API has it.</summary>
internal sealed record HarborRetention
{
    public long? Id { get; init; }
    public string? Algorithm { get; init; }
    public IReadOnlyList<HarborRetentionRule>? Rules { get; init; }
    public HarborTrigger? Trigger { get; init; }
    public HarborScope? Scope { get; init; }
}

internal sealed record HarborRetentionRule
{
    public long? Id { get; init; }
    public bool Disabled { get; init; }
    public string? Action { get; init; }
    public string? Template { get; init; }

    /// <summary>One number, under a name that goes with the template, in Harbor's own spelling.</summary>
    public IReadOnlyDictionary<string, int>? Params { get; init; }

    public IReadOnlyList<HarborSelector>? TagSelectors { get; init; }
    public HarborScopeSelectors? ScopeSelectors { get; init; }
}

internal sealed record HarborScopeSelectors(IReadOnlyList<HarborSelector>? Repository);

/// <param name="Kind">Always <c>doublestar</c>.</param>
/// <param name="Decoration">Whether the pattern's matches are meant or all others.</param>
/// <param name="Pattern">A glob.</param>
/// <param name="Extras">JSON in a string: whether images without a tag are meant too.</param>
internal sealed record HarborSelector(string? Kind, string? Decoration, string? Pattern, string? Extras);

internal sealed record HarborTrigger(string? Kind, HarborTriggerSettings? Settings);

internal sealed record HarborTriggerSettings(string? Cron);

/// <param name="Level">Always <c>project</c>.</param>
/// <param name="Ref">The project's number.</param>
internal sealed record HarborScope(string? Level, [property: JsonPropertyName("ref")] long Ref);
