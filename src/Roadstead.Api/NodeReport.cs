namespace Roadstead.Api;

/// <summary>What a node tells of itself: <c>PUT /api/v2.0/roadstead/nodes/{name}</c>.</summary>
/// <param name="AgentVersion">Of the program that reports; at most 64 letters.</param>
/// <param name="Target">The revision of its configuration that the node would put in force; 1 to 64 letters.</param>
/// <param name="Current">The revision that is in force; null: none.</param>
/// <param name="Canary">True for a node that is to go first.</param>
/// <param name="MirrorUrl">The URL under which it reaches the server; at most 512 letters.</param>
/// <param name="Runtimes">What pulls images on it; at most 32.</param>
public sealed record NodeReport(string AgentVersion, string Target, string? Current, bool Canary, string? MirrorUrl, IReadOnlyList<RuntimeReport> Runtimes)
{
    /// <summary>The most images that one may have.</summary>
    public const int MostImages = 1000;

    /// <summary>Of the node, as <c>linux/amd64</c>; null: not told, as by agents of before.</summary>
    public string? Platform { get; init; }

    /// <summary>
    /// What the node's containers use, running or not, as their specifications name it; at most <see cref="MostImages"/>. Null: that could not be found out, and what was told before
    /// still holds. In a list of nodes by their whole references, and null unless they are asked for.
    /// </summary>
    public IReadOnlyList<UsedImage>? Images { get; init; }

    /// <summary>What the node's containers name as an image and can be none; null: nothing is.</summary>
    public IReadOnlyList<MalformedImage>? Malformed { get; init; }
}

/// <summary>How a runtime of a node does.</summary>
/// <param name="Name">As <c>containerd</c>; 1 to 64 letters.</param>
/// <param name="Version">Null where it is not known; at most 64 letters.</param>
/// <param name="State">What was found.</param>
/// <param name="Message">The cause, for the operator; the server keeps the first 1000 letters.</param>
/// <param name="VerifiedAt">When a pull through the mirror last succeeded; null: never.</param>
public sealed record RuntimeReport(string Name, string? Version, RuntimeState State, string? Message, DateTimeOffset? VerifiedAt);
