using System.Globalization;
using System.Text.RegularExpressions;

namespace Roadstead.Testing.Upstream;

/// <summary>One range of a Range header; anything else is not understood, and so ignored (RFC 9110, 14.2).</summary>
internal sealed partial record ByteRange(int First, int Last, int Length)
{
    public bool IsSatisfiable => First <= Last && First < Length;

    public string ContentRange => IsSatisfiable
        ? string.Create(CultureInfo.InvariantCulture, $"bytes {First}-{Last}/{Length}")
        : string.Create(CultureInfo.InvariantCulture, $"bytes */{Length}");

    public static ByteRange? Parse(string header, int length)
    {
        var match = Pattern().Match(header);
        if (!match.Success)
        {
            return null;
        }

        var (first, last) = (Number(match.Groups[1]), Number(match.Groups[2]));
        return (first, last) switch
        {
            (null, null) => null,
            (null, { } suffix) => new ByteRange(Math.Max(0, length - suffix), length - 1, length),
            ({ } from, _) => new ByteRange(from, Math.Min(last ?? length - 1, length - 1), length),
        };
    }

    private static int? Number(Group group) =>
        group.Length == 0 ? null : (int)Math.Min(int.MaxValue, long.Parse(group.ValueSpan, CultureInfo.InvariantCulture));

    [GeneratedRegex(@"^bytes=(\d{0,18})-(\d{0,18})$")]
    private static partial Regex Pattern();
}
