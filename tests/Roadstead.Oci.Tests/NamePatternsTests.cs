namespace Roadstead.Oci.Tests;

public class NamePatternsTests
{
    [Theory]
    [InlineData("*", "nginx", true)]
    [InlineData("*", "library/nginx", false)]
    [InlineData("**", "library/nginx", true)]
    [InlineData("library/ng?nx", "library/nginx", true)]
    [InlineData("{latest,stable}", "stable", true)]
    [InlineData("{latest,stable}", "latest,stable", false)]
    [InlineData("v{1,2}.*", "v2.7", true)]
    [InlineData("v{1,2}.*", "v3.7", false)]
    [InlineData("{org/**,library/*}", "org/team/app", true)]
    [InlineData("v[0-9]*", "v1", true)]
    [InlineData("v[!0-9]*", "v1", false)]
    [InlineData("v[^0-9]*", "va", true)]
    [InlineData("a[.-]b", "a.b", true)]
    [InlineData("a[.-]b", "axb", false)]
    [InlineData("[!-a]x", "0x", true)]
    [InlineData("[!a-]x", "0x", true)]
    [InlineData("[!a-]x", "-x", false)]
    [InlineData("[!-a]x", "/x", false)]
    [InlineData("a,b", "a,b", true)]
    [InlineData("a.b+c", "a.b+c", true)]
    [InlineData("a.b", "axb", false)]
    public void A_name_matches_or_not(string pattern, string name, bool isMatch)
    {
        Assert.True(NamePatterns.TryParse(pattern, out _));
        Assert.Equal(isMatch, new NamePatterns([pattern]).Match(name));
    }

    [Theory]
    [InlineData("[a")]
    [InlineData("[]")]
    [InlineData("[z-a]")]
    [InlineData("[a\\]")]
    [InlineData("{v")]
    [InlineData("{a,{b,c}}")]
    [InlineData("v}")]
    [InlineData("v]")]
    [InlineData("a\\b")]
    public void One_that_is_malformed_is_told_and_matches_nothing(string pattern)
    {
        Assert.False(NamePatterns.TryParse(pattern, out var fault));
        Assert.StartsWith("has ", fault, StringComparison.Ordinal);

        // As one that was saved by an earlier release: a project of which it is the only include must not have everything.
        var patterns = new NamePatterns([pattern]);
        Assert.False(patterns.IsEmpty);
        Assert.False(patterns.Match(pattern));
    }
}
