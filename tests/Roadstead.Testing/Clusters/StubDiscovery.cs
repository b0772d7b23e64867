using System.Text;
using System.Text.Json.Nodes;

namespace Roadstead.Testing.Clusters;

/// <summary>What an API server says of the kinds that it has; kubectl asks before anything else.</summary>
internal static class StubDiscovery
{
    /// <returns>Null: nothing of the kind is there.</returns>
    public static byte[]? At(string path, IReadOnlySet<string> absent)
    {
        var groups = StubKind.All.Select(kind => kind.Group).Where(group => group.Length > 0).Distinct();
        JsonObject? document = path switch
        {
            "/version" => new() { ["major"] = "1", ["minor"] = "33", ["gitVersion"] = "v1.33.1" },
            "/api" => new() { ["kind"] = "APIVersions", ["versions"] = new JsonArray("v1"), ["serverAddressByClientCIDRs"] = new JsonArray() },
            "/apis" => new() { ["kind"] = "APIGroupList", ["apiVersion"] = "v1", ["groups"] = new JsonArray([.. groups.Select(Group)]) },
            "/api/v1" => Resources("", absent),
            _ => path.Split('/') is ["", "apis", var group, "v1"] && groups.Contains(group) ? Resources(group, absent) : null,
        };
        return document is null ? null : Encoding.UTF8.GetBytes(document.ToJsonString());
    }

    private static JsonObject Group(string name)
    {
        JsonObject Version() => new() { ["groupVersion"] = $"{name}/v1", ["version"] = "v1" };
        return new() { ["name"] = name, ["versions"] = new JsonArray(Version()), ["preferredVersion"] = Version() };
    }

    private static JsonObject Resources(string group, IReadOnlySet<string> absent) => new()
    {
        ["kind"] = "APIResourceList",
        ["apiVersion"] = "v1",
        ["groupVersion"] = group.Length == 0 ? "v1" : $"{group}/v1",
        ["resources"] = new JsonArray(
        [
            .. StubKind.All.Where(kind => kind.Group == group && !absent.Contains(kind.Resource)).Select(kind => new JsonObject
            {
                ["name"] = kind.Resource,
                ["singularName"] = kind.Kind.ToLowerInvariant(),
                ["namespaced"] = kind.IsNamespaced,
                ["kind"] = kind.Kind,
                ["verbs"] = new JsonArray("get", "list", "watch"),
                ["shortNames"] = new JsonArray(kind.Abbreviation),
            }),
        ]),
    };
}
