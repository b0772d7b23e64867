using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Authentication;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Roadstead.Api;

/// <summary>Asks a server's management API.</summary>
/// <param name="http">Its trust and time-outs are its owner's matter.</param>
/// <param name="server">URL of the server; scheme, host and port.</param>
/// <param name="credential">What to show; null: nothing, for what is open.</param>
public sealed class ManagementClient(HttpClient http, Uri server, ApiCredential? credential = null)
{
    // The server says something each second.
    private static readonly TimeSpan LongestSilence = TimeSpan.FromMinutes(1);

    // A proxy's page of HTML is no message.
    private const int MaxMessage = 1000;

    /// <summary>What nodes can pull through this server. Open: takes no credential.</summary>
    public Task<ApiOutcome<MirrorList>> Mirrors(CancellationToken cancellation) => Ask(
        HttpMethod.Get, MirrorList.Path, null, "list of mirrors", ApiJson.Default.MirrorList,
        list => list is { Url: not null, Mirrors: not null } && list.Mirrors.All(mirror => mirror is { Registry: not null, Project: not null, Upstream: not null }), cancellation);

    /// <summary>Reports of a node, and asks whether it may put its target in force. Takes the node token.</summary>
    /// <param name="name">The node's name: a DNS subdomain as Kubernetes has them.</param>
    /// <param name="report">What it tells.</param>
    /// <param name="cancellation">Ends the question.</param>
    public Task<ApiOutcome<NodeInstruction>> Report(string name, NodeReport report, CancellationToken cancellation) => Ask(
        HttpMethod.Put, NodeList.PathOf(name), Whole(report, ApiJson.Default.NodeReport), "answer to a node", ApiJson.Default.NodeInstruction, _ => true, cancellation);

    /// <summary>All nodes, and how the newest target spreads. Takes the node token or the admin's password.</summary>
    /// <param name="cancellation">Ends the question.</param>
    /// <param name="withImages">With what each node's containers use, which is long.</param>
    public Task<ApiOutcome<NodeList>> Nodes(CancellationToken cancellation, bool withImages = false) => Ask(
        HttpMethod.Get, withImages ? NodeList.WithImagesPath : NodeList.Path, null, "list of nodes", ApiJson.Default.NodeList,
        list => list is { Nodes: not null } && list.Nodes.All(node => node is { Name: not null, Report: { AgentVersion: not null, Target: not null, Runtimes: not null } }), cancellation);

    /// <summary>Has the server forget a node. Takes the admin's password.</summary>
    /// <returns>True where it was done; it is refused with 404 where there is no such node.</returns>
    public Task<ApiOutcome<bool>> Forget(string name, CancellationToken cancellation) => Tell(HttpMethod.Delete, NodeList.PathOf(name), cancellation);

    /// <summary>Has a stopped roll-out go on. Takes the admin's password.</summary>
    public Task<ApiOutcome<bool>> Resume(CancellationToken cancellation) => Tell(HttpMethod.Post, NodeList.ResumePath, cancellation);

    /// <summary>All endpoints. Takes the admin's password, as all that follows.</summary>
    public Task<ApiOutcome<EndpointList>> Endpoints(CancellationToken cancellation) => Ask(
        HttpMethod.Get, EndpointList.Path, null, "list of endpoints", ApiJson.Default.EndpointList, list => list is { Endpoints: not null } && list.Endpoints.All(IsWhole), cancellation);

    /// <summary>One endpoint; refused with 404 where there is none.</summary>
    public Task<ApiOutcome<EndpointStatus>> Endpoint(string name, CancellationToken cancellation) =>
        Ask(HttpMethod.Get, EndpointList.PathOf(name), null, "endpoint", ApiJson.Default.EndpointStatus, IsWhole, cancellation);

    /// <summary>Makes an endpoint or puts other options in the place of its own.</summary>
    public Task<ApiOutcome<EndpointStatus>> PutEndpoint(string name, EndpointSpec endpoint, CancellationToken cancellation) =>
        Ask(HttpMethod.Put, EndpointList.PathOf(name), JsonContent.Create(endpoint, ApiJson.Default.EndpointSpec), "endpoint", ApiJson.Default.EndpointStatus, IsWhole, cancellation);

    /// <summary>Removes an endpoint; refused with 412 while a project uses it.</summary>
    public Task<ApiOutcome<bool>> RemoveEndpoint(string name, CancellationToken cancellation) => Tell(HttpMethod.Delete, EndpointList.PathOf(name), cancellation);

    /// <summary>Has the server ask an endpoint's registry for its front page.</summary>
    /// <param name="name">The endpoint, which need not exist where options are given.</param>
    /// <param name="endpoint">Options to try; null: the endpoint as it is.</param>
    /// <param name="cancellation">Ends the question.</param>
    public Task<ApiOutcome<EndpointTest>> TestEndpoint(string name, EndpointSpec? endpoint, CancellationToken cancellation) => Ask(
        HttpMethod.Post, EndpointList.TestPathOf(name), endpoint is null ? null : JsonContent.Create(endpoint, ApiJson.Default.EndpointSpec), "result of a test", ApiJson.Default.EndpointTest,
        test => test is { Result: not null, Message: not null }, cancellation);

    /// <summary>All projects.</summary>
    public Task<ApiOutcome<ProjectList>> Projects(CancellationToken cancellation) => Ask(
        HttpMethod.Get, ProjectList.Path, null, "list of projects", ApiJson.Default.ProjectList, list => list is { Projects: not null } && list.Projects.All(IsWhole), cancellation);

    /// <summary>One project; refused with 404 where there is none.</summary>
    public Task<ApiOutcome<ProjectStatus>> Project(string name, CancellationToken cancellation) =>
        Ask(HttpMethod.Get, ProjectList.PathOf(name), null, "project", ApiJson.Default.ProjectStatus, IsWhole, cancellation);

    /// <summary>Makes a project or puts other options in the place of its own; its images stay.</summary>
    public Task<ApiOutcome<ProjectStatus>> PutProject(string name, ProjectSpec project, CancellationToken cancellation) =>
        Ask(HttpMethod.Put, ProjectList.PathOf(name), JsonContent.Create(project, ApiJson.Default.ProjectSpec), "project", ApiJson.Default.ProjectStatus, IsWhole, cancellation);

    /// <summary>Removes a project.</summary>
    public Task<ApiOutcome<bool>> RemoveProject(string name, bool isForced, CancellationToken cancellation) => Tell(HttpMethod.Delete, ProjectList.PathOf(name) + (isForced ? "?force=true" : ""), cancellation);

    /// <summary>All endpoints and projects, without secrets, as they can be put again.</summary>
    public Task<ApiOutcome<CatalogSpec>> Catalog(CancellationToken cancellation) => Ask(
        HttpMethod.Get, CatalogSpec.Path, null, "endpoints and projects", ApiJson.Default.CatalogSpec, catalog => catalog is { Endpoints: not null, Projects: not null }, cancellation);

    /// <summary>Has endpoints and projects be as a file declares them, all of them or none.</summary>
    /// <param name="catalog">JSON with the configuration file's keys; values may all be text, as in a file.</param>
    /// <param name="prune">What the file does not name goes.</param>
    /// <param name="isForced">Projects go though they hold images.</param>
    /// <param name="dryRun">Nothing changes.</param>
    /// <param name="cancellation">Ends the question.</param>
    public Task<ApiOutcome<CatalogReport>> PutCatalog(ReadOnlyMemory<byte> catalog, bool prune, bool isForced, bool dryRun, CancellationToken cancellation)
    {
        var content = new ReadOnlyMemoryContent(catalog);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return Ask(
            HttpMethod.Put, CatalogSpec.PutPath(prune, isForced, dryRun), content, "report of the change", ApiJson.Default.CatalogReport,
            report => report is { Changes: not null, Warnings: not null } && report.Changes.All(change => change is { Kind: not null, Name: not null, Change: not null }) && report.Warnings.All(warning => warning is { Key: not null, Message: not null }),
            cancellation);
    }

    /// <summary>Images that are held, the least recently pulled first; as many as are told at once.</summary>
    /// <param name="project">Of this project only; null: of all.</param>
    /// <param name="repository">Of this repository only, which needs a project; null: of all.</param>
    /// <param name="isDeleted">Only those of which upstream has a tag no more.</param>
    /// <param name="after">What an earlier answer called next; null: from the first.</param>
    /// <param name="cancellation">Ends the question.</param>
    public Task<ApiOutcome<ImageList>> Images(string? project, string? repository, bool isDeleted, string? after, CancellationToken cancellation) => Ask(
        HttpMethod.Get, ImageList.Page(project, repository, isDeleted, after), null, "list of images", ApiJson.Default.ImageList,
        list => list is { Images: not null } && list.Images.All(image => image is { Project: not null, Registry: not null, Repository: not null, Digest: not null, Tags: not null, DeletedTags: not null }), cancellation);

    /// <summary>Takes an image out of the store; refused with 404 where none is held, and with 409 where it must stay.</summary>
    /// <param name="project">The project.</param>
    /// <param name="repository">The repository, as upstream calls it.</param>
    /// <param name="reference">A tag or a digest.</param>
    /// <param name="cancellation">Ends the question.</param>
    public Task<ApiOutcome<bool>> RemoveImage(string project, string repository, string reference, CancellationToken cancellation) =>
        Tell(HttpMethod.Delete, ImageList.Of(ImageList.Path, project, repository, reference), cancellation);

    /// <summary>Has an image stay, whatever room is needed; refused with 404 where none is held.</summary>
    /// <inheritdoc cref="RemoveImage"/>
    public Task<ApiOutcome<bool>> Pin(string project, string repository, string reference, CancellationToken cancellation) =>
        Tell(HttpMethod.Put, ImageList.Of(ImageList.PinPath, project, repository, reference), cancellation);

    /// <summary>Ends a pin; refused with 404 where there is none.</summary>
    /// <inheritdoc cref="RemoveImage"/>
    public Task<ApiOutcome<bool>> Unpin(string project, string repository, string reference, CancellationToken cancellation) =>
        Tell(HttpMethod.Delete, ImageList.Of(ImageList.PinPath, project, repository, reference), cancellation);

    /// <summary>Has the server fetch an image, or what it lacks of it, and waits for the end. The fetch ends with the question; what has come stays.</summary>
    /// <param name="project">The project.</param>
    /// <param name="repository">The repository, as upstream calls it.</param>
    /// <param name="reference">A tag or a digest.</param>
    /// <param name="platforms">Of an index; null: those that a pull would keep, empty: all.</param>
    /// <param name="progress">Is told how far it has come.</param>
    /// <param name="cancellation">Ends the question.</param>
    public Task<ApiOutcome<ImageFetchProgress>> Fetch(
        string project, string repository, string reference, IReadOnlyList<string>? platforms, IProgress<ImageFetchProgress>? progress, CancellationToken cancellation) => Send(
        HttpMethod.Post, ImageFetchProgress.Of(project, repository, reference, platforms), null, response => Follow(response, "the fetch", ApiJson.Default.ImageFetchProgress, line => line.State is not null, line => line.State != ImageFetchProgress.Fetching, progress, cancellation), cancellation, HttpCompletionOption.ResponseHeadersRead);

    /// <summary>How full the store is.</summary>
    public Task<ApiOutcome<StoreStatus>> Store(CancellationToken cancellation) => Ask(
        HttpMethod.Get, StoreStatus.Path, null, "state of the store", ApiJson.Default.StoreStatus, status => status is { Projects: not null } && status.Projects.All(project => project is { Project: not null }), cancellation);

    /// <summary>Has the server delete blobs that no manifest names, which may take minutes.</summary>
    /// <param name="dryRun">It only counts.</param>
    /// <param name="cancellation">Ends the question.</param>
    public Task<ApiOutcome<CleanReport>> Clean(bool dryRun, CancellationToken cancellation) =>
        Ask(HttpMethod.Post, dryRun ? StoreStatus.CleanPath + "?dryRun=true" : StoreStatus.CleanPath, null, "report of the cleaning", ApiJson.Default.CleanReport, _ => true, cancellation);

    /// <summary>The clusters whose images are kept.</summary>
    public Task<ApiOutcome<ClusterList>> Clusters(CancellationToken cancellation) => Ask(
        HttpMethod.Get, ClusterInventory.Path, null, "list of clusters", ApiJson.Default.ClusterList, list => list is { Clusters: not null } && list.Clusters.All(cluster => cluster is { Name: not null, Source: not null }), cancellation);

    /// <summary>How ready a cluster is; refused with 404 where none is of that name.</summary>
    public Task<ApiOutcome<ClusterReadiness>> Cluster(string name, CancellationToken cancellation) =>
        Ask(HttpMethod.Get, ClusterInventory.PathOf(name), null, "readiness of a cluster", ApiJson.Default.ClusterReadiness, IsWhole, cancellation);

    /// <summary>Tells what a cluster runs, which the server keeps from then on; refused with 409 where the server watches the cluster itself.</summary>
    public Task<ApiOutcome<ClusterReadiness>> PutCluster(string name, ClusterInventory inventory, CancellationToken cancellation) => Ask(
        HttpMethod.Put, ClusterInventory.PathOf(name), Whole(inventory, ApiJson.Default.ClusterInventory), "readiness of a cluster", ApiJson.Default.ClusterReadiness, IsWhole, cancellation);

    /// <summary>Has the server forget a cluster, and keep its images no more; refused with 404 where there is none.</summary>
    public Task<ApiOutcome<bool>> RemoveCluster(string name, CancellationToken cancellation) => Tell(HttpMethod.Delete, ClusterInventory.PathOf(name), cancellation);

    /// <summary>How ready the server is for what an inventory has; nothing of it is stored.</summary>
    public Task<ApiOutcome<ClusterReadiness>> Readiness(ClusterInventory inventory, CancellationToken cancellation) => Ask(
        HttpMethod.Post, ClusterReadiness.Path, Whole(inventory, ApiJson.Default.ClusterInventory), "readiness of a cluster", ApiJson.Default.ClusterReadiness, IsWhole, cancellation);

    /// <summary>Has the server fetch what a cluster lacks, and waits for the end. The server goes on with it when the question ends.</summary>
    /// <param name="name">The cluster.</param>
    /// <param name="progress">Is told how far it has come.</param>
    /// <param name="cancellation">Ends the question.</param>
    public Task<ApiOutcome<ClusterFetchProgress>> FetchCluster(string name, IProgress<ClusterFetchProgress>? progress, CancellationToken cancellation) => Send(
        HttpMethod.Post, ClusterFetchProgress.PathOf(name), null,
        response => Follow(response, "the fetch", ApiJson.Default.ClusterFetchProgress, line => line.End is null || IsWhole(line.End), last => last.End is not null, progress, cancellation), cancellation, HttpCompletionOption.ResponseHeadersRead);

    /// <summary>Has the server walk every image that a cluster uses with all upstreams cut off for that, and waits for the end. The drill ends with the question.</summary>
    /// <param name="name">The cluster.</param>
    /// <param name="progress">Is told how far it has come.</param>
    /// <param name="cancellation">Ends the question.</param>
    public Task<ApiOutcome<DrillProgress>> Drill(string name, IProgress<DrillProgress>? progress, CancellationToken cancellation) => Send(
        HttpMethod.Post, DrillProgress.PathOf(name), null,
        response => Follow(response, "the drill", ApiJson.Default.DrillProgress, _ => true, last => last.Report is not null || last.Fault is not null, progress, cancellation), cancellation, HttpCompletionOption.ResponseHeadersRead);

    /// <summary>Reads lines until the last one, which says how it ended.</summary>
    private static async Task<ApiOutcome<T>> Follow<T>(
        HttpResponseMessage response, string what, JsonTypeInfo<T> type, Func<T, bool> isWhole, Func<T, bool> isLast, IProgress<T>? progress, CancellationToken cancellation) where T : class
    {
        T? last = null;
        try
        {
            using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false));
            while (await reader.ReadLineAsync(cancellation).AsTask().WaitAsync(LongestSilence, cancellation).ConfigureAwait(false) is { } line)
            {
                last = JsonSerializer.Deserialize(line, type);
                if (last is not null && isWhole(last))
                {
                    progress?.Report(last);
                }
            }
        }
        catch (JsonException)
        {
            return new ApiOutcome<T>.Refused((int)response.StatusCode, $"answers with something else than the progress of {what}");
        }
        catch (TimeoutException)
        {
            return new ApiOutcome<T>.Unreachable($"it fell silent before the end of {what}", false);
        }
        catch (IOException exception)
        {
            return new ApiOutcome<T>.Unreachable($"the connection broke before the end of {what}: {exception.Message}", false);
        }

        return last is not null && isWhole(last) && isLast(last)
            ? new ApiOutcome<T>.Answered(last)
            : new ApiOutcome<T>.Unreachable($"it ended its answer before the end of {what}", false);
    }

    /// <summary>With its length, so that the server knows before it reads it.</summary>
    private static ByteArrayContent Whole<T>(T value, JsonTypeInfo<T> type)
    {
        var content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(value, type));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return content;
    }

    private static bool IsWhole(ClusterReadiness readiness) => readiness is { Source: not null, Platforms: not null, Images: not null } && readiness.Images.All(image => image is { Image: not null });

    private static bool IsWhole(EndpointStatus status) => status is { Source: not null, Settings: { Name: not null, Registry: not null, Url: not null }, Health.State: not null, Projects: not null };

    private static bool IsWhole(ProjectStatus status) => status is { Source: not null, Settings.Name: not null };

    private Task<ApiOutcome<bool>> Tell(HttpMethod method, string path, CancellationToken cancellation) => Tell(method, path, null, cancellation);

    internal Task<ApiOutcome<bool>> Tell(HttpMethod method, string path, HttpContent? content, CancellationToken cancellation) =>
        Send<bool>(method, path, content, _ => Task.FromResult<ApiOutcome<bool>>(new ApiOutcome<bool>.Answered(true)), cancellation);

    internal Task<ApiOutcome<T>> Ask<T>(
        HttpMethod method, string path, HttpContent? content, string what, JsonTypeInfo<T> type, Func<T, bool> isWhole, CancellationToken cancellation) where T : class => Send<T>(
        method,
        path,
        content,
        async response =>
        {
            try
            {
                var answer = await response.Content.ReadFromJsonAsync(type, cancellation).ConfigureAwait(false);
                return answer is not null && isWhole(answer)
                    ? new ApiOutcome<T>.Answered(answer)
                    : new ApiOutcome<T>.Refused((int)response.StatusCode, $"answers without the {what}");
            }
            catch (JsonException)
            {
                return new ApiOutcome<T>.Refused((int)response.StatusCode, $"answers with something else than the {what}");
            }
        },
        cancellation);

    internal async Task<ApiOutcome<T>> Send<T>(HttpMethod method, string path, HttpContent? content, Func<HttpResponseMessage, Task<ApiOutcome<T>>> read, CancellationToken cancellation,
        HttpCompletionOption completion = HttpCompletionOption.ResponseContentRead, Action<HttpRequestMessage>? change = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(server, path)) { Content = content };
        request.Headers.Authorization = credential?.Header;
        change?.Invoke(request);
        try
        {
            using var response = await http.SendAsync(request, completion, cancellation).ConfigureAwait(false);
            if (response.IsSuccessStatusCode)
            {
                return await read(response).ConfigureAwait(false);
            }

            var errors = await ErrorsOf(response, cancellation).ConfigureAwait(false);
            return new ApiOutcome<T>.Refused((int)response.StatusCode, $"answers {(int)response.StatusCode}{Message(errors)}") { Errors = errors };
        }
        catch (HttpRequestException exception)
        {
            var message = exception.InnerException?.Message ?? exception.Message;

            // The framework has no better sign of a server that speaks the other one of the two.
            return message.Contains("frame size", StringComparison.Ordinal) ? new ApiOutcome<T>.Unreachable("it does not speak TLS there; is it http:// ?", false)
                : exception.HttpRequestError == HttpRequestError.ResponseEnded && server.Scheme == "http" ? new ApiOutcome<T>.Unreachable("it ended the connection without an answer; does it speak TLS there (https://)?", false)
                : new ApiOutcome<T>.Unreachable(message, exception.InnerException is AuthenticationException);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new ApiOutcome<T>.Unreachable("it does not answer in time", false);
        }
    }

    private static async Task<IReadOnlyList<ApiError>> ErrorsOf(HttpResponseMessage response, CancellationToken cancellation)
    {
        try
        {
            var errors = await response.Content.ReadFromJsonAsync(ApiJson.Default.ApiErrors, cancellation).ConfigureAwait(false);
            return [.. (errors?.Errors ?? []).Where(error => error is { Message.Length: > 0 })];
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return [];
        }
    }

    private static string Message(IReadOnlyList<ApiError> errors)
    {
        var message = string.Join("; ", errors.Select(error => error.Message.TrimEnd('.')));
        return message.Length == 0 ? "" : $": {message[..Math.Min(message.Length, MaxMessage)]}";
    }
}
