using System.Globalization;
using System.Text.RegularExpressions;

namespace Roadstead.Cli.NodeConfig;

/// <summary>A runtime's version, as far as it decides what a file may say.</summary>
public readonly partial record struct RuntimeVersion(int Major, int Minor, int Patch) : IComparable<RuntimeVersion>
{
    /// <summary>Reads what runtimes print: <c>1.7.13</c>, <c>v2.1</c>, <c>20.10.24+dfsg1</c>, <c>v1.30.4+k3s1</c>.</summary>
    public static RuntimeVersion? Parse(string text)
    {
        var match = Form().Match(text);
        return match.Success ? new RuntimeVersion(Number(match, 1), Number(match, 2), Number(match, 3)) : null;
    }

    public int CompareTo(RuntimeVersion other) => (Major, Minor, Patch).CompareTo((other.Major, other.Minor, other.Patch));

    public static bool operator <(RuntimeVersion left, RuntimeVersion right) => left.CompareTo(right) < 0;

    public static bool operator >(RuntimeVersion left, RuntimeVersion right) => left.CompareTo(right) > 0;

    public static bool operator <=(RuntimeVersion left, RuntimeVersion right) => left.CompareTo(right) <= 0;

    public static bool operator >=(RuntimeVersion left, RuntimeVersion right) => left.CompareTo(right) >= 0;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Major}.{Minor}.{Patch}");

    private static int Number(Match match, int group) => match.Groups[group].Success ? int.Parse(match.Groups[group].ValueSpan, CultureInfo.InvariantCulture) : 0;

    [GeneratedRegex(@"^v?(\d{1,6})(?:\.(\d{1,6}))?(?:\.(\d{1,6}))?(?:\.\d+)*(?:[-+~].*)?$")]
    private static partial Regex Form();
}
