namespace Roadstead.Oci.Client;

/// <summary>Reads where a list goes on.</summary>
/// <remarks>RFC 8288 section 3. Registries name other hosts, paths and schemes than they are asked by, so only the query counts.</remarks>
internal static class NextLink
{
    /// <summary>The query of the page that the answer's Link headers name as the next one, as it stands there; null where none is named or it has no query.</summary>
    public static string? QueryOf(HttpResponseMessage response) =>
        response.Headers.TryGetValues("Link", out var values)
            ? values.SelectMany(value => Split(value, ',')).Select(link => Split(link, ';')).Where(IsNext).Select(link => QueryOf(link[0])).FirstOrDefault()
            : null;

    private static bool IsNext(List<string> link) =>
        link[0] is ['<', .., '>'] && link.Skip(1).Select(parameter => parameter.Split('=', 2, StringSplitOptions.TrimEntries))
            .Any(parameter => parameter is [var name, var value] && name.Equals("rel", StringComparison.OrdinalIgnoreCase)
                && value.Trim('"').Split(' ').Contains("next", StringComparer.OrdinalIgnoreCase));

    private static string? QueryOf(string target)
    {
        var url = target[1..^1].Split('#')[0];
        var question = url.IndexOf('?', StringComparison.Ordinal);
        return question < 0 || question == url.Length - 1 ? null : url[(question + 1)..];
    }

    /// <summary>The parts between separators that stand neither in a target's angle brackets nor in quotes.</summary>
    private static List<string> Split(string text, char separator)
    {
        var parts = new List<string>();
        var (start, inTarget, inQuotes) = (0, false, false);
        for (var i = 0; i < text.Length; i++)
        {
            var letter = text[i];
            if (inQuotes && letter == '\\')
            {
                i++;
            }
            else if (letter == '"' && !inTarget)
            {
                inQuotes = !inQuotes;
            }
            else if (letter is '<' or '>' && !inQuotes)
            {
                inTarget = letter == '<';
            }
            else if (letter == separator && !inTarget && !inQuotes)
            {
                parts.Add(text[start..i].Trim());
                start = i + 1;
            }
        }

        parts.Add(text[start..].Trim());
        return parts;
    }
}
