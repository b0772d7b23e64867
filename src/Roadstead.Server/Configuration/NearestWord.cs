namespace Roadstead.Server.Configuration;

/// <summary>Finds what somebody who mistyped a word most likely meant.</summary>
internal static class NearestWord
{
    /// <summary>Null where nothing is near: a third of the letters, and at least two, may differ.</summary>
    public static string? To(string word, IEnumerable<string> known)
    {
        var nearest = known.Select(candidate => (Word: candidate, Distance: IsBeginning(word, candidate) ? 1 : Distance(word, candidate)))
            .OrderBy(candidate => candidate.Distance)
            .FirstOrDefault();
        return nearest.Word is not null && nearest.Distance <= Math.Max(2, word.Length / 3) ? nearest.Word : null;
    }

    /// <summary>Of password and passwordFile each is near the other, however many letters lie between.</summary>
    private static bool IsBeginning(string word, string candidate) => Math.Min(word.Length, candidate.Length) >= 4
        && (candidate.StartsWith(word, StringComparison.OrdinalIgnoreCase) || word.StartsWith(candidate, StringComparison.OrdinalIgnoreCase));

    /// <summary>Levenshtein's distance without regard to case, one row at a time.</summary>
    private static int Distance(string left, string right)
    {
        var row = Enumerable.Range(0, right.Length + 1).ToArray();
        for (var i = 0; i < left.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i + 1;
            for (var j = 0; j < right.Length; j++)
            {
                var cost = char.ToLowerInvariant(left[i]) == char.ToLowerInvariant(right[j]) ? 0 : 1;
                var here = Math.Min(Math.Min(row[j], row[j + 1]) + 1, diagonal + cost);
                diagonal = row[j + 1];
                row[j + 1] = here;
            }
        }

        return row[^1];
    }
}
