using Roadstead.Api;
using Roadstead.Cli.Output;

namespace Roadstead.Cli.Tests.Output;

/// <summary>What a server has, as the operator reads it.</summary>
public class ServerTextTests
{
    private const string Digest = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    private static readonly DateTimeOffset Now = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly EndpointStatus Resting = new(
        1, "file", new EndpointSpec("docker.io", "https://registry-1.docker.io") { Name = "hub", Username = "robot", CaCertificate = "-----BEGIN CERTIFICATE-----\nx", MaxBodies = 7, TokenHosts = ["a", "b"] },
        true, false, false, new EndpointHealthStatus("resting", "toomany\u001brequests", Now.AddSeconds(90)), new EndpointRateLimit(100, 3, Now.AddMinutes(-2)), ["dockerhub", "other"], Now, Now);

    private static readonly EndpointStatus Lost = new(
        2, "database", new EndpointSpec("harbor.example", "https://harbor.example") { Name = "harbor" }, false, false, true, new EndpointHealthStatus("up", null, null), null, [], Now, Now);

    private static readonly ImageList Images = new(
        [
            new HeldImage("dockerhub", "docker.io", "library/nginx", Digest, ["1.25", "latest"], 61_234_567, Now.AddDays(-40), true),
            new HeldImage("quay", "quay.io", "org/app", Digest, [], 1024, null, false),
        ],
        null);

    [Fact]
    public void Endpoints_have_a_line_each_and_one_for_what_is_the_matter() => Assert.Equal(
        """
        ENDPOINT  REGISTRY        URL                           LOGIN  STATE    PROJECTS          SOURCE
        hub       docker.io       https://registry-1.docker.io  robot  resting  dockerhub, other  file
        harbor    harbor.example  https://harbor.example        lost   up       -                 database
        hub: resting for 90 s: toomany requests
        harbor: its secret cannot be read, and it is asked without: give it anew

        """,
        EndpointText.List(new EndpointList([Resting, Lost]), Now, null));

    [Fact]
    public void An_endpoint_has_a_line_for_each_option() => Assert.Equal(
        """
        endpoint       hub
        state          resting for 90 s: toomany requests
        rate limit     3 of 100 left, 2m ago
        login          robot, with a password
        projects       dockerhub, other
        source         file
        registry       docker.io
        url            https://registry-1.docker.io
        caCertificate  (PEM; --output json shows it)
        tokenHosts     a, b
        maxBodies      7

        """,
        EndpointText.One(Resting, Now));

    [Fact]
    public void A_project_that_holds_too_much_is_told_what_of_it_stays()
    {
        const string too = "quay holds 3 KiB, which is 2 KiB too much: images go, the first those that were not pulled for the longest time.";
        var (loose, pinned) = (Images.Images[1], Images.Images[1] with { Pinned = true });
        Assert.Equal(too, Told(loose));
        Assert.Equal(too + " 1 of its images is pinned or used by a cluster and stays whatever the quota, 1 KiB in all.", Told(loose, pinned));

        // What they share is held once.
        Assert.Equal(too + " 2 of its images are pinned or used by clusters and stay whatever the quota, 3 KiB in all.", Told(pinned, loose with { Clusters = ["prod"], Bytes = 2500 }));

        static string Told(params HeldImage[] images) => StoreText.Excess(new ProjectStore("quay", 3072, 1024), 1024, new ImageList(images, null));
    }

    [Fact]
    public void Images_have_a_line_each() => Assert.Equal(
        $"""
        IMAGE                    TAGS          DIGEST                                                                   SIZE      PULLED   PIN
        dockerhub/library/nginx  1.25, latest  {Digest}  58.4 MiB  40d ago  pinned
        quay/org/app             -             {Digest}  1 KiB     unknown  -

        """,
        ImageText.List(Images, Now, null));

    [Fact]
    public void What_was_deleted_upstream_has_a_column_and_a_line_for_each_tag()
    {
        var deleted = Images.Images[0] with { DeletedTags = [new DeletedTag("1.25", Now.AddHours(-2)), new DeletedTag("latest", Now.AddDays(-3))] };
        Assert.Equal(
            $"""
            IMAGE                    TAGS          DIGEST                                                                   SIZE      PULLED   PIN     DELETED UPSTREAM
            dockerhub/library/nginx  1.25, latest  {Digest}  58.4 MiB  40d ago  pinned  3d ago
            quay/org/app             -             {Digest}  1 KiB     unknown  -       -

            """,
            ImageText.List(new ImageList([deleted, Images.Images[1]], null), Now, null));
        Assert.EndsWith("\ndeleted upstream  1.25 since 2030-01-01 10:00:00 UTC\ndeleted upstream  latest since 2029-12-29 12:00:00 UTC\n", ImageText.One(deleted, Now), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(80)]
    public void Images_fit_the_terminal_by_their_digests(int width)
    {
        var rows = ImageText.List(Images, Now, width).Split('\n')[..3];
        Assert.All(rows, row => Assert.InRange(row.Length, 1, width));
        Assert.All(rows[1..], row => Assert.Matches("^(dockerhub/library/nginx|quay/org/app) .* sha256:[0-9a-f]+… .*(pinned|-)$", row));
    }

    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(1023, "1023 B")]
    [InlineData(1024, "1 KiB")]
    [InlineData(1_048_575, "1 MiB")]
    [InlineData(61_234_567, "58.4 MiB")]
    [InlineData(-2048, "-2 KiB")]
    [InlineData(long.MaxValue, "8 EiB")]
    public void Sizes_are_in_the_largest_unit_that_fits(long bytes, string text) => Assert.Equal(text, SizeText.Of(bytes));

    [Theory]
    [InlineData(null, "none")]
    [InlineData(-1024L, "the disk is 1 KiB beyond it")]
    [InlineData(3L << 30, "3 GiB away")]
    public void The_store_tells_how_far_its_watermark_is(long? left, string words) => Assert.Equal(
        $"""
        held       2 KiB
        quota      4 GiB
        watermark  {words}
        dockerhub  1 KiB of unlimited

        """,
        StoreText.Status(new StoreStatus(2048, 4L << 30, left, [new ProjectStore("dockerhub", 1024, null)])));

    [Fact]
    public void A_cleaning_tells_what_it_left() => Assert.Equal(
        "2 of 5 blobs that no image names were deleted, 1 KiB. The others are in use, or have belonged to no image for less than ten minutes: their manifest may still come. They go before any image does where room is wanted.\n", StoreText.Cleaned(new CleanReport(5, 2, 1024), isDry: false));
}
