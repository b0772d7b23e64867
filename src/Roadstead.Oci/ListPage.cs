namespace Roadstead.Oci;

/// <summary>Which part of a list is asked for.</summary>
/// <param name="Count">At most how many entries; null where the asker leaves it to the registry.</param>
/// <param name="Last">Only what comes after this; null from the start. Some registries take tokens of their own here.</param>
/// <param name="Next">A token that another page's link gave, as Quay has them; null without one.</param>
/// <remarks>OCI distribution specification, "Listing Tags".</remarks>
public sealed record ListPage(int? Count = null, string? Last = null, string? Next = null)
{
    /// <summary>The most entries of one page.</summary>
    public const int MaxCount = 1000;

    // Tokens of registries are some hundred characters long, tags 128.
    private const int MaxText = 2048;

    /// <summary><see cref="Last"/> where it can be a tag; null where it is a token that only its registry can read.</summary>
    public string? LastTag => Last is not null && Reference.TryParse(Last, out var reference) && reference.IsTag ? Last : null;

    /// <summary>Reads the parameters of a query; all others are passed over.</summary>
    /// <returns>The page, or what is wrong; exactly one of the two is null.</returns>
    public static (ListPage? Page, OciError? Error) Read(OciQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        int? count = null;
        if (query.Find("n") is { } n)
        {
            if (n.Length == 0 || n.AsSpan().ContainsAnyExceptInRange('0', '9'))
            {
                return (null, new OciError(400, OciErrorCode.PaginationNumberInvalid, "The query's n is not a number of entries."));
            }

            count = int.TryParse(n, out var number) ? Math.Min(number, MaxCount) : MaxCount;
        }

        var (last, next) = (query.Find("last"), query.Find("next_page"));
        return IsText(last) && IsText(next)
            ? (new ListPage(count, NullIfEmpty(last), NullIfEmpty(next)), null)
            : (null, new OciError(400, OciErrorCode.Unsupported, $"The query's last or next_page is none: {MaxText} printable characters at most."));
    }

    /// <summary>As a query without its question mark; empty for a page that says nothing.</summary>
    public string ToQuery()
    {
        (string Name, string? Value)[] parameters = [("n", Count?.ToString(System.Globalization.CultureInfo.InvariantCulture)), ("last", Last), ("next_page", Next)];
        return string.Join('&', parameters.Where(parameter => parameter.Value is not null).Select(parameter => $"{parameter.Name}={Uri.EscapeDataString(parameter.Value!)}"));
    }

    /// <summary>The entries of this page out of all, which stand in ordinal order, and the page after it.</summary>
    public (IReadOnlyList<string> Entries, ListPage? Next) Of(IEnumerable<string> all)
    {
        var after = all.Where(entry => Last is null || string.CompareOrdinal(entry, Last) > 0).Take((Count ?? MaxCount) + 1).ToList();
        return Cut(after);
    }

    /// <summary>As <see cref="Of"/>, for a list that starts after <see cref="Last"/> and holds one entry more than the page where there are more.</summary>
    public (IReadOnlyList<string> Entries, ListPage? Next) Cut(IReadOnlyList<string> entries)
    {
        ArgumentNullException.ThrowIfNull(entries);
        var most = Count ?? MaxCount;
        return entries.Count <= most || most == 0 ? ([.. entries.Take(most)], null) : ([.. entries.Take(most)], new ListPage(most, entries[most - 1]));
    }

    private static bool IsText(string? text) => text is null || (text.Length <= MaxText && !text.AsSpan().ContainsAnyExceptInRange(' ', '~'));

    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
