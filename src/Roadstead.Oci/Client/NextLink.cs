namespace Roadstead.Oci.Client;

/// <summary>Reads where a list goes on.</summary>
/// <remarks>RFC 8288 section 3. Registries name other hosts, paths and schemes than they are asked by, so only the query's parameters count.</remarks>
internal static class NextLink
{
    /// <summary>The page that the answer's Link headers name as the next one; null where there is none, or none that can be asked for.</summary>
    public static ListPage? Read(HttpResponseMessage response)
    {
        if (!response.Headers.TryGetValues("Link", out var values))
        {
            return null;
        }

        foreach (var link in values.SelectMany(value => value.Split(",<")).Select(link => link.Trim()))
        {
            var end = link.IndexOf('>', StringComparison.Ordinal);
            if (end > 0 && IsNext(link[(end + 1)..]))
            {
                var target = link[..end].TrimStart('<');
                var question = target.IndexOf('?', StringComparison.Ordinal);
                return question < 0 ? null : ListPage.Read(new OciQuery(target[(question + 1)..])).Page;
            }
        }

        return null;
    }

    private static bool IsNext(string parameters) =>
        parameters.Split(';').Select(parameter => parameter.Replace(" ", "", StringComparison.Ordinal).Replace("\"", "", StringComparison.Ordinal))
            .Any(parameter => parameter.Equals("rel=next", StringComparison.OrdinalIgnoreCase));
}
