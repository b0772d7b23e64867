using Roadstead.Cli.NodeVerify;

namespace Roadstead.Cli.Tests.NodeVerify;

public sealed class FlatTomlTests
{
    [Fact]
    public void Every_form_of_table_is_flat_with_its_line()
    {
        var file = FlatToml.Read("""
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
            """);
        Assert.Null(file.Fault);
        Assert.Equal(
            ["1 a/b=1", "2 inline/x=true", "2 inline/y z=w", "4 registry/#0/prefix=one", "6 registry/#0/mirror/#0/location=m1", "8 registry/#0/mirror/#1/location=m2", "10 other/#0/mirror/#0/location=m3", "11 other/#0/list=p,q"],
            file.Entries.Select(entry => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{entry.Line} {string.Join('/', entry.Path)}={string.Join(',', entry.Values)}")));
    }

    [Theory]
    [InlineData("a = 1\na = 2", 2)]
    [InlineData("[t]\nx = 1\n[t]\ny = 1", 3)]
    [InlineData("x = ", 1)]
    [InlineData("\n\n[t\n", 3)]
    public void A_fault_has_its_line(string text, int line) => Assert.Equal(line, FlatToml.Read(text).Fault?.Line);
}
