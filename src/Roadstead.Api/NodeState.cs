using System.Text.Json;
using System.Text.Json.Serialization;

namespace Roadstead.Api;

/// <summary>How a node does: its worst runtime.</summary>
[JsonConverter(typeof(NodeStateJson))]
public enum NodeState
{
    /// <summary>Nothing has been tried since the configuration of one of its runtimes changed.</summary>
    Unverified,

    /// <summary>All its runtimes pull through the mirror.</summary>
    Verified,

    /// <summary>One of its runtimes does not.</summary>
    Failed,

    /// <summary>One of its runtimes waits for a restart.</summary>
    RestartNeeded,

    /// <summary>Nothing on it pulls images.</summary>
    NoRuntime,

    /// <summary>It has not reported for a day, and counts no more.</summary>
    Gone,
}

/// <summary>As <c>noRuntime</c>; no numbers.</summary>
internal sealed class NodeStateJson() : JsonStringEnumConverter<NodeState>(JsonNamingPolicy.CamelCase, allowIntegerValues: false);
