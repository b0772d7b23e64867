namespace Roadstead.Oci.Tests;

public class ImageReferenceTests
{
    private const string Digest = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    [Theory]
    [InlineData("nginx", "docker.io/library/nginx:latest")]
    [InlineData("nginx:1.25", "docker.io/library/nginx:1.25")]
    [InlineData("library/nginx", "docker.io/library/nginx:latest")]
    [InlineData("grafana/grafana:10.0", "docker.io/grafana/grafana:10.0")]
    [InlineData("docker.io/nginx", "docker.io/library/nginx:latest")]
    [InlineData("index.docker.io/nginx", "docker.io/library/nginx:latest")]
    [InlineData("quay.io/org/team/app:v1", "quay.io/org/team/app:v1")]
    [InlineData("quay.io/app", "quay.io/app:latest")]
    [InlineData("QUAY.io/org/app", "quay.io/org/app:latest")]
    [InlineData("localhost/app", "localhost/app:latest")]
    [InlineData("localhost:5000/app:1", "localhost:5000/app:1")]
    [InlineData("app:5000/x", "app:5000/x:latest")]
    [InlineData("registry:5000", "docker.io/library/registry:5000")]
    [InlineData("nginx@" + Digest, "docker.io/library/nginx@" + Digest)]
    [InlineData("registry.k8s.io/pause:3.9@" + Digest, "registry.k8s.io/pause@" + Digest)]
    public void It_is_read_as_runtimes_read_it(string text, string whole)
    {
        Assert.Equal(whole, ImageReference.Parse(text).ToString());
        Assert.Equal(whole, ImageReference.Parse(whole).ToString());
    }

    [Theory]
    [InlineData("", "names no repository")]
    [InlineData(" nginx", "names no repository that there can be")]
    [InlineData("nginx ", "names no repository that there can be")]
    [InlineData("nginx:", "has no tag")]
    [InlineData("nginx:a b", "has no tag")]
    [InlineData("nginx@sha256:1", "has no digest")]
    [InlineData("nginx@latest", "has no digest")]
    [InlineData("nginx:bad tag@" + Digest, "has no tag")]
    [InlineData("Registry/org/app", "has no registry")]
    [InlineData("org/Nginx", "upper case")]
    [InlineData("quay.io/Org/app", "upper case")]
    [InlineData("quay.io:99999/app", "has no registry")]
    [InlineData("quay.io/", "names no repository")]
    [InlineData("/nginx", "names no repository")]
    [InlineData("https://quay.io/app", "")]
    [InlineData("quay.io/../app", "names no repository")]
    [InlineData("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "is the ID of an image")]
    [InlineData("sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "is the ID of an image")]
    [InlineData("registry-1.docker.io/library/nginx:1", "no mirror of docker.io is asked for it")]
    public void What_no_runtime_takes_is_told(string text, string words)
    {
        Assert.False(ImageReference.TryParse(text, out _, out var fault));
        Assert.Contains(words, fault, StringComparison.Ordinal);
    }
}
