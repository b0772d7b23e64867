using Roadstead.Bench.Content;
using Roadstead.Bench.Contestants;
using Roadstead.Bench.Load;
using Roadstead.Bench.Machine;
using Roadstead.Testing.Images;
using Roadstead.Testing.Registries;

namespace Roadstead.Bench.Rows;

/// <summary>An upstream with one image, and all three contestants holding it.</summary>
internal sealed class WarmStage : IAsyncDisposable
{
    private readonly List<IAsyncDisposable> _running = [];
    private readonly HashSet<Contestant> _loaded = [];
    private readonly WorkFolder _folder;
    private readonly ForgedManifest _image;

    private WarmStage(WorkFolder folder, ForgedManifest image)
    {
        _folder = folder;
        _image = image;
    }

    public string Folder => _folder.Path;

    public Contestant Upstream { get; private set; } = null!;

    public IReadOnlyList<Contestant> Contestants { get; private set; } = [];

    /// <summary>How many headers a manifest has from each contestant.</summary>
    public string HeaderCounts { get; private set; } = "";

    public static async Task<WarmStage> SetUp(BenchContext context, ForgedManifest image)
    {
        var stage = new WarmStage(new WorkFolder(context.Folder, "warm"), image);
        try
        {
            await stage.Start(context);
            return stage;
        }
        catch
        {
            await stage.DisposeAsync();
            throw;
        }
    }

    /// <summary>Measures one contestant and makes sure that what it holds was not fetched again meanwhile.</summary>
    public async Task<LoadRun> Load(BenchContext context, Contestant contestant, WrkLoad load, long? bodySize)
    {
        // Whoever was measured before may still be asking for what its clients no longer wait for.
        await Upstream.Log.Quiet();
        Upstream.Log.Clear();
        var run = await LoadRun.Of(context, contestant, load, Folder, bodySize, _loaded.Add(contestant));
        var asked = contestant.Name == RegistryProxy.Name ? Upstream.Log.Count("/blobs/") : Upstream.Log.Count();
        return asked == 0 ? run : throw new DishonestRunException($"{contestant.Name} asked upstream {asked} times for what it holds.");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var one in Enumerable.Reverse(_running))
        {
            await one.DisposeAsync();
        }

        _folder.Dispose();
    }

    private async Task Start(BenchContext context)
    {
        Upstream = await Run(RegistryProxy.In(_folder.Subfolder("upstream"), null));
        await Upstream.Client.Push(BenchImage.Repository, BenchImage.Tag, _image);
        var roadstead = await context.StartRoadstead(_folder.Subfolder("roadstead"), Upstream.Address);
        _running.Add(roadstead);
        var headers = await WarmUp(roadstead, context.Cancellation);
        var nginx = await Run(Nginx.In(_folder.Subfolder("nginx"), Files(), (_image.MediaType, NginxHeaders(headers))));
        var proxy = await Run(RegistryProxy.In(_folder.Subfolder("proxy"), Upstream.Address));
        Contestants = [roadstead, nginx, proxy];
        HeaderCounts = $"{roadstead.Name} {headers}, {nginx.Name} {await WarmUp(nginx, context.Cancellation)}, {proxy.Name} {await WarmUp(proxy, context.Cancellation)}";
    }

    private async Task<Contestant> Run(Func<Testing.LoopbackPort, ContestantSetup> describe)
    {
        var contestant = await Contestant.Start(describe);
        _running.Add(contestant);
        return contestant;
    }

    // A tag's file would be its digest's, so it is there twice.
    private List<(string Path, byte[] Content)> Files() =>
    [
        ($"/v2/{BenchImage.Repository}/manifests/{BenchImage.Tag}", _image.Bytes),
        ($"/v2/{BenchImage.Repository}/manifests/{_image.Digest}", _image.Bytes),
        .. _image.Blobs.Select(blob => ($"/v2/{BenchImage.Repository}/blobs/{blob.Digest}", blob.Bytes)),
    ];

    // nginx has eight of its own. What Roadstead adds to these costs both alike.
    private List<(string Key, string Value)> NginxHeaders(int count)
    {
        const int own = 8;
        List<(string Key, string Value)> headers = [("Docker-Content-Digest", _image.Digest), ("Docker-Distribution-Api-Version", "registry/2.0")];
        for (var number = own + headers.Count; number < count; number++)
        {
            headers.Add(($"X-Header-{number}", "hit"));
        }

        return headers[..Math.Clamp(count - own, 0, headers.Count)];
    }

    /// <summary>Has it hold the image, checks its bytes, and pulls it again for what is only stored after an answer.</summary>
    /// <returns>How many headers its manifest has.</returns>
    private async Task<int> WarmUp(Contestant contestant, CancellationToken cancellation)
    {
        var headers = 0;
        for (var pull = 0; pull < 2; pull++)
        {
            headers = await CheckManifest(contestant, BenchImage.Tag, cancellation);
            await CheckManifest(contestant, _image.Digest, cancellation);
            foreach (var blob in _image.Blobs)
            {
                await DownloadTimes.Of(contestant.Address, contestant.BlobPath(BenchImage.Repository, blob.Digest), blob.Digest, cancellation);
            }

            // docker-registry writes what it has just sent.
            await Task.Delay(500, cancellation);
        }

        return headers;
    }

    private async Task<int> CheckManifest(Contestant contestant, string reference, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, contestant.ManifestPath(BenchImage.Repository, reference));
        request.Headers.Add("Accept", BenchImage.Accept);
        using var response = await contestant.Client.SendAsync(request, cancellation);
        var bytes = await response.EnsureSuccessStatusCode().Content.ReadAsByteArrayAsync(cancellation);
        return bytes.AsSpan().SequenceEqual(_image.Bytes)
            ? response.Headers.Count() + response.Content.Headers.Count()
            : throw new DishonestRunException($"{contestant.Name} serves another manifest.");
    }
}
