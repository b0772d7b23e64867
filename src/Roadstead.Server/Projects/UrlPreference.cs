using Roadstead.Oci;
using Roadstead.Oci.Client;

namespace Roadstead.Server.Projects;

/// <summary>
/// Which of an endpoint's URLs is asked: the first, and the next where that one does not bring what is wanted. It says that there is no such thing only if all of them say so: a
/// fault of one is none of the image's. One that lets its client wait is asked on while the next is.
/// </summary>
/// <param name="urls">In the order of preference; none of an endpoint that is cut off.</param>
/// <param name="patience">How long one is waited for while there is another.</param>
/// <param name="clock">For the wait.</param>
internal sealed class UrlPreference(IReadOnlyList<UpstreamUrl> urls, TimeSpan patience, TimeProvider clock)
{
    /// <summary>What to answer without asking; null if a URL is to be asked.</summary>
    public UpstreamOutcome<T>? Refusal<T>(RepositoryName repository)
    {
        UpstreamOutcome<T>? first = null;
        foreach (var url in urls)
        {
            if (url.Refusal<T>(repository) is not { } refusal)
            {
                return null;
            }

            first ??= refusal;
        }

        return first;
    }

    /// <param name="repository">Of which something is asked.</param>
    /// <param name="reference">The manifest that is; null: something else.</param>
    /// <param name="ask">Asks one.</param>
    /// <param name="last">The URL to ask after all others; null: none.</param>
    public Task<UpstreamOutcome<T>> Ask<T>(RepositoryName repository, Reference? reference, Func<UpstreamUrl, Task<UpstreamOutcome<T>>> ask, Uri? last = null) =>
        urls.Count switch
        {
            0 => Task.FromResult<UpstreamOutcome<T>>(new UpstreamOutcome<T>.Unavailable(Endpoint.CutOffFault)),
            1 => ask(urls[0]),
            _ => AskInOrder(repository, reference, ask, last),
        };

    private async Task<UpstreamOutcome<T>> AskInOrder<T>(RepositoryName repository, Reference? reference, Func<UpstreamUrl, Task<UpstreamOutcome<T>>> ask, Uri? last)
    {
        var outcomes = new Dictionary<UpstreamUrl, UpstreamOutcome<T>>();
        var late = new Queue<(UpstreamUrl Url, Task<UpstreamOutcome<T>> Call)>();
        try
        {
            var left = urls.Count;
            foreach (var url in urls.OrderBy(url => Rank(url, repository, last)))
            {
                var call = ask(url);
                if (--left > 0 && !await EndsInTime(call).ConfigureAwait(false))
                {
                    url.Doubt(repository, reference is { } wanted ? url.ManifestProbe(repository, wanted) : null);
                    late.Enqueue((url, call));
                    continue;
                }

                outcomes[url] = await call.ConfigureAwait(false);
                if (outcomes[url] is UpstreamOutcome<T>.Found found)
                {
                    return found;
                }
            }

            while (late.TryDequeue(out var slow))
            {
                outcomes[slow.Url] = await slow.Call.ConfigureAwait(false);
                if (outcomes[slow.Url] is UpstreamOutcome<T>.Found found)
                {
                    return found;
                }
            }

            return urls.Select(url => outcomes[url]).FirstOrDefault(outcome => outcome is not UpstreamOutcome<T>.NotFound) ?? new UpstreamOutcome<T>.NotFound();
        }
        finally
        {
            foreach (var (_, call) in late)
            {
                _ = LetGo(call);
            }
        }
    }

    private static int Rank(UpstreamUrl url, RepositoryName repository, Uri? last) => url.Url == last ? 2 : url.IsSparing || url.Health.IsInDoubt(repository) ? 1 : 0;

    private async Task<bool> EndsInTime(Task call)
    {
        try
        {
            await call.WaitAsync(patience, clock).ConfigureAwait(false);
        }
        catch (TimeoutException) when (!call.IsCompleted)
        {
            return false;
        }
        catch (Exception) when (call.IsCompleted)
        {
            // Whoever awaits the call itself gets it.
        }

        return true;
    }

    private static async Task LetGo<T>(Task<UpstreamOutcome<T>> call)
    {
        try
        {
            if (await call.ConfigureAwait(false) is UpstreamOutcome<T>.Found { Value: IDisposable opened })
            {
                opened.Dispose();
            }
        }
        catch (OperationCanceledException)
        {
            // Nobody waits for it any more.
        }
    }
}
