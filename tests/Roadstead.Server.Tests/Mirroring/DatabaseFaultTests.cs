using System.Net;
using System.Text;
using Microsoft.Data.Sqlite;
using Roadstead.Testing.Images;
using Roadstead.Testing.Upstream;

namespace Roadstead.Server.Tests.Mirroring;

/// <summary>A database that is lost or damaged, while it is in use or before a start: pulls work, and what was right is kept.</summary>
public class DatabaseFaultTests
{
    private const int Images = 60;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task One_that_is_lost_costs_no_pull_and_no_blob(bool isNonsense)
    {
        await using var world = await World.Start("0s");
        var image = world.Upstream.AddImage("library/app", "1", LayerForge.Random(3_000_000));
        await world.Pull("dockerhub/app", "1", image);
        await world.Stored(image.Blobs.Select(blob => blob.Digest));
        foreach (var file in Directory.EnumerateFiles(world.Server.StoragePath, "roadstead.db*"))
        {
            File.Delete(file);
        }

        var other = world.Upstream.AddImage("library/other", "1", LayerForge.Random(1000, seed: 2));
        await world.Pull("dockerhub/app", "1", image);
        await world.Pull("dockerhub/other", "1", other);
        await world.Server.WaitForLog(line => line.Contains("ALERT database lost", StringComparison.Ordinal));
        Assert.Contains("ready\nthe database was deleted", await Ready(world), StringComparison.Ordinal);
        await world.Server.Kill();
        if (isNonsense)
        {
            await File.WriteAllTextAsync(Database(world), new string('x', 50_000), TestContext.Current.CancellationToken);
        }

        await world.Server.StartAgain();
        Assert.Equal(isNonsense, world.Server.Log.Items.Any(line => line.Contains("ALERT database repaired", StringComparison.Ordinal)));
        await world.Pull("dockerhub/app", "1", image);
        await world.Pull("dockerhub/app", "1", image);
        Assert.Equal(1, world.Upstream.CountBlobGets("library/app", image.Layers[0].Digest));
        AssertNoFault(world);
    }

    [Fact]
    public async Task A_blob_that_was_shortened_while_no_row_knew_its_size_is_fetched_anew()
    {
        await using var world = await World.Start();
        var image = world.Upstream.AddImage("library/app", "1", LayerForge.Random(3_000_000));
        await world.Pull("dockerhub/app", "1", image);
        await world.Stored(image.Blobs.Select(blob => blob.Digest));
        await world.Server.Stop();
        File.Delete(Database(world));
        await using (var file = File.OpenWrite(Directory.EnumerateFiles(Path.Combine(world.Server.StoragePath, "blobs"), image.Layers[0].Digest[7..], SearchOption.AllDirectories).Single()))
        {
            file.SetLength(1_000_000);
        }

        await world.Server.StartAgain();
        await world.Pull("dockerhub/app", "1", image);
        Assert.Equal(2, world.Upstream.CountBlobGets("library/app", image.Layers[0].Digest));
        await world.Server.WaitForLog(line => line.Contains($"ALERT damaged blob digest={image.Layers[0].Digest}", StringComparison.Ordinal));
    }

    /// <summary>Neither an upstream that answers nonsense nor a manifest, which anyone may write, says what a file is worth; its hash does.</summary>
    [Theory]
    [InlineData("app")]
    [InlineData("evil")]
    public async Task A_wrong_size_that_someone_tells_takes_no_blob_away(string repository)
    {
        await using var world = await World.Start();
        var layer = LayerForge.Random(3_000_000);
        var image = world.Upstream.AddImage("library/app", "1", layer);
        await world.Pull("dockerhub/app", "1", image);
        await world.Stored(image.Blobs.Select(blob => blob.Digest));
        await world.Server.Stop();
        File.Delete(Database(world));
        await world.Server.StartAgain();
        world.Upstream.AddBlob("library/evil", layer.Digest, layer.Bytes);
        world.Upstream.AddManifest("library/evil", "1", Media.OciManifest, Encoding.UTF8.GetBytes(
            $$"""{"schemaVersion":2,"mediaType":"{{Media.OciManifest}}","layers":[{"mediaType":"application/octet-stream","digest":"{{layer.Digest}}","size":12}]}"""));
        world.Upstream.Fault(On.Blob().Get(), Faults.Status(500));
        if (repository == "app")
        {
            world.Upstream.Fault(On.Blob().Head(), Faults.Body(_ => []));
        }
        else
        {
            Assert.Equal(HttpStatusCode.OK, (await world.Get("dockerhub/evil/manifests/1", HttpMethod.Head)).StatusCode);
        }

        Assert.Equal(new Got(HttpStatusCode.OK, "hit", layer.Digest), await world.Read($"dockerhub/{repository}/blobs/{layer.Digest}"));

        // Looked at once, it has its row again.
        await world.Upstream.Stop();
        Assert.Equal(new Got(HttpStatusCode.OK, "hit", layer.Digest), await world.Read($"dockerhub/{repository}/blobs/{layer.Digest}"));
        Assert.DoesNotContain(world.Server.Log.Items, line => line.Contains("ALERT damaged", StringComparison.Ordinal));
        await world.Server.Stop();
        StoreCheck.AssertRight(world.Server.StoragePath);
    }

    [Fact]
    public async Task One_that_cannot_be_read_takes_no_server_out_of_service()
    {
        await using var world = await World.Start("0s");
        var image = world.Upstream.AddImage("library/app", "1", LayerForge.Random(100_000));
        await world.Pull("dockerhub/app", "1", image);
        await world.Stored(image.Blobs.Select(blob => blob.Digest));
        Assert.Equal("ready\n", await Ready(world));

        // Another's write has the server read its pages anew.
        Scalar(Database(world), "CREATE TABLE other (a)");
        Scalar(Database(world), "PRAGMA wal_checkpoint(TRUNCATE)");
        var size = new FileInfo(Database(world)).Length;
        await using (var file = new FileStream(Database(world), FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            await file.WriteAsync(LayerForge.RandomBytes((int)size), TestContext.Current.CancellationToken);
        }

        Assert.StartsWith("ready\nthe database cannot be read: ", await Ready(world), StringComparison.Ordinal);
        await world.Pull("dockerhub/app", "1", image);
        AssertNoFault(world);
    }

    [Fact]
    public async Task One_that_is_damaged_costs_no_pull_and_is_repaired_at_the_next_start()
    {
        await using var world = await World.Start();
        var images = Enumerable.Range(0, Images).Select(i => (Name: $"app-{i}", Image: world.Upstream.AddImage(
            $"library/app-{i}", "1", LayerForge.Random(1000, seed: i), LayerForge.Random(900, seed: -i)))).ToList();
        foreach (var (name, image) in images)
        {
            await world.Pull($"dockerhub/{name}", "1", image);
        }

        await world.Stored(images.SelectMany(image => image.Image.Blobs).Select(blob => blob.Digest).Distinct());
        Assert.Equal(0, await world.Server.Stop());
        Damage(Database(world));
        await world.Server.StartAgain();
        foreach (var (name, image) in images)
        {
            await world.Pull($"dockerhub/{name}", "1", image);
        }

        await world.Server.WaitForLog(line => line.Contains("ALERT database damaged", StringComparison.Ordinal));
        AssertNoFault(world);

        await world.Server.Restart();
        await world.Server.WaitForLog(line => line.Contains("ALERT database repaired", StringComparison.Ordinal));
        Assert.Equal("ok", Scalar(Database(world), "PRAGMA integrity_check"));
        Assert.NotEmpty(Directory.EnumerateFiles(world.Server.StoragePath, "roadstead.db.damaged-*"));
        var kept = Convert.ToInt32(Scalar(Database(world), "SELECT COUNT(*) FROM manifest"), System.Globalization.CultureInfo.InvariantCulture);
        Assert.InRange(kept, Images / 3, Images);

        // What was kept needs no upstream; and with it, the rest is whole again, from the blobs that are there.
        foreach (var (name, image) in images)
        {
            await world.Pull($"dockerhub/{name}", "1", image);
        }

        Assert.All(images, image => Assert.Equal(1, world.Upstream.CountBlobGets($"library/{image.Name}", image.Image.Layers[0].Digest)));
        AssertNoFault(world);
    }

    [Fact]
    public async Task A_manifest_that_changed_in_it_is_fetched_anew()
    {
        await using var world = await World.Start();
        var image = world.Upstream.AddImage("library/app", "1", LayerForge.Random(1000));
        await world.Pull("dockerhub/app", "1", image);
        await world.Server.Stop();
        Scalar(Database(world), "UPDATE manifest SET bytes = CAST(replace(CAST(bytes AS TEXT), '\"size\"', '\"sIze\"') AS BLOB)");
        await world.Server.StartAgain();
        await world.Pull("dockerhub/app", "1", image);
        await world.Server.WaitForLog(line => line.Contains($"ALERT damaged manifest digest={image.Digest}", StringComparison.Ordinal));
        await world.Server.Restart();
        await world.Upstream.Stop();
        await world.Pull("dockerhub/app", "1", image);
    }

    [Fact]
    public async Task One_that_another_program_locks_keeps_the_server_from_starting_and_it_says_so()
    {
        await using var world = await World.Start();
        await world.Server.Stop();
        await using var other = new SqliteConnection($"Data Source={Database(world)};Pooling=False");
        await other.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = other.CreateCommand();
        command.CommandText = "PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE";
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        await Assert.ThrowsAnyAsync<InvalidOperationException>(() => world.Server.StartAgain());
        Assert.Contains(world.Server.Log.Items, line => line.Contains("roadstead.db", StringComparison.Ordinal) && line.Contains("locked", StringComparison.Ordinal));
        Assert.DoesNotContain(world.Server.Log.Items, line => line.Contains("Unhandled", StringComparison.Ordinal));
    }

    private static async Task<string> Ready(World world)
    {
        using var response = await world.Server.Client.GetAsync(new Uri("/healthz/ready", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
    }

    private static string Database(World world) => Path.Combine(world.Server.StoragePath, "roadstead.db");

    /// <summary>Overwrites a part in the middle, as a disk does that loses a sector or a file system that lost its way.</summary>
    private static void Damage(string file)
    {
        using var stream = File.Open(file, FileMode.Open);
        var page = new byte[4096];
        new Random(1).NextBytes(page);
        for (var position = stream.Length / 2 / page.Length * page.Length; position < stream.Length * 5 / 8; position += page.Length)
        {
            stream.Position = position;
            stream.Write(page);
        }
    }

    private static object? Scalar(string file, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={file};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Literals of this class.
        command.CommandText = sql;
#pragma warning restore CA2100
        return command.ExecuteScalar();
    }

    private static void AssertNoFault(World world) =>
        Assert.DoesNotContain(world.Server.Log.Items, line => line.Contains("status=5", StringComparison.Ordinal) || line.Contains("server fault", StringComparison.Ordinal));
}
