using System.Text.Json.Nodes;

namespace Roadstead.Testing.Clusters;

/// <summary>Objects of a cluster, as a test needs them.</summary>
public static class Manifests
{
    /// <summary>A running pod with a container for each image.</summary>
    public static JsonObject Pod(string space, string name, params string[] images) => new()
    {
        ["kind"] = "Pod",
        ["metadata"] = Metadata(space, name),
        ["spec"] = PodSpec(images),
        ["status"] = new JsonObject { ["phase"] = "Running" },
    };

    /// <summary>What makes pods by a template: a Deployment, ReplicaSet, Job and so on.</summary>
    public static JsonObject Workload(string kind, string space, string name, params string[] images) => new()
    {
        ["kind"] = kind,
        ["metadata"] = Metadata(space, name),
        ["spec"] = new JsonObject { ["template"] = new JsonObject { ["metadata"] = new JsonObject(), ["spec"] = PodSpec(images) } },
        ["status"] = new JsonObject(),
    };

    public static JsonObject CronJob(string space, string name, params string[] images) => new()
    {
        ["kind"] = "CronJob",
        ["metadata"] = Metadata(space, name),
        ["spec"] = new JsonObject
        {
            ["schedule"] = "@daily",
            ["jobTemplate"] = new JsonObject { ["spec"] = new JsonObject { ["template"] = new JsonObject { ["spec"] = PodSpec(images) } } },
        },
    };

    public static JsonObject Node(string name, string architecture = "amd64") => new()
    {
        ["kind"] = "Node",
        ["metadata"] = new JsonObject { ["name"] = name },
        ["spec"] = new JsonObject(),
        ["status"] = new JsonObject { ["nodeInfo"] = new JsonObject { ["operatingSystem"] = "linux", ["architecture"] = architecture } },
    };

    /// <summary>The same object, made by a controller.</summary>
    public static JsonObject OwnedBy(this JsonObject item, string kind, string name)
    {
        item["metadata"]!["ownerReferences"] = new JsonArray(new JsonObject { ["apiVersion"] = "apps/v1", ["kind"] = kind, ["name"] = name, ["uid"] = "0", ["controller"] = true });
        return item;
    }

    /// <summary>The same pod, of whose containers the status says this in their order.</summary>
    public static JsonObject WithImageIds(this JsonObject pod, params string[] imageIds)
    {
        pod["status"]!["containerStatuses"] = new JsonArray([.. imageIds.Index().Select(image => new JsonObject { ["name"] = $"c{image.Index}", ["image"] = "sha256:0", ["imageID"] = image.Item, ["ready"] = true })]);
        return pod;
    }

    private static JsonObject Metadata(string space, string name) => new() { ["namespace"] = space, ["name"] = name };

    private static JsonObject PodSpec(string[] images) => new()
    {
        ["containers"] = new JsonArray([.. images.Index().Select(image => new JsonObject { ["name"] = $"c{image.Index}", ["image"] = image.Item, ["resources"] = new JsonObject() })]),
    };
}
