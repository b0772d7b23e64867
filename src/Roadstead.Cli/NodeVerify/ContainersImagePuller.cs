using System.Text.Json;
using Roadstead.Cli.NodeFormats;

namespace Roadstead.Cli.NodeVerify;

/// <summary>Podman or Buildah, which store what they pull.</summary>
internal sealed class ContainersImagePuller : ToolPuller
{
    private readonly NodeTool _tool;
    private readonly string _program;

    /// <param name="program">podman or buildah.</param>
    public ContainersImagePuller(NodeTool tool, string program, string? registriesConf = null)
        : base(tool, program, RegistriesConfPlaces.Variables(registriesConf)) => (_tool, _program) = (tool, program);

    public override bool ReadsRegistriesConf => true;

    private protected override IReadOnlyList<string> AskVersion => ["--version"];

    public override ImagePuller With(string registriesConf) => new ContainersImagePuller(_tool, _program, registriesConf);

    public override async Task<IReadOnlyList<string>> Held(string repository, CancellationToken cancellation)
    {
        string[] words = _program == "podman" ? ["images", "--format", "json"] : ["images", "--json"];
        if (await Run(words, cancellation).ConfigureAwait(false) is not ToolResult.Ended { Succeeded: true } ended)
        {
            return [];
        }

        try
        {
            // An image with several names stands there several times.
            using var json = JsonDocument.Parse(ended.Output.Trim() is { Length: > 0 } text ? text : "[]");
            return [.. (json.RootElement.ValueKind == JsonValueKind.Array ? json.RootElement.EnumerateArray().SelectMany(Names) : []).Where(name => IsOf(repository, name)).Distinct()];
        }
        catch (JsonException)
        {
            return [];
        }
    }

    // Podman has the key with a capital, Buildah without.
    private static IEnumerable<string> Names(JsonElement image) =>
        image.TryGetProperty("Names", out var names) || image.TryGetProperty("names", out names) ? names.ValueKind == JsonValueKind.Array ? names.EnumerateArray().Select(name => name.GetString() ?? "") : [] : [];

    private protected override IReadOnlyList<string> PullWords(string reference) => ["pull", "--quiet", reference];

    // Podman knows an image of an index by both its digests, Buildah by one.
    private protected override IReadOnlyList<string> DigestWords(string reference) => _program == "podman"
        ? ["image", "inspect", "--format", "{{.Digest}} {{json .RepoDigests}}", reference]
        : ["images", "--digests", "--format", "{{.Digest}}", reference];

    private protected override IReadOnlyList<string> RemoveWords(string reference) => ["rmi", reference];
}
