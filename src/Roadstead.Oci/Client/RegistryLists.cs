using System.Net.Http.Headers;
using System.Text.Json;

namespace Roadstead.Oci.Client;

/// <summary>A page of a repository's tags.</summary>
/// <param name="Tags">In the upstream's order; what is no tag is left out.</param>
/// <param name="Next">The page after it; null after the last one.</param>
public sealed record UpstreamTags(IReadOnlyList<string> Tags, ListPage? Next);

/// <summary>Asks one upstream for lists: tags, and what refers to a manifest.</summary>
public sealed class RegistryLists
{
    // Some repositories have tens of thousands of tags, and some registries send them all at once.
    private const int MaxTagList = 8 * 1024 * 1024;
    private const int MaxPages = 10;

    private readonly RegistryExchange _exchange;

    internal RegistryLists(RegistryExchange exchange) => _exchange = exchange;

    /// <summary>One page of the tags.</summary>
    /// <remarks>OCI distribution specification, "Listing Tags". Registries that page by no parameter, or not by these, are paged here.</remarks>
    public async Task<UpstreamOutcome<UpstreamTags>> Tags(RepositoryName repository, ListPage page, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(page);
        var outcome = await Get(repository, "tags/list", page.ToQuery(), null, MaxTagList, cancellation).ConfigureAwait(false);
        if (outcome is not UpstreamOutcome<Answer>.Found { Value: var answer })
        {
            return outcome.As<UpstreamTags>();
        }

        return ReadTags(answer.Body) is not { } tags
            ? UpstreamFaults.Nonsense<UpstreamTags>($"{_exchange.Whom(repository, "tags/list")}: what it sent is no list of tags")
            : new UpstreamOutcome<UpstreamTags>.Found(Paged(tags, NextOf(answer), page));
    }

    /// <summary>All that refers to a manifest: by the referrers API, or, of registries without it, by the tag that stands for it.</summary>
    /// <remarks>OCI distribution specification, "Listing Referrers" and "Referrers Tag Schema".</remarks>
    public async Task<UpstreamOutcome<ReferrerList>> Referrers(RepositoryName repository, Digest subject, CancellationToken cancellation)
    {
        var what = $"referrers/{subject}";
        var (list, query) = (ReferrerList.Empty, "");
        var asked = new HashSet<string>(StringComparer.Ordinal) { query };
        while (true)
        {
            var outcome = await Get(repository, what, query, MediaTypes.OciIndex, _exchange.Settings.MaxManifestSize, cancellation).ConfigureAwait(false);
            if (outcome is not UpstreamOutcome<Answer>.Found { Value: var answer } || ReferrerList.Read(answer.Body) is not { } read)
            {
                return asked.Count > 1 ? PageMissing(outcome, _exchange.Whom(repository, what))
                    : KnowsNoReferrers(outcome) ? await ReferrersByTag(repository, subject, cancellation).ConfigureAwait(false)
                    : outcome.As<ReferrerList>();
            }

            list = list.With(read);
            if (answer.NextQuery is not { } next || asked.Count == MaxPages || !asked.Add(next))
            {
                return new UpstreamOutcome<ReferrerList>.Found(list);
            }

            query = next;
        }
    }

    /// <summary>True for what registries without the referrers API answer, which is no fault of the moment: another document, 404, another odd 4xx.</summary>
    private static bool KnowsNoReferrers(UpstreamOutcome<Answer> outcome) =>
        outcome is UpstreamOutcome<Answer>.Found or UpstreamOutcome<Answer>.NotFound or UpstreamOutcome<Answer>.Unavailable { Fault.Status: >= 400 and < 500 };

    /// <summary>Who sent the first page knows the API: a list without one of its further pages is none.</summary>
    private static UpstreamOutcome<ReferrerList> PageMissing(UpstreamOutcome<Answer> outcome, string whom) =>
        outcome is UpstreamOutcome<Answer>.Found or UpstreamOutcome<Answer>.NotFound
            ? UpstreamFaults.Nonsense<ReferrerList>($"{whom}: the next page that it names is none")
            : outcome.As<ReferrerList>();

    private async Task<UpstreamOutcome<ReferrerList>> ReferrersByTag(RepositoryName repository, Digest subject, CancellationToken cancellation)
    {
        var what = $"manifests/{subject.AlgorithmName}-{subject.Hex[..Math.Min(64, subject.Hex.Length)]}";
        return await Get(repository, what, "", MediaTypes.OciIndex, _exchange.Settings.MaxManifestSize, cancellation).ConfigureAwait(false) switch
        {
            UpstreamOutcome<Answer>.Found { Value: var answer } => ReferrerList.Read(answer.Body) is { } list ? new UpstreamOutcome<ReferrerList>.Found(list)
                // An image that is so tagged is no list, and says that there is none; a login page says nothing.
                : ManifestReader.Read(answer.Body, null).Manifest is { IsIndex: false } ? new UpstreamOutcome<ReferrerList>.Found(ReferrerList.Empty)
                : UpstreamFaults.Nonsense<ReferrerList>($"{_exchange.Whom(repository, what)}: what it sent is no index of descriptors"),
            UpstreamOutcome<Answer>.NotFound => new UpstreamOutcome<ReferrerList>.Found(ReferrerList.Empty),
            var other => other.As<ReferrerList>(),
        };
    }

    private async Task<UpstreamOutcome<Answer>> Get(RepositoryName repository, string what, string query, string? accept, int limit, CancellationToken cancellation)
    {
        var outcome = await _exchange.Send(HttpMethod.Get, repository, what, query, headers => Accept(headers, accept), cancellation).ConfigureAwait(false);
        if (outcome is not UpstreamOutcome<HttpResponseMessage>.Found found)
        {
            return outcome.As<Answer>();
        }

        using var response = found.Value;
        using var budget = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        budget.CancelAfter(_exchange.Settings.HeaderTimeout);
        var whom = _exchange.Whom(repository, what);
        if (BoundedBody.IsEncoded(response.Content))
        {
            return UpstreamFaults.Nonsense<Answer>($"{whom}: the body is encoded, which was not asked for");
        }

        try
        {
            return await BoundedBody.Read(response.Content, limit, budget.Token).ConfigureAwait(false) is { } body
                ? new UpstreamOutcome<Answer>.Found(new Answer(body, NextLink.QueryOf(response)))
                : UpstreamFaults.Nonsense<Answer>($"{whom}: its answer is larger than {limit} bytes");
        }
        catch (Exception exception) when (!cancellation.IsCancellationRequested && UpstreamFaults.Describe(exception, whom, budget.Token) is { } fault)
        {
            return new UpstreamOutcome<Answer>.Unavailable(fault with { RegistryAnswers = true });
        }
    }

    private static void Accept(HttpRequestHeaders headers, string? type)
    {
        if (type is not null)
        {
            headers.Accept.Add(new MediaTypeWithQualityHeaderValue(type));
        }
    }

    private static List<string>? ReadTags(byte[] body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            if (document.RootElement.ValueKind != JsonValueKind.Object || !document.RootElement.TryGetProperty("tags", out var tags))
            {
                return null;
            }

            return tags.ValueKind switch
            {
                JsonValueKind.Null => [],
                JsonValueKind.Array =>
                [
                    .. tags.EnumerateArray().Where(tag => tag.ValueKind == JsonValueKind.String).Select(tag => tag.GetString()!)
                        .Where(tag => Reference.TryParse(tag, out var reference) && reference.IsTag),
                ],
                _ => null,
            };
        }
        catch (Exception exception) when (JsonFaults.IsUnreadable(exception))
        {
            return null;
        }
    }

    /// <summary>The page that an answer names as the next one, by what clients may ask for; one that says nothing of that would be the first page again.</summary>
    private static ListPage? NextOf(Answer answer) =>
        answer.NextQuery is { } query && ListPage.Read(new OciQuery(query)).Page is { } page && (page.Last ?? page.Next) is not null ? page : null;

    /// <summary>The upstream's page as it is, or, where it is not the one that was asked for, the one that was.</summary>
    private static UpstreamTags Paged(List<string> tags, ListPage? next, ListPage page)
    {
        var ordered = tags.SequenceEqual(tags.Order(StringComparer.Ordinal));
        var ignoresLast = page.LastTag is { } last && (tags.Contains(last) || (ordered && tags.Count > 0 && string.CompareOrdinal(tags[0], last) <= 0));
        var ignoresCount = page.Count is { } count && tags.Count > count;
        if (next is not null || page.Next is not null || !(ignoresLast || ignoresCount))
        {
            return new UpstreamTags(tags, next);
        }

        var (entries, rest) = (ignoresLast ? page : page with { Last = null }).Of(tags.Order(StringComparer.Ordinal));
        return new UpstreamTags(entries, rest);
    }

    private sealed record Answer(byte[] Body, string? NextQuery);
}
