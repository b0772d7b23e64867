using System.Net;
using Roadstead.Testing.Server;

namespace Roadstead.Server.Tests.Management;

/// <summary>What is said of endpoints and projects that are not there.</summary>
public sealed class UnknownNameTests : IAsyncLifetime
{
    private TestServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await TestServer.Start();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData("GET", "projects/none", "There is no project none.")]
    [InlineData("DELETE", "projects/none", "There is no project none.")]
    [InlineData("POST", "projects/none/retention", "There is no project none.")]
    [InlineData("GET", "endpoints/none", "There is no endpoint none.")]
    [InlineData("DELETE", "endpoints/none", "There is no endpoint none.")]
    [InlineData("POST", "endpoints/none/test", "There is no endpoint none.")]
    [InlineData("GET", "projects/no%0Asuch", "There is no project of that name.")]
    [InlineData("GET", "endpoints/%1B%5B2J", "There is no endpoint of that name.")]
    public async Task A_name_that_nothing_has_is_told_and_one_that_nothing_can_have_is_not(string method, string path, string message)
    {
        var answer = await _server.Ask(method, "/roadstead/" + path);
        Assert.Equal((HttpStatusCode.NotFound, message), (answer.Status, Assert.Single(answer.Errors)));
    }
}
