using System.Globalization;
using System.Text.RegularExpressions;
using Roadstead.Testing.Clients;
using Roadstead.Testing.Images;

namespace Roadstead.E2E.Pulls;

/// <summary>Podman that asks for parts of layers, as Fedora and others ship it.</summary>
public partial class PartialPullTests
{
    private const int Files = 20;
    private const int FileSize = 300_000;

    [Theory]
    [InlineData("http")]
    [InlineData("https")]
    public async Task A_new_version_costs_the_files_that_changed(string scheme)
    {
        await using var world = await MirroredRegistries.Start();
        await world.Hub.PushChunked("library/chunked", "1", Version(changed: []));
        await world.Hub.PushChunked("library/chunked", "2", Version(changed: [0, 5, 10, 15]));

        await PullBothVersions(world, scheme);
        await world.LoseUpstream();
        await PullBothVersions(world, scheme);
        await world.AssertNoFault();
    }

    [Theory]
    [InlineData("http")]
    [InlineData("https")]
    public async Task Other_layers_come_whole(string scheme)
    {
        await using var world = await MirroredRegistries.Start();
        await world.PullWithAndWithoutUpstream(world.Images, async image =>
        {
            using var podman = Through(world, scheme);
            (await podman.Pull(image.Name)).OrThrow();
            Assert.True(await podman.Exists(image.Name));
        });
    }

    private static async Task PullBothVersions(MirroredRegistries world, string scheme)
    {
        using var podman = Through(world, scheme);
        (await podman.Pull("docker.io/library/chunked:1")).OrThrow();
        var before = Answers(world);
        (await podman.Pull("docker.io/library/chunked:2")).OrThrow();
        Assert.True(await podman.Exists("docker.io/library/chunked:2"));

        // The table of contents, then the changed files. These lie apart: one range of them all would be most of the layer.
        await world.Server.WaitForLog(line => BlobAnswer().IsMatch(line), before.Count + 3);
        var answers = Answers(world)[before.Count..];
        Assert.DoesNotContain(answers, answer => answer.Status is not (200 or 206));
        Assert.Equal(2, answers.Count(answer => answer.Status == 206));
        Assert.InRange(answers.Sum(answer => answer.Bytes), 4 * FileSize, 6 * FileSize);
    }

    /// <summary>An image of files that do not compress; the second version has other content in some.</summary>
    private static ForgedManifest Version(IReadOnlyCollection<int> changed) => ImageForge.Image(
    [
        LayerForge.Layer([.. Enumerable.Range(0, Files).Select(file =>
            ($"file-{file}", LayerForge.RandomBytes(FileSize, seed: changed.Contains(file) ? Files + file : file)))]),
    ]);

    private static List<(int Status, long Bytes)> Answers(MirroredRegistries world) =>
    [
        .. world.Server.Log.Items.Select(line => BlobAnswer().Match(line)).Where(match => match.Success)
            .Select(match => (int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture), long.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture))),
    ];

    private static Podman Through(MirroredRegistries world, string scheme) => world.Trusted(scheme, Podman.WithPartialPulls(world.Mirrors(scheme)));

    [GeneratedRegex(@" GET blob project=dockerhub repository=library/chunked .* status=(\d+) bytes=(\d+) ")]
    private static partial Regex BlobAnswer();
}
