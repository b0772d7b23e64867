namespace Roadstead.Bench.Tests;

public class OptionTests
{
    private static readonly string[] Needed = ["--server", "/s", "--root", "/r"];

    [Fact]
    public void A_ratio_is_quoted_of_nine_rounds_unless_told_otherwise()
    {
        Assert.Equal(new BenchOptions("", 9, false, false, "/s", "/r"), Parse().Options);
        Assert.Equal(new BenchOptions("start", 3, false, false, "/s", "/r"), Parse("--rounds", "3", "start").Options);
        Assert.Equal(new BenchOptions("start", 1, true, false, "/s", "/r"), Parse("start", "--quick").Options);
    }

    [Fact]
    public void A_profile_is_of_one_round() => Assert.Equal(1, Parse("--profile").Options!.Rounds);

    [Theory]
    [InlineData("--rounds")]
    [InlineData("--rounds", "0")]
    [InlineData("--rounds", "many")]
    [InlineData("--fast")]
    [InlineData("one", "two")]
    [InlineData("--profile", "--rounds", "5")]
    [InlineData("--quick", "--profile")]
    public void What_is_not_understood_is_told(params string[] arguments) => Assert.NotNull(Parse(arguments).Fault);

    private static (BenchOptions? Options, string? Fault) Parse(params string[] arguments) => BenchOptions.Parse([.. Needed, .. arguments]);
}
