using System.Globalization;
using System.Net;
using System.Net.Http.Headers;

namespace Roadstead.Api;

/// <summary>Reads what a server holds, and has it hold more, without any upstream. Takes the admin's password.</summary>
/// <param name="client">Asks the server; its time-out is none, for a body may take hours.</param>
public sealed class ContentClient(ManagementClient client)
{
    private const int Chunk = 256 * 1024;

    // As long as anything moves, it may take as long as it likes.
    private static readonly TimeSpan LongestSilence = TimeSpan.FromMinutes(1);

    // A server waits seconds for room, and a large blob for the disk.
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(5);

    /// <summary>True if the server tells of its content at all, which those of earlier releases do not.</summary>
    public async Task<ApiOutcome<bool>> IsServed(CancellationToken cancellation) => await Within(stops => client.Tell(HttpMethod.Get, ImageContent.Path, null, stops), LongestSilence, cancellation).ConfigureAwait(false) switch
    {
        // It asks what is meant.
        ApiOutcome<bool>.Refused { Status: (int)HttpStatusCode.BadRequest } => new ApiOutcome<bool>.Answered(true),
        ApiOutcome<bool>.Refused { Status: (int)HttpStatusCode.NotFound or (int)HttpStatusCode.MethodNotAllowed } => new ApiOutcome<bool>.Answered(false),
        var other => other,
    };

    /// <summary>What an image consists of; refused with 404 where none is held.</summary>
    /// <param name="project">The project.</param>
    /// <param name="repository">The repository, as upstream calls it.</param>
    /// <param name="reference">A tag or a digest.</param>
    /// <param name="cancellation">Ends the question.</param>
    public Task<ApiOutcome<ImageContent>> Image(string project, string repository, string reference, CancellationToken cancellation) => Within<ImageContent>(
        stops => client.Ask(
            HttpMethod.Get, ImageList.Of(ImageContent.Path, project, repository, reference), null, "content of an image", ApiJson.Default.ImageContent,
            content => content is { Registry: not null, Digest: not null, Manifests: not null, Blobs: not null, Lacks: not null } && content.Manifests.All(manifest => manifest is not null) && content.Blobs.All(blob => blob is { Digest: not null }),
            stops),
        LongestSilence, cancellation);

    /// <summary>A manifest that is held; refused with 404 where none is.</summary>
    /// <inheritdoc cref="Image"/>
    public Task<ApiOutcome<ContentManifest>> Manifest(string project, string repository, string reference, CancellationToken cancellation) => Within<ContentManifest>(
        stops => client.Send<ContentManifest>(
            HttpMethod.Get, ImageList.Of(ImageContent.ManifestPath, project, repository, reference), null,
            async response => new ApiOutcome<ContentManifest>.Answered(new ContentManifest(
                await response.Content.ReadAsByteArrayAsync(stops).ConfigureAwait(false), response.Content.Headers.ContentType?.MediaType ?? "")),
            stops),
        LongestSilence, cancellation);

    /// <summary>Has a repository have a manifest, whether or not what it names is there, and keep it of the indexes that name it.</summary>
    /// <param name="project">The project.</param>
    /// <param name="repository">The repository, as upstream calls it.</param>
    /// <param name="digest">The manifest's digest; refused with 400 where its bytes have another one.</param>
    /// <param name="manifest">The manifest.</param>
    /// <param name="cancellation">Ends the question.</param>
    public Task<ApiOutcome<bool>> PutManifest(string project, string repository, string digest, ContentManifest manifest, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        var content = new ByteArrayContent(manifest.Bytes);
        content.Headers.ContentType = new MediaTypeHeaderValue(manifest.MediaType);
        return Within(stops => client.Tell(HttpMethod.Put, ImageList.Of(ImageContent.ManifestPath, project, repository, digest), content, stops), LongestSilence, cancellation);
    }

    /// <summary>Has a tag name a manifest; refused with 409 until all is held that is kept of it.</summary>
    /// <param name="project">The project.</param>
    /// <param name="repository">The repository, as upstream calls it.</param>
    /// <param name="tag">The tag.</param>
    /// <param name="digest">The manifest.</param>
    /// <param name="cancellation">Ends the question.</param>
    public Task<ApiOutcome<bool>> PutTag(string project, string repository, string tag, string digest, CancellationToken cancellation) => Within(
        stops => client.Tell(HttpMethod.Put, $"{ImageList.Of(ImageContent.TagPath, project, repository, tag)}&digest={Uri.EscapeDataString(digest)}", null, stops), LongestSilence, cancellation);

    /// <summary>Reads a blob from a byte on, to its end.</summary>
    /// <param name="project">The project.</param>
    /// <param name="repository">The repository, as upstream calls it.</param>
    /// <param name="digest">The blob; refused with 404 where it is not held.</param>
    /// <param name="from">The first byte that is wanted.</param>
    /// <param name="read">Is given the bytes as they come.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>How many bytes came; where the connection broke or fell silent, Unreachable, and what came before was given to <paramref name="read"/>.</returns>
    public async Task<ApiOutcome<long>> ReadBlob(string project, string repository, string digest, long from, Func<ReadOnlyMemory<byte>, ValueTask> read, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(read);
        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        late.CancelAfter(LongestSilence);
        return await Patient(
            () => client.Send<long>(
                HttpMethod.Get, ImageContent.BlobOf(project, repository, digest), null,
                response => response.StatusCode == (from > 0 ? HttpStatusCode.PartialContent : HttpStatusCode.OK)
                    ? Copy(response, read, late, cancellation)
                    : Task.FromResult<ApiOutcome<long>>(new ApiOutcome<long>.Refused((int)response.StatusCode, "answers with another part of a blob than was asked for")),
                late.Token,
                HttpCompletionOption.ResponseHeadersRead,
                request => request.Headers.Range = from > 0 ? new RangeHeaderValue(from, null) : null),
            cancellation).ConfigureAwait(false);
    }

    /// <summary>Has a repository have a blob that the store holds for others already; refused with 404 where it is to be sent, and with 507 where there is no room for it.</summary>
    /// <param name="project">The project.</param>
    /// <param name="repository">The repository, as upstream calls it.</param>
    /// <param name="digest">The blob.</param>
    /// <param name="size">Its bytes.</param>
    /// <param name="cancellation">Ends the question.</param>
    public Task<ApiOutcome<bool>> TakeUpBlob(string project, string repository, string digest, long size, CancellationToken cancellation) => Within(
        stops => client.Tell(HttpMethod.Post, ImageContent.BlobOf(project, repository, digest) + string.Create(CultureInfo.InvariantCulture, $"&size={size}"), null, stops), LongestSilence, cancellation);

    /// <summary>Has the server store a blob; refused with 400 where its bytes are not those of the digest, and with 507 where there is no room for it.</summary>
    /// <param name="project">The project.</param>
    /// <param name="repository">The repository, as upstream calls it.</param>
    /// <param name="digest">The blob.</param>
    /// <param name="bytes">The blob, from its first byte.</param>
    /// <param name="size">Their number.</param>
    /// <param name="sent">Is told of bytes as they go out.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task<ApiOutcome<bool>> PutBlob(string project, string repository, string digest, Stream bytes, long size, Action<int> sent, CancellationToken cancellation)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        late.CancelAfter(LongestWait);
        using var content = new PacedContent(bytes, size, count =>
        {
            late.CancelAfter(LongestWait);
            sent(count);
        });
        return await Patient(
            () => client.Send<bool>(
                HttpMethod.Put, ImageContent.BlobOf(project, repository, digest), content, _ => Task.FromResult<ApiOutcome<bool>>(new ApiOutcome<bool>.Answered(true)), late.Token,
                change: request => request.Headers.ExpectContinue = true),
            cancellation).ConfigureAwait(false);
    }

    private static async Task<ApiOutcome<long>> Copy(HttpResponseMessage response, Func<ReadOnlyMemory<byte>, ValueTask> read, CancellationTokenSource late, CancellationToken cancellation)
    {
        var (buffer, come) = (new byte[Chunk], 0L);
        var body = await response.Content.ReadAsStreamAsync(late.Token).ConfigureAwait(false);
        while (true)
        {
            int count;
            try
            {
                late.CancelAfter(LongestSilence);
                count = await body.ReadAsync(buffer, late.Token).ConfigureAwait(false);
            }
            catch (IOException exception)
            {
                return new ApiOutcome<long>.Unreachable($"the connection broke: {exception.Message}", false);
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                return new ApiOutcome<long>.Unreachable("it fell silent in the middle of a blob", false);
            }

            if (count == 0)
            {
                return new ApiOutcome<long>.Answered(come);
            }

            // What it throws is its own, and no fault of the connection.
            come += count;
            await read(buffer.AsMemory(0, count)).ConfigureAwait(false);
        }
    }

    private static async Task<ApiOutcome<T>> Within<T>(Func<CancellationToken, Task<ApiOutcome<T>>> ask, TimeSpan patience, CancellationToken cancellation)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        late.CancelAfter(patience);
        return await Patient(() => ask(late.Token), cancellation).ConfigureAwait(false);
    }

    private static async Task<ApiOutcome<T>> Patient<T>(Func<Task<ApiOutcome<T>>> ask, CancellationToken cancellation)
    {
        try
        {
            return await ask().ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new ApiOutcome<T>.Unreachable("it does not answer in time", false);
        }
    }

    /// <summary>A body of a known length that tells how it goes out.</summary>
    private sealed class PacedContent : HttpContent
    {
        private readonly Stream _bytes;
        private readonly long _size;
        private readonly Action<int> _sent;

        public PacedContent(Stream bytes, long size, Action<int> sent)
        {
            (_bytes, _size, _sent) = (bytes, size, sent);
            Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            var buffer = new byte[Chunk];
            int count;
            while ((count = await _bytes.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
            {
                await stream.WriteAsync(buffer.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
                _sent(count);
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = _size;
            return true;
        }
    }
}
