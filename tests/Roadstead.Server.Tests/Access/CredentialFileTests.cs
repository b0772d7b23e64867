using System.Net;
using Roadstead.Api;
using Roadstead.Testing;
using Roadstead.Testing.Server;

namespace Roadstead.Server.Tests.Access;

/// <summary>Where the admin's password and the node token come from.</summary>
public sealed class CredentialFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new("credentials");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_first_start_makes_both_for_their_owner_alone_and_the_next_keeps_them()
    {
        await using var server = await TestServer.Start();
        var (password, token) = (server.AdminPassword(), server.NodeToken());
        foreach (var file in new[] { "admin-password", "node-token" })
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(server.StoragePath, file)));
            await server.WaitForLog(line => line.Contains("access: made a secret", StringComparison.Ordinal) && line.Contains(file, StringComparison.Ordinal));
        }

        Assert.Matches("^[A-Za-z0-9]{32}$", password);
        Assert.Matches("^[A-Za-z0-9]{32}$", token);
        Assert.NotEqual(password, token);
        await server.Restart();
        Assert.Equal((password, token), (server.AdminPassword(), server.NodeToken()));
        Assert.Equal(HttpStatusCode.OK, await Status(server, "admin", password));
        await using var other = await TestServer.Start();
        Assert.NotEqual(password, other.AdminPassword());
    }

    [Fact]
    public async Task The_configuration_s_own_are_taken_instead_and_nothing_is_made()
    {
        await Secret("password", "pass:word ü\n");
        await Secret("token", "configured-token\n");
        await using var server = await TestServer.Start(config => config.Extra = $"admin: {{passwordFile: {_folder["password"]}}}\nnodes: {{tokenFile: {_folder["token"]}, batch: 3}}\n");
        Assert.Equal(HttpStatusCode.OK, await Status(server, "admin", "pass:word ü"));
        Assert.Equal(HttpStatusCode.OK, await Status(server, null, "configured-token"));
        Assert.False(File.Exists(Path.Combine(server.StoragePath, "admin-password")));
        Assert.False(File.Exists(Path.Combine(server.StoragePath, "node-token")));

        await server.Restart(config =>
        {
            config.Extra = $"admin: {{passwordFile: {_folder["password"]}}}\n";
            config.Environment["ROADSTEAD_NODES__TOKEN"] = "token-of-the-environment";
        });
        Assert.Equal(HttpStatusCode.OK, await Status(server, null, "token-of-the-environment"));
        Assert.Equal(HttpStatusCode.Unauthorized, await Status(server, null, "configured-token"));
    }

    [Theory]
    [InlineData("admin-password", "", UnixFileMode.UserRead, "is empty")]
    [InlineData("node-token", "hunter2\n", UnixFileMode.UserRead | UnixFileMode.OtherRead, "others may read or change (mode 0404)")]
    [InlineData("admin-password", "hunter2\n", UnixFileMode.UserRead | UnixFileMode.GroupWrite, "0600")]
    public async Task A_made_file_that_is_no_secret_any_more_keeps_the_server_from_starting(string name, string content, UnixFileMode mode, string expected)
    {
        await using var server = await TestServer.Start();
        await server.Stop();
        var file = Path.Combine(server.StoragePath, name);
        await File.WriteAllTextAsync(file, content, TestContext.Current.CancellationToken);
        File.SetUnixFileMode(file, mode);
        await Assert.ThrowsAnyAsync<Exception>(() => server.StartAgain());
        var line = await server.WaitForLog(line => line.Contains(expected, StringComparison.Ordinal));
        Assert.Contains(file, line, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", line, StringComparison.Ordinal);
    }

    private async Task Secret(string name, string text)
    {
        await File.WriteAllTextAsync(_folder[name], text, TestContext.Current.CancellationToken);
        File.SetUnixFileMode(_folder[name], UnixFileMode.UserRead | UnixFileMode.GroupRead);
    }

    private static async Task<HttpStatusCode> Status(TestServer server, string? name, string secret)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, NodeList.Path);
        request.Headers.Authorization = name is null ? new("Bearer", secret) : ManagementCredentials.Basic(name, secret);
        using var response = await server.Client.SendAsync(request, TestContext.Current.CancellationToken);
        return response.StatusCode;
    }
}
