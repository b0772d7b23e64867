using Roadstead.Cli.NodeConfig;

namespace Roadstead.Cli.Tests.NodeConfig;

/// <summary>What makes a plan wrong, and what the operator is told of it.</summary>
public class PlanCheckTests
{
    [Theory]
    [InlineData("https://docker.io", "without a scheme")]
    [InlineData("*.example.com", "wildcard")]
    [InlineData("docker.io/library", "path")]
    [InlineData("under_score.example", "no host")]
    [InlineData("-x.example", "no host")]
    [InlineData("../../etc", "path")]
    [InlineData("Quay.io", "Write quay.io")]
    [InlineData("index.docker.io", "Write docker.io")]
    [InlineData("registry", "neither a dot nor a port")]
    public void Registries_that_references_cannot_name(string registry, string words) =>
        AssertFault($"registry {registry}", words, Plans.Plain with { Registries = [Plans.Registry(registry, "project")] });

    [Theory]
    [InlineData("harbor.example:8443")]
    [InlineData("localhost")]
    [InlineData("localhost:5000")]
    [InlineData("10.0.0.1:5000")]
    public void Registries_that_references_can_name(string registry) =>
        Assert.Empty(PlanCheck.Faults(Plans.Plain with { Registries = [Plans.Registry(registry, "project")] }));

    [Theory]
    [InlineData("DockerHub", "upper-case")]
    [InlineData("docker hub", "no part of a repository's name")]
    [InlineData("a/b", "no part of a repository's name")]
    [InlineData("a..b", "no part of a repository's name")]
    [InlineData("-a", "no part of a repository's name")]
    [InlineData("a\nblocked = true", "no part of a repository's name")]
    public void Projects_that_names_cannot_have(string project, string words) =>
        AssertFault($"project {project}", words, Plans.Plain with { Registries = [Plans.Registry("docker.io", project)] });

    [Fact]
    public void Names_may_be_255_characters_long_and_no_more()
    {
        MirrorPlan Long(int length) => Plans.Plain with { Registries = [Plans.Registry("docker.io", new string('a', length))] };
        var room = 255 - "mirror.example:5000/".Length - "/x".Length;
        Assert.Empty(PlanCheck.Faults(Long(room)));
        AssertFault($"project {new string('a', room + 1)}", "more than 255", Long(room + 1));
    }

    [Fact]
    public void A_registry_stands_for_one_project() =>
        AssertFault("registry docker.io", "several projects (hub, proxy)", Plans.Plain with { Registries = [Plans.Registry("docker.io", "hub"), Plans.Registry("docker.io", "proxy")] });

    [Fact]
    public void Something_must_be_mirrored() => AssertFault("--registry", "no registry", Plans.Plain with { Registries = [] });

    [Fact]
    public void Plain_HTTP_is_for_those_who_say_so()
    {
        var plain = Plans.Plain with { Mirror = new MirrorUrl("http", "mirror.example:5000") };
        AssertFault("--mirror", "--insecure", plain);
        Assert.Empty(PlanCheck.Faults(plain with { Insecure = true }));
    }

    [Theory]
    [InlineData("hello", "no certificate")]
    [InlineData("", "no certificate")]
    [InlineData("-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n", "private key")]
    [InlineData(Plans.CaPem + "-----BEGIN EC PRIVATE KEY-----\nMIIB\n-----END EC PRIVATE KEY-----\n", "private key")]
    [InlineData("-----BEGIN CERTIFICATE REQUEST-----\nMIIB\n-----END CERTIFICATE REQUEST-----\n", "CERTIFICATE REQUEST")]
    public void A_CA_is_certificates_and_nothing_else(string pem, string words) => AssertFault("--ca", words, Plans.Plain with { CaPem = pem });

    [Fact]
    public void Several_certificates_are_a_CA() => Assert.Empty(PlanCheck.Faults(Plans.Plain with { CaPem = Plans.CaPem + Plans.CaPem }));

    [Theory]
    [InlineData("http")]
    [InlineData("https")]
    public void A_CA_is_of_no_use_where_nothing_is_checked(string scheme) =>
        AssertFault("--ca", "no use", Plans.Plain with { Mirror = new MirrorUrl(scheme, "mirror.example:5000"), CaPem = Plans.CaPem, Insecure = true });

    [Fact]
    public void Digest_only_leaves_tags_to_what_mirror_only_forbids() =>
        AssertFault("--digest-only", "--mirror-only", Plans.Plain with { DigestOnly = true, MirrorOnly = true });

    [Theory]
    [InlineData("", "secret", "--username")]
    [InlineData("a:b", "secret", "--username")]
    [InlineData("a\nb", "secret", "--username")]
    [InlineData("robot", "", "--password-file")]
    [InlineData("robot", "two\nlines", "--password-file")]
    public void Credentials_that_HTTP_cannot_carry(string username, string password, string subject) =>
        AssertFault(subject, "must", Plans.Plain with { Credential = new MirrorCredential(username, password) });

    [Fact]
    public void All_faults_are_told_at_once()
    {
        var plan = Plans.Plain with
        {
            Mirror = new MirrorUrl("http", "mirror"),
            Registries = [Plans.Registry("*.io", "Upper"), Plans.Registry("docker.io", "dockerhub")],
            DigestOnly = true,
            MirrorOnly = true,
            CaPem = "",
        };
        string[] subjects = ["registry *.io", "project Upper", "--mirror", "--ca", "--ca", "--digest-only", "--mirror"];
        Assert.Equal(subjects, Plans.FaultsOf("podman", plan).Select(fault => fault.Subject));
    }

    private static void AssertFault(string subject, string words, MirrorPlan plan)
    {
        var faults = PlanCheck.Faults(plan).ToList();
        Assert.Contains(faults, fault => fault.Subject == subject && fault.Message.Contains(words, StringComparison.Ordinal));
        Assert.All(Runtimes.All, runtime => Assert.IsType<RenderResult.Faulty>(runtime.Render(plan)));
    }
}
