using System.Net.Http.Headers;
using Roadstead.Testing.Images;

namespace Roadstead.Server.Tests.Registry;

public class RangeTests
{
    [Theory]
    [InlineData("bytes=0-0", 206, "bytes 0-0/1000")]
    [InlineData("bytes=990-", 206, "bytes 990-999/1000")]
    [InlineData("bytes=-10", 206, "bytes 990-999/1000")]
    [InlineData("bytes=-5000", 206, "bytes 0-999/1000")]
    [InlineData("bytes=5-5000", 206, "bytes 5-999/1000")]
    [InlineData("bytes=-0", 416, "bytes */1000")]
    [InlineData("bytes=5-2", 416, "bytes */1000")]
    [InlineData("bytes=1000-", 416, "bytes */1000")]
    [InlineData("bytes=99999999999999999999-", 416, "bytes */1000")]
    [InlineData("lines=1-2", 200, null)]
    public async Task Parts_of_a_held_blob(string range, int status, string? contentRange)
    {
        await using var world = await World.Start();
        var blob = LayerForge.RandomBytes(1000);
        var digest = world.Upstream.AddBlob("library/app", blob);
        await world.Read($"dockerhub/library/app/blobs/{digest}");
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/v2/dockerhub/library/app/blobs/{digest}");
        request.Headers.TryAddWithoutValidation("Range", range);
        using var response = await world.Server.Client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal((status, contentRange), ((int)response.StatusCode, response.Content.Headers.ContentRange?.ToString()));
        if (status == 206)
        {
            var given = response.Content.Headers.ContentRange!;
            Assert.Equal(blob[(int)given.From!..((int)given.To! + 1)], await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        }
    }

    [Fact]
    public async Task A_client_that_has_it_is_told_so()
    {
        await using var world = await World.Start();
        var image = world.Upstream.AddImage("library/app", "1", LayerForge.Random(100));
        await world.Pull("dockerhub/library/app", "1", image);
        foreach (var path in new[] { $"manifests/{image.Digest}", $"blobs/{image.Layers[0].Digest}" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"/v2/dockerhub/library/app/{path}");
            request.Headers.IfNoneMatch.Add(new EntityTagHeaderValue($"\"{path.Split('/')[1]}\""));
            using var response = await world.Server.Client.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.Equal(304, (int)response.StatusCode);
        }
    }
}
