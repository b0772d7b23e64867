namespace Roadstead.Oci;

/// <summary>The parameters of a request's query, by their first occurrence.</summary>
public sealed class OciQuery
{
    private readonly Dictionary<string, string> _parameters = new(StringComparer.Ordinal);

    /// <summary>Reads a query as the request line has it, without its question mark.</summary>
    public OciQuery(string query)
    {
        ArgumentNullException.ThrowIfNull(query);
        foreach (var parameter in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = parameter.IndexOf('=', StringComparison.Ordinal);
            var (name, value) = equals < 0 ? (parameter, "") : (parameter[..equals], parameter[(equals + 1)..]);
            _parameters.TryAdd(name, Uri.UnescapeDataString(value));
        }
    }

    /// <summary>The parameter's value with its percent-encoding undone; null without it. It may hold any character.</summary>
    public string? Find(string name) => _parameters.GetValueOrDefault(name);
}
