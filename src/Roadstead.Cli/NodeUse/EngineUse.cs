using System.Text.Json;
using Roadstead.Cli.NodeVerify;

namespace Roadstead.Cli.NodeUse;

/// <summary>Asks Podman and Docker for their containers, by their own programs.</summary>
internal static class EngineUse
{
    private static readonly Dictionary<string, string> NoVariables = [];

    public static async Task<RuntimeUse> Podman(NodeTool tool, CancellationToken cancellation) =>
        await Run(tool, "podman", ["ps", "--all", "--format", "json"], cancellation).ConfigureAwait(false) switch
        {
            ToolResult.Ended { Succeeded: true } ended when List(ended.Output) is { } list => await Told(tool, "podman", list, container => Text(container, "ImageID"), cancellation).ConfigureAwait(false),
            ToolResult.NotThere => new RuntimeUse.Away(),
            _ => new RuntimeUse.Silent(),
        };

    public static async Task<RuntimeUse> Docker(NodeTool tool, CancellationToken cancellation) =>
        // Of the word json Docker makes a list only since 23. Without --no-trunc an id looks like the name of an image.
        await Run(tool, "docker", ["ps", "--all", "--no-trunc", "--format", "{{json .}}"], cancellation).ConfigureAwait(false) switch
        {
            ToolResult.Ended { Succeeded: true } ended when List($"[{string.Join(',', ended.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries))}]") is { } list =>
                await Told(tool, "docker", list, _ => null, cancellation).ConfigureAwait(false),
            ToolResult.NotThere => new RuntimeUse.Away(),
            ToolResult.Ended ended when ended.Said.Contains("Cannot connect to the Docker daemon", StringComparison.Ordinal) => new RuntimeUse.Away(),
            _ => new RuntimeUse.Silent(),
        };

    private static async Task<RuntimeUse> Told(NodeTool tool, string program, IReadOnlyList<JsonElement> list, Func<JsonElement, string?> id, CancellationToken cancellation)
    {
        var containers = list.Select(container => new ContainerImage(Text(container, "Image") ?? "", id(container))).ToList();
        var names = containers.Select(container => container.ImageId ?? container.Name).Where(name => name.Length > 0).Distinct(StringComparer.Ordinal).ToList();

        // Of images that are gone it says so, and ends as one that failed; the others stand in its output.
        var told = names.Count == 0 ? null : await Run(tool, program, ["image", "inspect", .. names], cancellation).ConfigureAwait(false) as ToolResult.Ended;
        return new RuntimeUse.Told(containers, [.. (List(told?.Output ?? "") ?? []).Select(image => new KnownImage(Text(image, "Id") ?? "", Texts(image, "RepoTags"), Texts(image, "RepoDigests")))]);
    }

    private static Task<ToolResult> Run(NodeTool tool, string program, IReadOnlyList<string> words, CancellationToken cancellation) => tool.Run(program, words, NoVariables, cancellation);

    /// <returns>The objects of a list; null: it is none.</returns>
    private static IReadOnlyList<JsonElement>? List(string output)
    {
        try
        {
            using var json = JsonDocument.Parse(output);
            return json.RootElement.ValueKind switch
            {
                JsonValueKind.Array => [.. json.RootElement.EnumerateArray().Where(element => element.ValueKind == JsonValueKind.Object).Select(element => element.Clone())],

                // What Podman says where there is none.
                JsonValueKind.Null => [],
                _ => null,
            };
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string? Text(JsonElement element, string key) => element.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static List<string> Texts(JsonElement element, string key) =>
        element.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray().Where(text => text.ValueKind == JsonValueKind.String).Select(text => text.GetString()!)] : [];
}
