using System.Net;
using System.Net.Http.Json;
using Roadstead.Api;
using Roadstead.Testing.Server;

namespace Roadstead.Server.Tests.Retention;

/// <summary>Asks a server for its images and its store, as its operator.</summary>
internal static class StoreClient
{
    public static async Task<StoreStatus> Store(this World world) => (await Send<StoreStatus>(world.Server, HttpMethod.Get, StoreStatus.Path))!;

    public static async Task<EvictionPreview> Plan(this World world, long bytes, string? project = null) =>
        (await Send<EvictionPreview>(world.Server, HttpMethod.Get, $"{StoreStatus.PlanPath}?bytes={bytes}{(project is null ? "" : $"&project={project}")}"))!;

    public static async Task<CleanReport> Clean(this World world, bool isDryRun) => (await Send<CleanReport>(world.Server, HttpMethod.Post, $"{StoreStatus.CleanPath}?dryRun={isDryRun}"))!;

    /// <summary>The repositories of the images that are held, the least recently pulled first.</summary>
    public static async Task<IReadOnlyList<string>> Held(this World world) => [.. (await world.Images()).Select(image => image.Repository)];

    public static async Task<IReadOnlyList<HeldImage>> Images(this World world, string query = "") => (await world.Page(query)).Images;

    public static async Task<ImageList> Page(this World world, string query) => (await Send<ImageList>(world.Server, HttpMethod.Get, ImageList.Path + query))!;

    public static Task<HttpStatusCode> Pin(this World world, string repository, string reference) => Tell(world.Server, HttpMethod.Put, ImageList.Of(ImageList.PinPath, "dockerhub", repository, reference));

    public static Task<HttpStatusCode> Unpin(this World world, string repository, string reference) => Tell(world.Server, HttpMethod.Delete, ImageList.Of(ImageList.PinPath, "dockerhub", repository, reference));

    public static Task<HttpStatusCode> Delete(this World world, string repository, string reference) => Tell(world.Server, HttpMethod.Delete, ImageList.Of(ImageList.Path, "dockerhub", repository, reference));

    /// <summary>Asks until what was asked for is so; for what the server tells to nobody.</summary>
    public static async Task Until(Func<Task<bool>> isSo)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        late.CancelAfter(TimeSpan.FromSeconds(60));
        while (!await isSo())
        {
            await Task.Delay(50, late.Token);
        }
    }

    public static async Task<HttpStatusCode> Tell(TestServer server, HttpMethod method, string path)
    {
        using var response = await Ask(server, method, path);
        return response.StatusCode;
    }

    private static async Task<T?> Send<T>(TestServer server, HttpMethod method, string path)
    {
        using var response = await Ask(server, method, path);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return (T?)await response.Content.ReadFromJsonAsync(typeof(T), ApiJson.Default, TestContext.Current.CancellationToken);
    }

    private static Task<HttpResponseMessage> Ask(TestServer server, HttpMethod method, string path) => server.Client.SendAsync(
        new HttpRequestMessage(method, new Uri(path, UriKind.Relative)) { Headers = { Authorization = server.Admin() } }, TestContext.Current.CancellationToken);
}
