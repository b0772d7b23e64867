namespace Roadstead.Oci.Tests;

public class NameTests
{
    [Theory]
    [InlineData("nginx")]
    [InlineData("library/nginx")]
    [InlineData("a/b/c/d/e")]
    [InlineData("a.b_c__d---e/0")]
    public void Accepts_repository_names(string text) => Assert.True(RepositoryName.TryParse(text, out _));

    [Theory]
    [InlineData("")]
    [InlineData("A/b")]
    [InlineData("a/../b")]
    [InlineData("a//b")]
    [InlineData("/a")]
    [InlineData("a/")]
    [InlineData("a..b")]
    [InlineData("a___b")]
    [InlineData("a._b")]
    [InlineData("-a")]
    [InlineData("a-")]
    [InlineData("a\\b")]
    [InlineData("a%2fb")]
    [InlineData("ä")]
    [InlineData("a\0b")]
    public void Refuses_other_text(string text) => Assert.False(RepositoryName.TryParse(text, out _));

    [Fact]
    public void A_name_has_255_characters_at_most()
    {
        Assert.True(RepositoryName.TryParse(new string('a', 255), out _));
        Assert.False(RepositoryName.TryParse(new string('a', 256), out _));
    }

    [Theory]
    [InlineData("latest", true)]
    [InlineData("_x", true)]
    [InlineData("v1.2.3-rc_1", true)]
    [InlineData("..", false)]
    [InlineData(".x", false)]
    [InlineData("-x", false)]
    [InlineData("", false)]
    [InlineData("a/b", false)]
    [InlineData("sha256:abc", false)]
    public void Tags_follow_their_grammar(string text, bool valid) => Assert.Equal(valid, Reference.TryParse(text, out _));

    [Fact]
    public void A_tag_has_128_characters_at_most()
    {
        Assert.True(Reference.TryParse(new string('a', 128), out _));
        Assert.False(Reference.TryParse(new string('a', 129), out _));
    }

    [Theory]
    [InlineData("docker.io", "docker.io")]
    [InlineData("index.docker.io", "docker.io")]
    [InlineData("registry-1.docker.io", "docker.io")]
    [InlineData("Quay.IO", "quay.io")]
    [InlineData("127.0.0.1:5000", "127.0.0.1:5000")]
    [InlineData("0xa9fe.example", "0xa9fe.example")]
    [InlineData("r.0xyz", "r.0xyz")]
    public void Registries_are_hosts(string text, string expected)
    {
        Assert.True(RegistryName.TryParse(text, out var name));
        Assert.Equal(expected, name.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("docker.io/../x")]
    [InlineData("docker.io:")]
    [InlineData("docker.io:0")]
    [InlineData("docker.io:99999")]
    [InlineData("a..b")]
    [InlineData("-a.io")]
    [InlineData("http://docker.io")]
    [InlineData("user@docker.io")]
    [InlineData("2852039166")]
    [InlineData("127.1")]
    [InlineData("0177.0.0.1")]
    [InlineData("0xa9fea9fe")]
    [InlineData("127.0.0.0X1")]
    [InlineData("0x")]
    [InlineData("docker.io:5000\0")]
    [InlineData("docker.io:+5")]
    [InlineData("docker.io:0443")]
    public void Refuses_what_is_no_host(string text) => Assert.False(RegistryName.TryParse(text, out _));
}
