using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Roadstead.Api;
using Roadstead.Testing.Server;

namespace Roadstead.Server.Tests.Clusters;

/// <summary>Tells a server of clusters and asks it how ready it is, as its operator.</summary>
internal static class ClusterClient
{
    public const string Prod = "/roadstead/clusters/prod";

    /// <summary>An inventory's JSON.</summary>
    public static string Inventory(IReadOnlyList<string> platforms, params IEnumerable<string> images) => JsonSerializer.Serialize(
        new ClusterInventory(DateTimeOffset.UtcNow, "list", [.. images.Select(image => new UsedImage(image, 1))], platforms), ApiJson.Default.ClusterInventory);

    /// <summary>Tells what the cluster prod uses.</summary>
    public static Task<ClusterReadiness> Uses(this TestServer server, params IEnumerable<string> images) => server.UsesOn([], images);

    /// <inheritdoc cref="Uses(TestServer, IEnumerable{string})"/>
    public static async Task<ClusterReadiness> UsesOn(this TestServer server, IReadOnlyList<string> platforms, params IEnumerable<string> images) =>
        Read(await server.Ask("PUT", Prod, Inventory(platforms, images)), ApiJson.Default.ClusterReadiness);

    /// <summary>How ready the server is for the cluster prod.</summary>
    public static async Task<ClusterReadiness> Readiness(this TestServer server) => Read(await server.Ask("GET", Prod), ApiJson.Default.ClusterReadiness);

    /// <summary>Has it fetch what the cluster prod lacks, and waits for the end.</summary>
    public static async Task<ClusterReadiness> Fetched(this TestServer server) => Last(await server.Ask("POST", Prod + "/fetch"), ApiJson.Default.ClusterFetchProgress).End!;

    /// <summary>What a drill finds.</summary>
    public static async Task<DrillReport> Drill(this TestServer server) => Last(await server.Ask("POST", Prod + "/drill"), ApiJson.Default.DrillProgress).Report!;

    public static ImageReadiness Of(this ClusterReadiness readiness, string image) => readiness.Images.Single(one => one.Image == image);

    private static T Last<T>(ManagementAnswer answer, JsonTypeInfo<T> type)
    {
        Assert.Equal(HttpStatusCode.OK, answer.Status);
        return JsonSerializer.Deserialize(answer.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1], type)!;
    }

    private static T Read<T>(ManagementAnswer answer, JsonTypeInfo<T> type)
    {
        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
        return JsonSerializer.Deserialize(answer.Text, type)!;
    }
}
