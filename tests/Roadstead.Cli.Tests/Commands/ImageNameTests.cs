using Roadstead.Cli.Commands;

namespace Roadstead.Cli.Tests.Commands;

/// <summary>Names of images as they are typed.</summary>
public class ImageNameTests
{
    private const string Digest = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    [Theory]
    [InlineData("dockerhub/library/nginx:1.25", "dockerhub", "library/nginx", "1.25")]
    [InlineData("docker.io/nginx:latest", "docker.io", "nginx", "latest")]
    [InlineData("registry.example:5000/org/app:1", "registry.example:5000", "org/app", "1")]
    [InlineData("quay/org/app@" + Digest, "quay", "org/app", Digest)]
    [InlineData("registry.example:5000/app:1@" + Digest, "registry.example:5000", "app", Digest)]
    public void A_name_is_its_place_repository_and_reference(string text, string place, string repository, string reference)
    {
        Assert.True(ImageName.TryParse(text, out var name, out var fault), fault);
        Assert.Equal((place, repository, reference), (name.Place, name.Repository.ToString(), name.Reference.ToString()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("nginx")]
    [InlineData("nginx:1")]
    [InlineData("/nginx:1")]
    [InlineData("a/")]
    [InlineData("a/nginx")]
    [InlineData("a/nginx:")]
    [InlineData("a/nginx@")]
    [InlineData("a/nginx@1")]
    [InlineData("a/nginx:-1")]
    [InlineData("a/nginx:1:2")]
    [InlineData("a/nginx:1@2")]
    [InlineData("a//nginx:1")]
    [InlineData("a/../nginx:1")]
    [InlineData("a/nginx:1@" + Digest + "@" + Digest)]
    [InlineData("https://a/nginx:1")]
    public void What_is_none_is_told_why(string text)
    {
        Assert.False(ImageName.TryParse(text, out var name, out var fault));
        Assert.Null(name);
        Assert.NotEmpty(fault);
    }
}
