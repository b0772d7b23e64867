using System.Security.Cryptography;
using Microsoft.Data.Sqlite;
using Roadstead.Testing.Images;

namespace Roadstead.Server.Tests.Hosting;

/// <summary>SIGKILL at any moment under load: what is on the disk afterwards is whole, and every row is true.</summary>
public class KillTests
{
    private const int ImagesARound = 6;

    [Fact]
    public Task Twenty_times() => Kill(20);

    [Fact]
    [Trait("Length", "Long")]
    public Task Three_hundred_times() => Kill(300);

    private static async Task Kill(int times)
    {
        await using var world = await World.Start();
        var random = new Random(1);
        for (var round = 0; round < times; round++)
        {
            var images = Enumerable.Range(0, ImagesARound).Select(i => (Name: $"app-{round}-{i}", Image: world.Upstream.AddImage(
                $"library/app-{round}-{i}", "1", LayerForge.Random(random.Next(1, 3_000_000), seed: (round * 1000) + i), LayerForge.Random(200_000, seed: 7)))).ToList();
            var pulls = images.ConvertAll(image => Pull(world, image.Name, image.Image));

            // Somewhere between nothing and all of it is there: after so many answers as chance says.
            var answers = random.Next(0, 4 * ImagesARound);
            await world.Server.WaitForLog(line => line.Contains($"repository=library/app-{round}-", StringComparison.Ordinal), answers);
            await world.Server.Kill();
            await Task.WhenAll(pulls);
            CheckFiles(world.Server.StoragePath);
            await world.Server.StartAgain();
            Assert.Empty(Directory.EnumerateFiles(Path.Combine(world.Server.StoragePath, "spool")));
            CheckRows(world.Server.StoragePath);

            // What was cut off is pulled as if nothing had been.
            var (name, whole) = images[random.Next(images.Count)];
            await world.Pull($"dockerhub/{name}", "1", whole);
        }
    }

    private static async Task Pull(World world, string name, ForgedManifest image)
    {
        try
        {
            await world.Pull($"dockerhub/{name}", "1", image);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            // It was killed.
        }
    }

    /// <summary>Every file under its name hashes to it, whether or not a row knows of it.</summary>
    private static void CheckFiles(string storage)
    {
        foreach (var file in Directory.EnumerateFiles(Path.Combine(storage, "blobs"), "*", SearchOption.AllDirectories))
        {
            using var stream = File.OpenRead(file);
            Assert.Equal(Path.GetFileName(file), Convert.ToHexStringLower(SHA256.HashData(stream)));
        }
    }

    private static void CheckRows(string storage)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(storage, "roadstead.db")};Mode=ReadOnly;Pooling=False");
        connection.Open();
        using var check = connection.CreateCommand();
        check.CommandText = "PRAGMA integrity_check";
        Assert.Equal("ok", check.ExecuteScalar());
        foreach (var (digest, size) in Rows(connection, "SELECT digest, size FROM blob"))
        {
            Assert.Equal(size, new FileInfo(Path.Combine(storage, "blobs", "sha256", digest[7..9], digest[7..])).Length);
        }

        foreach (var (digest, _) in Rows(connection, "SELECT t.digest, 0 FROM tag t LEFT JOIN manifest m ON m.digest = t.digest WHERE m.digest IS NULL"))
        {
            Assert.Fail($"a tag names {digest}, which is not held");
        }
    }

    private static List<(string Digest, long Size)> Rows(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Literals of this class.
        command.CommandText = sql;
#pragma warning restore CA2100
        using var reader = command.ExecuteReader();
        var rows = new List<(string, long)>();
        while (reader.Read())
        {
            rows.Add((reader.GetString(0), reader.GetInt64(1)));
        }

        return rows;
    }
}
