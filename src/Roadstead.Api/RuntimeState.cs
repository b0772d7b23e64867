using System.Text.Json;
using System.Text.Json.Serialization;

namespace Roadstead.Api;

/// <summary>What a node found of one of its runtimes.</summary>
[JsonConverter(typeof(RuntimeStateJson))]
public enum RuntimeState
{
    /// <summary>Nothing has been tried since its configuration changed.</summary>
    Unverified,

    /// <summary>A pull came through the mirror.</summary>
    Verified,

    /// <summary>A pull did not come through the mirror, or its configuration could not be put in force.</summary>
    Failed,

    /// <summary>It is not on the node.</summary>
    NotInstalled,

    /// <summary>Its configuration waits for a restart that nobody has allowed.</summary>
    RestartNeeded,
}

/// <summary>As <c>notInstalled</c>; no numbers.</summary>
internal sealed class RuntimeStateJson() : JsonStringEnumConverter<RuntimeState>(JsonNamingPolicy.CamelCase, allowIntegerValues: false);
