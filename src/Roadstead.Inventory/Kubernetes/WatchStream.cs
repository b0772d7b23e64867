using System.Globalization;
using System.Net;
using System.Text.Json;
using Roadstead.Inventory.Lists;

namespace Roadstead.Inventory.Kubernetes;

/// <summary>One watch: an answer that goes on, with a line of JSON for every change.</summary>
/// <param name="connection">Asks the cluster.</param>
/// <param name="kind">What is watched.</param>
/// <param name="time">The clock.</param>
internal sealed class WatchStream(KubernetesConnection connection, WorkloadKind kind, TimeProvider time)
{
    // What an API server makes of it itself where nobody says; there are bookmarks in between.
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    // For the end of one that the API server itself did not end.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);

    /// <summary>Follows the changes until the watch ends.</summary>
    /// <param name="version">From which on.</param>
    /// <param name="longest">When it is to end.</param>
    /// <param name="take">Gets each object with its version, and whether it is gone; no object: only the version has moved on.</param>
    /// <param name="begun">Is called once the cluster has taken the request.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>Why it ended; null: its time was over.</returns>
    public async Task<KubernetesFault?> Follow(string version, TimeSpan longest, Action<KubernetesObject?, string, bool> take, Action begun, CancellationToken cancellation)
    {
        var span = longest < Longest ? longest : Longest;
        using var patience = new CancellationTokenSource(span + Grace, time);
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(cancellation, patience.Token);
        var path = string.Create(CultureInfo.InvariantCulture, $"{kind.Path}?watch=1&allowWatchBookmarks=true&resourceVersion={Uri.EscapeDataString(version)}&timeoutSeconds={Math.Max(1, (int)span.TotalSeconds)}");
        try
        {
            var outcome = await connection.Get(path, ends.Token).ConfigureAwait(false);
            if (outcome is not KubernetesOutcome<HttpResponseMessage>.Answered(var response))
            {
                return ((KubernetesOutcome<HttpResponseMessage>.Failed)outcome).Fault;
            }

            using (response)
            {
                begun();
                return await Read(response, take, ends.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            // Its end did not come; what it had told was taken up.
            return new KubernetesFault(KubernetesFaultKind.Unreachable, $"{connection.Server} has fallen silent.");
        }
    }

    private async Task<KubernetesFault?> Read(HttpResponseMessage response, Action<KubernetesObject?, string, bool> take, CancellationToken cancellation)
    {
        try
        {
            var stream = await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
            await using (stream.ConfigureAwait(false))
            {
                using var buffer = new InputBuffer(stream);
                while (true)
                {
                    for (int end; (end = buffer.Span.IndexOf((byte)'\n')) >= 0; buffer.Advance(end + 1))
                    {
                        if (Line(buffer.Span[..end], take) is { } fault)
                        {
                            return fault;
                        }
                    }

                    if (!await buffer.Fill(cancellation).ConfigureAwait(false))
                    {
                        // A line that broke off comes again from the last version on.
                        return buffer.IsFull ? connection.FaultOf(response) : null;
                    }
                }
            }
        }
        catch (JsonException)
        {
            return connection.FaultOf(response);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            // Connections break; only one that cannot be made again is a fault.
            return null;
        }
    }

    private KubernetesFault? Line(ReadOnlySpan<byte> line, Action<KubernetesObject?, string, bool> take)
    {
        if (line.Trim(" \r"u8).IsEmpty)
        {
            return null;
        }

        var change = JsonSerializer.Deserialize(line, KubernetesJson.Default.WatchEvent);
        if (change is null or { Object.ValueKind: not JsonValueKind.Object })
        {
            throw new JsonException();
        }

        if (change.Type == "ERROR")
        {
            var status = change.Object.Deserialize(KubernetesJson.Default.ApiStatus);
            return connection.FaultOf((HttpStatusCode)(status?.Code ?? (int)HttpStatusCode.InternalServerError), status);
        }

        var item = change.Object.Deserialize(KubernetesJson.Default.KubernetesObject);
        if (item?.Metadata?.ResourceVersion is not { } version)
        {
            throw new JsonException();
        }

        if (change.Type is "ADDED" or "MODIFIED" or "DELETED" or "BOOKMARK")
        {
            take(change.Type == "BOOKMARK" ? null : item, version, change.Type == "DELETED");
        }

        return null;
    }
}
