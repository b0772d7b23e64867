using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Roadstead.Server.Management.Harbor;

/// <summary>A field that a list may be searched and sorted by.</summary>
internal sealed record HarborField<T>(string Name, Func<T, string> Text, Func<T, IComparable> Order)
{
    public static HarborField<T> Of(string name, Func<T, string> text) => new(name, text, text);

    public static HarborField<T> Of(string name, Func<T, long> number) => new(name, item => number(item).ToString(CultureInfo.InvariantCulture), item => number(item));

    public static HarborField<T> Of(string name, Func<T, DateTimeOffset> time) => new(name, item => time(item).ToString("O", CultureInfo.InvariantCulture), item => time(item));
}

/// <summary>The part of a list that a request asks for.</summary>
/// <param name="Items">Of one page.</param>
/// <param name="Total">How many there are on all pages.</param>
/// <param name="Number">The page's number, from 1.</param>
/// <param name="Size">Items of a full page.</param>
internal sealed record HarborPage<T>(IReadOnlyList<T> Items, int Total, int Number, int Size);

/// <summary>
/// Harbor's <c>q</c>, <c>sort</c>, <c>page</c> and <c>page_size</c>, over fields that are named here: a search by anything that an item has would be a way to guess
/// its secrets (GHSA-h27m-3qw8-3pw8).
/// </summary>
internal static class HarborQuery
{
    private const int DefaultSize = 10;
    private const int MaxSize = 100;

    /// <returns>The page; or what is wrong with the query.</returns>
    public static (HarborPage<T>? Page, string? Fault) Apply<T>(IQueryCollection query, IEnumerable<T> all, params HarborField<T>[] fields)
    {
        if (Number(query, "page", 1, int.MaxValue) is not { } page)
        {
            return (null, "page must be a whole number, 1 or more.");
        }

        if (Number(query, "page_size", DefaultSize, MaxSize) is not { } size)
        {
            return (null, $"page_size must be a whole number from 1 to {MaxSize}.");
        }

        var (found, fault) = Search(query["q"].ToString(), all, fields);
        var (sorted, sortFault) = Sort(query["sort"].ToString(), found, fields);
        if ((fault ?? sortFault) is { } wrong)
        {
            return (null, wrong);
        }

        var items = sorted.ToList();
        return (new HarborPage<T>([.. items.Skip((int)Math.Min((long)(page - 1) * size, int.MaxValue)).Take(size)], items.Count, page, size), null);
    }

    private static int? Number(IQueryCollection query, string name, int fallback, int most) => query[name].ToString() switch
    {
        "" => fallback,
        var text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1 && number <= most ? number : null,
    };

    private static (IEnumerable<T> Found, string? Fault) Search<T>(string q, IEnumerable<T> all, HarborField<T>[] fields)
    {
        foreach (var term in q.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var equals = term.IndexOf('=', StringComparison.Ordinal);
            var name = equals < 0 ? term : term[..equals];
            if (fields.FirstOrDefault(field => field.Name == name) is not { } field)
            {
                return (all, $"q names {name}, which is none of {Names(fields)}.");
            }

            var value = equals < 0 ? "" : term[(equals + 1)..];
            var isFuzzy = value.StartsWith('~');
            value = isFuzzy ? value[1..] : value;
            if (equals < 0 || value.Length == 0 || value[0] is '{' or '(' or '[')
            {
                return (all, $"q must be {name}=value or {name}=~part; sets and ranges are not known here.");
            }

            all = all.Where(item => isFuzzy ? field.Text(item).Contains(value, StringComparison.OrdinalIgnoreCase) : field.Text(item).Equals(value, StringComparison.Ordinal));
        }

        return (all, null);
    }

    private static (IEnumerable<T> Sorted, string? Fault) Sort<T>(string sort, IEnumerable<T> all, HarborField<T>[] fields)
    {
        IOrderedEnumerable<T>? sorted = null;
        foreach (var term in sort.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var isDescending = term.StartsWith('-');
            var name = isDescending ? term[1..] : term;
            if (fields.FirstOrDefault(field => field.Name == name) is not { } field)
            {
                return (all, $"sort names {name}, which is none of {Names(fields)}.");
            }

            var order = field.Order;
            sorted = (sorted, isDescending) switch
            {
                (null, false) => all.OrderBy(order),
                (null, true) => all.OrderByDescending(order),
                (_, false) => sorted.ThenBy(order),
                (_, true) => sorted.ThenByDescending(order),
            };
        }

        return (sorted ?? all, null);
    }

    private static string Names<T>(HarborField<T>[] fields) => string.Join(", ", fields.Select(field => field.Name));
}
