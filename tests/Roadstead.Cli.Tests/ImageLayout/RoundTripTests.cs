using System.Text.Json;
using Roadstead.Api;
using Roadstead.Cli.Tests.Commands;
using Roadstead.Testing;
using Roadstead.Testing.Cli;
using Roadstead.Testing.Images;
using Roadstead.Testing.Processes;
using Roadstead.Testing.Upstream;

namespace Roadstead.Cli.Tests.ImageLayout;

/// <summary>Images out of one server and into another one that no registry reaches.</summary>
public class RoundTripTests
{
    private static CancellationToken Stops => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("layout")]
    [InlineData("layout.tar")]
    public async Task What_one_server_holds_another_one_without_upstream_serves(string name)
    {
        await using var gap = await AirGap.Start();
        var place = gap.Folder[name];
        var app = await gap.Fetch("library/app", "1", ImageForge.Image([LayerForge.Random(200_000), LayerForge.Random(100_000, seed: 2)]));
        var (amd64, arm64) = (ImageForge.Image([LayerForge.Random(20_000, seed: 3)]), ImageForge.Image([LayerForge.Random(30_000, seed: 4)]));
        var index = await gap.Fetch("org/multi", "2", ImageForge.Index(("linux/amd64", amd64), ("linux/arm64", arm64)), "--platform", "linux/arm64");
        var asked = gap.Upstream.Requests.Items.Count;

        var exported = await gap.Export("docker.io/app:1", "dockerhub/org/multi:2", "--to", place);
        Assert.Equal((0, ""), (exported.ExitCode, exported.Error));
        Assert.Matches($"^IMAGE +STATE +SIZE +DIGEST\ndocker.io/library/app:1 +exported +[0-9.]+ KiB +{app.Digest}\ndocker.io/org/multi:2 +exported +[0-9.]+ KiB +{index.Digest}\n2 of 2 images, 5 blobs and [0-9.]+ KiB carried over, {place}\n$", exported.Output);
        Assert.Equal(asked, gap.Upstream.Requests.Items.Count);

        var imported = await gap.Import(place);
        Assert.Equal((0, ""), (imported.ExitCode, imported.Error));
        Assert.Matches($"\ndocker.io/library/app:1 +imported +[0-9.]+ KiB +{app.Digest}\ndocker.io/org/multi:2 +imported +[0-9.]+ KiB +{index.Digest}\n2 of 2 images, 5 blobs and ", imported.Output);
        await gap.Pull("library/app", "1", app);
        await gap.Pull("org/multi", "2", index);
        await gap.Pull("org/multi", arm64.Digest, arm64);
        Assert.StartsWith("50", await gap.Get($"org/multi/manifests/{amd64.Digest}"), StringComparison.Ordinal);

        // The same again carries nothing over; and it is there after a restart.
        var again = await gap.ImportJson(place, "--pin");
        Assert.Equal((0, 0, 0L), (again.ExitCode, again.Blobs, again.Bytes));
        Assert.Equal(["docker.io/library/app:1 present", "docker.io/org/multi:2 present"], again.States);
        Assert.All(again.Images, image => Assert.True(image.GetProperty("pinned").GetBoolean()));
        await gap.Inside.Restart();
        await gap.Pull("library/app", "1", app);
        Assert.Equal(["mirror/library/app", "mirror/org/multi"], (await gap.Inside.Json("image", "list")).GetProperty("images").EnumerateArray().Select(image => $"{image.GetProperty("project").GetString()}/{image.GetProperty("repository").GetString()}").Order());
    }

    [Fact]
    public async Task What_went_again_to_make_room_for_the_last_is_told()
    {
        await using var gap = await AirGap.Start([("quota", "244KiB")]);
        for (var i = 0; i < 3; i++)
        {
            await gap.Fetch($"library/app-{i}", "1", ImageForge.Image([LayerForge.Random(100_000, seed: i)]));
        }

        (await gap.Export("--project", "dockerhub", "--to", gap.Folder["layout"])).OrThrow();
        var moved = await gap.ImportJson(gap.Folder["layout"]);
        var held = (await gap.Inside.Json("image", "list")).GetProperty("images").EnumerateArray().Select(image => $"docker.io/{image.GetProperty("repository").GetString()}:1").ToList();
        Assert.Equal(3, moved.ExitCode);
        Assert.Equal(held.Order(), moved.States.Where(state => state.EndsWith(" imported", StringComparison.Ordinal)).Select(state => state.Split(' ')[0]).Order());
        Assert.Contains(Enumerable.Range(0, 3), i => moved.Message(i).Contains("raise the quota of mirror", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_folder_gets_what_it_lacks_and_a_whole_project_goes_there()
    {
        await using var gap = await AirGap.Start();
        await using var proxy = new CuttingProxy(gap.Outside.Address);
        var (shared, folder) = (LayerForge.Random(300_000), gap.Folder["layout"]);
        await gap.Fetch("library/app", "1", ImageForge.Image([shared]));
        var untagged = await gap.Fetch("org/other", "1", ImageForge.Image([LayerForge.Random(50_000, seed: 2)]));
        await gap.Fetch("org/other", "1", ImageForge.Image([shared, LayerForge.Random(10_000, seed: 3)]));
        var first = await Export();
        Assert.Equal(["docker.io/library/app:1 exported", "docker.io/org/other:1 exported", $"docker.io/org/other@{untagged.Digest} exported"], first.States.Order());
        Assert.Equal(gap.Folder["layout"], Directory.GetParent(Directory.GetFiles(folder, "index.json").Single())!.FullName);
        Assert.False(Directory.Exists(Path.Combine(folder, ".roadstead")));

        // Nothing is sent but what says so.
        var sent = proxy.Down;
        var second = await Export();
        Assert.Equal((0, 0, 0L), (second.ExitCode, second.Blobs, second.Bytes));
        Assert.All(second.States, state => Assert.EndsWith(" present", state, StringComparison.Ordinal));
        Assert.InRange(proxy.Down - sent, 1, 20_000);

        var added = await gap.Fetch("library/app", "2", ImageForge.Image([shared, LayerForge.Random(20_000, seed: 4)]));
        var third = await Export();
        Assert.Equal((2, added.Blobs[0].Size + added.Layers[1].Size), (third.Blobs, third.Bytes));
        Assert.Equal(["docker.io/library/app:2 exported"], third.States.Where(state => !state.EndsWith("present", StringComparison.Ordinal)));
        var names = JsonDocument.Parse(await File.ReadAllBytesAsync(Path.Combine(folder, "index.json"), Stops)).RootElement.GetProperty("manifests").EnumerateArray()
            .Select(image => image.GetProperty("annotations").GetProperty("io.containerd.image.name").GetString()).Order();
        Assert.Equal(["docker.io/library/app:1", "docker.io/library/app:2", "docker.io/org/other:1", $"docker.io/org/other@{untagged.Digest}"], names);
        Assert.Equal(4, (await gap.ImportJson(folder)).States.Count(state => state.EndsWith(" imported", StringComparison.Ordinal)));
        await gap.Pull("org/other", untagged.Digest, untagged);

        async Task<Moved> Export()
        {
            var result = await RoadsteadCli.Run("image", "export", "--project", "docker.io", "--to", folder, "--output", "json", "--server", proxy.Address.ToString(), "--password-file", gap.Outside.StoragePath + "/admin-password");
            return AirGap.Read(result);
        }
    }

    [Fact]
    public async Task All_that_a_cluster_uses_goes_out()
    {
        await using var gap = await AirGap.Start();
        var app = await gap.Fetch("library/app", "1", ImageForge.Image([LayerForge.Random(1000)]));
        await gap.Fetch("org/unused", "1", ImageForge.Image([LayerForge.Random(1000, seed: 2)]));
        ImageReadiness[] images =
        [
            new("docker.io/library/app:1", 3, ImageState.Ready) { Project = "dockerhub", Repository = "library/app" },
            new($"docker.io/library/app@{app.Digest}", 1, ImageState.Ready) { Project = "dockerhub", Repository = "library/app" },
            new("docker.io/org/absent:1", 1, ImageState.Absent) { Project = "dockerhub", Repository = "org/absent" },
            new("ghcr.io/org/app:1", 1, ImageState.Uncovered) { Reason = "no project mirrors ghcr.io." },
        ];
        await using var stub = new ClusterStub(gap.Outside, "prod", new ClusterReadiness("api", DateTimeOffset.UnixEpoch, 2, [], images));
        var moved = AirGap.Read(await RoadsteadCli.Run(
            "image", "export", "--cluster", "prod", "--to", gap.Folder["layout"], "--output", "json", "--server", stub.Address.ToString(), "--password-file", gap.Outside.StoragePath + "/admin-password"));
        Assert.Equal((3, ""), (moved.ExitCode, moved.Error));
        Assert.Equal(["docker.io/library/app:1 exported", $"docker.io/library/app@{app.Digest} exported", "docker.io/org/absent:1 notHeld", "ghcr.io/org/app:1 notMirrored"], moved.States);
        Assert.Equal("no project mirrors ghcr.io", moved.Message(3));
        Assert.Equal(["docker.io/library/app:1 imported", $"docker.io/library/app@{app.Digest} present"], (await gap.ImportJson(gap.Folder["layout"])).States);
        await gap.Pull("library/app", "1", app);
    }

    [Fact]
    public async Task An_export_is_no_pull()
    {
        await using var gap = await AirGap.Start();
        await gap.Fetch("library/app", "1", ImageForge.Image([LayerForge.Random(1000)]));
        var before = (await gap.Outside.Json("image", "list")).GetProperty("images").ToString();
        (await gap.Export("dockerhub/app:1", "--to", gap.Folder["layout"])).OrThrow();
        Assert.Equal(before, (await gap.Outside.Json("image", "list")).GetProperty("images").ToString());
    }

    [Fact]
    public async Task What_is_held_in_part_is_named_and_the_rest_is_exported()
    {
        await using var gap = await AirGap.Start();
        await gap.Fetch("library/app", "1", ImageForge.Image([LayerForge.Random(1000)]));
        var hole = gap.Upstream.AddImage("org/hole", "1", LayerForge.Random(1000, seed: 2));
        gap.Upstream.Fault(On.Blob("org/hole", hole.Layers[0].Digest), Faults.Error(404, "BLOB_UNKNOWN"));
        Assert.Equal(1, (await gap.Outside.Type("image", "fetch", "dockerhub/org/hole:1")).ExitCode);
        var moved = await gap.ExportJson("dockerhub/org/hole:1", "dockerhub/org/none:1", "ghcr.io/org/app:1", "dockerhub/app:1", "--to", gap.Folder["layout"]);
        Assert.Equal((3, ""), (moved.ExitCode, moved.Error));
        Assert.Equal(["docker.io/org/hole:1 partial", "dockerhub/org/none:1 notHeld", "docker.io/library/app:1 exported", "ghcr.io/org/app:1 notMirrored"], moved.States);
        Assert.Contains("lacks 0 of its manifests and 1 of its blobs", moved.Message(0), StringComparison.Ordinal);
        Assert.Equal(1, (await gap.Export("dockerhub/org/none:1", "--to", gap.Folder["none.tar"])).ExitCode);
        Assert.False(File.Exists(gap.Folder["none.tar"]));
        Assert.Equal(["layout"], Directory.EnumerateFileSystemEntries(gap.Folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public async Task A_blob_that_came_in_part_goes_on_from_there_and_one_of_wrong_bytes_begins_anew()
    {
        await using var gap = await AirGap.Start();
        var image = await gap.Fetch("library/app", "1", ImageForge.Image([LayerForge.Random(900_000), LayerForge.Random(500_000, seed: 2)]));
        var partial = Directory.CreateDirectory(Path.Combine(gap.Folder["layout"], ".roadstead")).FullName;
        await File.WriteAllBytesAsync(Path.Combine(partial, image.Layers[0].Digest.Replace(':', '-')), image.Layers[0].Bytes[..700_000], Stops);
        await File.WriteAllBytesAsync(Path.Combine(partial, image.Layers[1].Digest.Replace(':', '-')), new byte[400_000], Stops);
        var moved = await gap.ExportJson("dockerhub/app:1", "--to", gap.Folder["layout"]);
        Assert.Equal(0, moved.ExitCode);
        Assert.Equal(image.Blobs.Sum(blob => blob.Size) - 700_000 + (image.Layers[1].Size - 400_000), moved.Bytes);
        Assert.All(image.Blobs, blob => Assert.Equal(blob.Bytes, File.ReadAllBytes(OciLayout.PathOf(gap.Folder["layout"], blob.Digest))));
        Assert.False(Directory.Exists(partial));
    }

    [Fact]
    public async Task Connections_that_break_cost_no_byte_twice()
    {
        await using var gap = await AirGap.Start();
        var image = await gap.Fetch("library/app", "1", ImageForge.Image([LayerForge.Random(3_000_000)]));
        await using (var proxy = new CuttingProxy(gap.Outside.Address))
        {
            proxy.CutDownAfter(1_500_000);
            var result = await RoadsteadCli.Run("image", "export", "dockerhub/app:1", "--to", gap.Folder["layout"], "--output", "json", "--server", proxy.Address.ToString(), "--password-file", gap.Outside.StoragePath + "/admin-password");
            Assert.Equal((0, image.Blobs.Sum(blob => blob.Size)), (result.ExitCode, AirGap.Read(result).Bytes));
            Assert.InRange(proxy.Down, image.Layers[0].Size, image.Layers[0].Size + 200_000);
        }

        await using var inwards = new CuttingProxy(gap.Inside.Address);
        inwards.CutUpAfter(1_500_000);
        string[] import = ["image", "import", gap.Folder["layout"], "--output", "json", "--server", inwards.Address.ToString(), "--password-file", gap.Inside.StoragePath + "/admin-password"];
        var broken = await RoadsteadCli.Run(import);
        Assert.Equal(1, broken.ExitCode);
        Assert.Contains("roadstead: The server cannot be reached: ", broken.Error, StringComparison.Ordinal);
        Assert.Equal(["docker.io/library/app:1 notReached"], AirGap.Read(broken).States);
        var moved = AirGap.Read(await RoadsteadCli.Run(import));
        Assert.Equal((0, 1, image.Layers[0].Size), (moved.ExitCode, moved.Blobs, moved.Bytes));
        await gap.Pull("library/app", "1", image);
    }

    [Fact]
    public async Task One_that_is_interrupted_says_what_goes_on()
    {
        await using var gap = await AirGap.Start();
        var image = await gap.Fetch("library/app", "1", ImageForge.Image([LayerForge.Random(3_000_000)]));
        await using var proxy = new CuttingProxy(gap.Outside.Address);
        var stalled = proxy.StallDownAfter(2_000_000);
        var folder = gap.Folder["layout"];
        await using var export = await ChildProcess.Start(
            "bash", ["-c", $"exec {RoadsteadCli.ShellWords} image export dockerhub/app:1 --to {folder} --server {proxy.Address} --password-file {gap.Outside.StoragePath}/admin-password"]);
        await stalled.WaitAsync(TimeSpan.FromMinutes(1), Stops);
        export.Interrupt();
        Assert.Equal(1, await export.Exited);
        Assert.Contains(export.Log.Items, text => text == $"roadstead: {folder}: stopped. What has come stays, and the same command goes on from there.");
        Assert.Contains(export.Log.Items, text => text.StartsWith("dockerhub/library/app:1 ", StringComparison.Ordinal) || text.StartsWith("dockerhub/app:1 ", StringComparison.Ordinal));
        var moved = await gap.ExportJson("dockerhub/app:1", "--to", folder);
        Assert.Equal((0, 1), (moved.ExitCode, moved.Blobs));
        Assert.InRange(moved.Bytes, 1, image.Layers[0].Size - 1);
        Assert.Equal(image.Digest, OciLayout.RootDigest(gap.Folder["layout"]));
    }

    [Fact]
    public async Task On_a_terminal_it_shows_how_far_it_is_and_leaves_nothing_of_that()
    {
        await using var gap = await AirGap.Start();
        await gap.Fetch("library/app", "1", ImageForge.Image([LayerForge.Random(100_000)]));
        var line = $"{RoadsteadCli.ShellWords} image export dockerhub/app:1 --to {gap.Folder["layout"]} --server {gap.Outside.Address} --password-file {gap.Outside.StoragePath}/admin-password";
        var output = (await Command.Run("script", ["-qec", $"TERM=xterm {line}", "/dev/null"], timeout: TimeSpan.FromMinutes(1))).OrThrow().Output;
        Assert.Contains("\r\x1b[K0 of 1 images looked at", output, StringComparison.Ordinal);
        Assert.Matches("\x1b\\[K1 of 1 images, [0-9.]+ KiB of [0-9.]+ KiB[^\r]*\r\x1b\\[KIMAGE ", output);
        line = $"{RoadsteadCli.ShellWords} image import {gap.Folder["layout"]} --server {gap.Inside.Address} --password-file {gap.Inside.StoragePath}/admin-password";
        output = (await Command.Run("script", ["-qec", $"TERM=xterm {line}", "/dev/null"], timeout: TimeSpan.FromMinutes(1))).OrThrow().Output;
        Assert.Matches("\x1b\\[K1 of 1 images, [0-9.]+ KiB of [0-9.]+ KiB[^\r]*\r\x1b\\[KIMAGE ", output);
    }
}
