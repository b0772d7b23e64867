using System.Text.Json;
using Roadstead.Cli.Tests.Commands;
using Roadstead.Testing;
using Roadstead.Testing.Images;
using Roadstead.Testing.Processes;
using Roadstead.Testing.Server;
using Roadstead.Testing.Upstream;

namespace Roadstead.Cli.Tests.ImageLayout;

/// <summary>A server that has an upstream, one of the same registries that has none, and a folder between them.</summary>
internal sealed class AirGap : IAsyncDisposable
{
    private AirGap(FakeUpstream upstream, TestServer outside, TestServer inside) => (Upstream, Outside, Inside) = (upstream, outside, inside);

    public FakeUpstream Upstream { get; }

    public TestServer Outside { get; }

    /// <summary>Its endpoints are at a port where nobody listens.</summary>
    public TestServer Inside { get; }

    public TemporaryFolder Folder { get; } = new("air-gap");

    private static CancellationToken Stops => TestContext.Current.CancellationToken;

    /// <param name="inside">Further keys of the inner server's project; null: none.</param>
    public static async Task<AirGap> Start((string, object)[]? inside = null)
    {
        var upstream = await FakeUpstream.Start();
        var outside = await TestServer.Start(config =>
        {
            // A tag that moved is asked for again at once.
            config.FreshFor = "0s";
            config.AddEndpoint("hub", "docker.io", upstream.Address, ("allowPrivateAddresses", true)).AddProject("dockerhub", "hub", ("platforms", new[] { "linux/amd64" }));
        });
        var nowhere = new Uri("http://127.0.0.1:1");
        return new AirGap(upstream, outside, await TestServer.Start(config => config
            .AddEndpoint("hub", "docker.io", nowhere, ("allowPrivateAddresses", true)).AddProject("mirror", "hub", [("platforms", new[] { "linux/amd64" }), .. inside ?? []])));
    }

    /// <summary>Has the outer server hold an image.</summary>
    public async Task<ForgedManifest> Fetch(string repository, string tag, ForgedManifest image, params string[] options)
    {
        Upstream.Add(repository, tag, image);
        (await Outside.Type(["image", "fetch", $"docker.io/{repository}:{tag}", .. options])).OrThrow();
        return image;
    }

    public Task<CommandResult> Export(params string[] words) => Outside.Type(["image", "export", .. words]);

    public Task<CommandResult> Import(params string[] words) => Inside.Type(["image", "import", .. words]);

    /// <summary>What a command says in JSON, whatever its exit code.</summary>
    public static Moved Read(CommandResult result) =>
        JsonSerializer.Deserialize<JsonElement>(result.Output) is { ValueKind: JsonValueKind.Object } json
            ? new Moved(result.ExitCode, result.Error, json.GetProperty("blobs").GetInt32(), json.GetProperty("bytes").GetInt64(), [.. json.GetProperty("images").EnumerateArray()])
            : throw new InvalidOperationException(result.ToString());

    public async Task<Moved> ExportJson(params string[] words) => Read(await Export([.. words, "--output", "json"]));

    public async Task<Moved> ImportJson(params string[] words) => Read(await Import([.. words, "--output", "json"]));

    /// <summary>Pulls an image from the inner server, as a node does.</summary>
    public async Task Pull(string repository, string reference, ForgedManifest image)
    {
        Assert.Equal(image.Digest, await Get($"{repository}/manifests/{reference}"));
        foreach (var blob in image.Blobs)
        {
            Assert.Equal(blob.Digest, await Get($"{repository}/blobs/{blob.Digest}"));
        }
    }

    /// <returns>The digest of what came, or the status.</returns>
    public async Task<string> Get(string path)
    {
        using var response = await Inside.Client.GetAsync(new Uri("/v2/mirror/" + path, UriKind.Relative), Stops);
        return response.IsSuccessStatusCode
            ? "sha256:" + Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(await response.Content.ReadAsByteArrayAsync(Stops)))
            : ((int)response.StatusCode).ToString(System.Globalization.CultureInfo.InvariantCulture);
    }

    public async ValueTask DisposeAsync()
    {
        await Inside.DisposeAsync();
        await Outside.DisposeAsync();
        await Upstream.DisposeAsync();
        Folder.Dispose();
    }
}

/// <summary>The report of an export or import.</summary>
internal sealed record Moved(int ExitCode, string Error, int Blobs, long Bytes, IReadOnlyList<JsonElement> Images)
{
    /// <summary>Each image and what became of it, as <c>docker.io/library/app:1 exported</c>.</summary>
    public IEnumerable<string> States => Images.Select(image => $"{image.GetProperty("image").GetString()} {image.GetProperty("state").GetString()}");

    public string Message(int image) => Images[image].TryGetProperty("message", out var message) ? message.GetString()! : "";
}
