using System.Globalization;
using Roadstead.Cli.NodeFormats;
using Roadstead.Cli.NodeInstall;

namespace Roadstead.Cli.Tests.NodeFormats;

public sealed class TomlFileTests
{
    [Fact]
    public void Every_form_of_table_is_read_with_its_line()
    {
        var file = TomlFile.Read("a.toml", """
            a.b = "1"
            inline = { x = true, "y z" = 'w' }
            [[registry]]
            prefix = "one"
            [[registry.mirror]]
            location = "m1"
            [[registry.mirror]]
            location = "m2"
            [[other]]
            mirror = [{ location = "m3" }]
            list = ["p", "q"]
            """, [], "")!;
        Assert.Equal(
            ["1 a/b=1", "2 inline/x=true", "2 inline/y z=w", "4 registry/#0/prefix=one", "6 registry/#0/mirror/#0/location=m1", "8 registry/#0/mirror/#1/location=m2", "10 other/#0/mirror/#0/location=m3", "11 other/#0/list=p,q"],
            Flat(file.Root, ""));
    }

    [Theory]
    [InlineData("[[registry]\nlocation = 'a'", 1, "is not valid TOML: a bracket is missing or too much")]
    [InlineData("a = 1\n[a", 2, "is not valid TOML: a bracket is missing or too much")]
    [InlineData("[a]]b", 1, "is not valid TOML: a bracket is missing or too much")]
    [InlineData("a = \n", 1, "is not valid TOML: a key has no value")]
    [InlineData("a = [1, 2\nb = 3\n", 2, "is not valid TOML: a list in brackets lacks a comma or its end")]
    [InlineData("a = {x = 1\n", 2, "is not valid TOML: a table in braces lacks a comma or its end")]
    [InlineData("a = \"canary\n", 1, "is not valid TOML: a string is not closed on its line")]
    [InlineData("a = canary\n", 1, "is not valid TOML: the value is of no form that TOML has; a string must be in quotes")]
    [InlineData("canary b = 1\n", 1, "is not valid TOML: a key has no = behind it")]
    [InlineData("= 1\n", 1, "is not valid TOML: a line begins with what is no key")]
    [InlineData("a = 1 canary = 2\n", 1, "is not valid TOML: something stands behind a value that does not belong on its line")]
    [InlineData("x = 1,\n", 1, "is not valid TOML: something stands behind a value that does not belong on its line")]
    [InlineData("a = 09\n", 1, "is not valid TOML: a number begins with a zero")]
    [InlineData("a = 1\n# caf\uFFFD\n", 2, "is not in UTF-8")]
    [InlineData("a = 1\ncaf\uFFFD = 1\n", 2, "is not in UTF-8")]
    public void What_is_wrong_is_said_in_words_for_people(string text, int line, string what)
    {
        var faults = new List<NodeFault>();
        Assert.Null(TomlFile.Read("a.toml", text, faults, ""));
        Assert.Equal((line, what), (faults[0].Line, faults[0].What));
    }

    /// <summary>The runtimes' own reader takes all of these.</summary>
    [Theory]
    [InlineData("[[r]]\n[[r.m]]\nl = 'a'\n[[r]]\nm = [{ l = 'b' }]", "3 r/#0/m/#0/l=a, 5 r/#1/m/#0/l=b")]
    [InlineData("[[r]]\nm = [{ l = 'b' }]\n[[r]]\n[[r.m]]\nl = 'a'", "2 r/#0/m/#0/l=b, 5 r/#1/m/#0/l=a")]
    [InlineData("[[r]]\n[r.t]\nl = 'a'\n[[r]]\nt = { l = 'b' }", "3 r/#0/t/l=a, 5 r/#1/t/l=b")]
    [InlineData("[[r]]\n[r.t]\nl = 'a'\n[[r]]\nt.l = 'b'", "3 r/#0/t/l=a, 5 r/#1/t/l=b")]
    [InlineData("[[r]]\n[[r.m]]\n[r.m.t]\nl = 'a'\n[[r]]\n[[r.m]]\nt = { l = 'b' }", "4 r/#0/m/#0/t/l=a, 7 r/#1/m/#0/t/l=b")]
    public void A_key_of_one_element_may_be_another_s_too(string text, string expected)
    {
        var faults = new List<NodeFault>();
        var file = TomlFile.Read("a.toml", text, faults, "");
        Assert.Empty(faults);
        Assert.Equal(expected, string.Join(", ", Flat(file!.Root, "")));
    }

    [Theory]
    [InlineData("a = 1\na = 2", 2)]
    [InlineData("[t]\nx = 1\n[t]\ny = 1", 3)]
    [InlineData("x = ", 1)]
    [InlineData("\n\n[t\n", 3)]
    [InlineData("[[r]]\n[[r.m]]\n[[r]]\nm = 1\nm = 2", 5)]
    [InlineData("[[r]]\nm = [{ l = 1 }]\n[[r.m]]\nl = 2", 3)]
    [InlineData("[[r]]\n[[r.m]]\n[[r]]\nm = [{ l = 1, l = 2 }]", 4)]
    [InlineData("[[r]]\n[[r.m]]\nl = 1\nl = 2", 4)]
    [InlineData("r = []\n[[r]]", 2)]
    [InlineData("t = { a = 1 }\nt.b = 2", 2)]
    [InlineData("t = { a = 1 }\n[t.b]\nc = 1", 2)]
    [InlineData("t = 1\n[t.b]\nc = 1", 2)]
    public void A_fault_has_its_line_and_nothing_is_read(string text, int line)
    {
        var faults = new List<NodeFault>();
        Assert.Null(TomlFile.Read("a.toml", text, faults, "It is not taken."));
        Assert.Equal(line, Assert.Single(faults).Line);
        Assert.EndsWith(". It is not taken.", faults[0].Message, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Flat(TomlTable table, string path) => table.Items.SelectMany(item =>
        item.Table is { } inner ? Flat(inner, $"{path}{item.Key}/")
        : item.Tables is { } tables ? tables.SelectMany((element, at) => Flat(element, string.Create(CultureInfo.InvariantCulture, $"{path}{item.Key}/#{at}/")))
        : [string.Create(CultureInfo.InvariantCulture, $"{item.Line} {path}{item.Key}={item.String ?? (item.Strings is { } strings ? string.Join(',', strings) : item.Raw)}")]);
}
