using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.Data.Sqlite;
using Roadstead.Testing;
using Roadstead.Testing.Images;
using Roadstead.Testing.Registries;
using Roadstead.Testing.Server;
using Roadstead.Testing.Upstream;

namespace Roadstead.Server.Tests.Management;

/// <summary>Secrets of endpoints that the API takes: kept sealed, used for their URL alone, and told to nobody.</summary>
public sealed class EndpointSecretTests : IAsyncLifetime
{
    private static readonly Credential Robot = new("robot", "canary-secret");

    private FakeUpstream _upstream = null!;
    private TestServer _server = null!;

    private static CancellationToken Stops => TestContext.Current.CancellationToken;

    private string KeyFile => Path.Combine(_server.StoragePath, "secrets-key");

    public async ValueTask InitializeAsync()
    {
        _upstream = await FakeUpstream.Start();
        (_upstream.Auth.Mode, _upstream.Auth.Credential) = (AuthMode.Basic, Robot);
        _upstream.AddImage("org/app", "1", LayerForge.Random(1000));
        _server = await TestServer.Start(config => config.FreshFor = "0s");
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    [Fact]
    public async Task A_password_is_used_and_shown_nowhere()
    {
        var seen = new StringBuilder();
        seen.Append((await _server.Ask("PUT", "/roadstead/endpoints/mine", Endpoint(password: true))).Text);
        seen.Append((await _server.Ask("PUT", "/roadstead/projects/mine", """{"endpoint": "mine", "public": true}""")).Text);
        Assert.Equal(HttpStatusCode.OK, await Pull());
        foreach (var body in new[] { """{"password": ["canary-secret"]}""", """{"password": {"canary-secret": 1}}""", """{"registry": "a", "url": "http://x:canary-secret@a.example"}""", "canary-secret", """{"password": canary-secret}""", """{"clientKey": "canary-secret", "clientCertificate": "canary-secret"}""" })
        {
            seen.Append((await _server.Ask("PUT", "/roadstead/endpoints/other", body)).Text).Append((await _server.Ask("POST", "/roadstead/endpoints/mine/test", body)).Text);
        }

        foreach (var path in new[] { "/roadstead/endpoints", "/roadstead/endpoints/mine", "/roadstead/projects", "/roadstead/mirrors" })
        {
            seen.Append((await _server.Ask("GET", path)).Text);
        }

        seen.Append((await _server.Ask("POST", "/roadstead/endpoints/mine/test")).Text).Append(await _server.Client.GetStringAsync(new Uri("/metrics", UriKind.Relative), Stops));
        await _server.Stop();
        AssertNone(seen.ToString(), "an answer");
        Assert.All(_server.Log.Items, line => AssertNone(line, "the log"));
        var files = Directory.EnumerateFiles(_server.StoragePath, "*", SearchOption.AllDirectories).ToList();
        Assert.Contains(KeyFile, files);
        foreach (var file in files)
        {
            AssertNone(Encoding.Latin1.GetString(await File.ReadAllBytesAsync(file, Stops)), file);
        }

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(KeyFile));
        await _server.StartAgain();
        _upstream.AddImage("org/other", "1", LayerForge.Random(1000, seed: 2));
        Assert.Equal(HttpStatusCode.OK, await Pull("other"));
    }

    /// <summary>The key is made at the first need: a server that keeps no secret has no file that looks as if it did.</summary>
    [Fact]
    public async Task Without_a_secret_there_is_no_key()
    {
        await _server.Ask("PUT", "/roadstead/endpoints/mine", Endpoint(user: false));
        Assert.False(File.Exists(KeyFile));
    }

    [Fact]
    public async Task A_saved_password_is_never_sent_to_another_URL()
    {
        await using var evil = await FakeUpstream.Start();
        (evil.Auth.Mode, evil.Auth.Credential) = (AuthMode.Basic, new Credential("robot", "its own"));
        await Make();
        foreach (var (method, path) in new[] { ("PUT", "/roadstead/endpoints/mine"), ("POST", "/roadstead/endpoints/mine/test") })
        {
            var answer = await _server.Ask(method, path, Endpoint(evil.Address));
            Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
            Assert.StartsWith("password: is missing beside username; a saved one is used on only while url stays the same", Assert.Single(answer.Errors), StringComparison.Ordinal);
        }

        // Without the user name, which says that there is to be none.
        Assert.Equal(HttpStatusCode.OK, (await _server.Ask("PUT", "/roadstead/endpoints/mine", Endpoint(evil.Address, user: false))).Status);
        await Pull();
        Assert.NotEmpty(evil.Requests.Items);
        Assert.DoesNotContain(evil.Requests.Items, request => request.HasAuthorization);

        // Back at its own URL it is not taken up again either.
        Assert.Equal(HttpStatusCode.BadRequest, (await _server.Ask("PUT", "/roadstead/endpoints/mine", Endpoint())).Status);
    }

    [Fact]
    public async Task A_row_that_was_changed_in_the_database_takes_no_password_elsewhere()
    {
        await using var evil = await FakeUpstream.Start();
        (evil.Auth.Mode, evil.Auth.Credential) = (AuthMode.Basic, new Credential("robot", "its own"));
        await Make();
        await _server.Stop();
        Execute($"UPDATE endpoint SET settings = replace(settings, '{_upstream.Authority}', '{evil.Authority}') WHERE name = 'mine'");
        await _server.StartAgain();
        await Pull();
        Assert.NotEmpty(evil.Requests.Items);
        Assert.DoesNotContain(evil.Requests.Items, request => request.HasAuthorization);
        Assert.Contains(_server.Log.Items, line => line.Contains("ALERT endpoint secret lost endpoint=mine", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Without_its_key_an_endpoint_is_asked_without_a_credential_until_that_is_given_anew()
    {
        await Make();
        await _server.Stop();
        File.Delete(KeyFile);
        var before = _upstream.Requests.Items.Count;
        await _server.StartAgain();
        await _server.WaitForLog(line => line.Contains("ALERT endpoint secret lost endpoint=mine", StringComparison.Ordinal) && line.Contains("secrets-key is gone", StringComparison.Ordinal));
        Assert.False(File.Exists(KeyFile));
        _upstream.AddImage("org/other", "1", LayerForge.Random(1000, seed: 2));
        Assert.Equal(HttpStatusCode.Forbidden, await Pull("other"));
        Assert.DoesNotContain(_upstream.Requests.Items.Skip(before), request => request.HasAuthorization);
        var lost = (await _server.Ask("GET", "/roadstead/endpoints/mine")).Json;
        Assert.Equal((true, false), ((bool)lost["secretLost"]!, (bool)lost["hasPassword"]!));
        Assert.Equal(HttpStatusCode.OK, (await _server.Ask("PUT", "/roadstead/endpoints/mine", Endpoint(password: true))).Status);

        // That it was just refused is not held against the pull that comes with a credential.
        Assert.Equal(HttpStatusCode.OK, await Pull("other"));
        await _server.Restart();
        Assert.False((bool)(await _server.Ask("GET", "/roadstead/endpoints/mine")).Json["secretLost"]!);
    }

    [Fact]
    public async Task A_key_that_others_may_read_is_not_used()
    {
        await Make();
        await _server.Stop();
        File.SetUnixFileMode(KeyFile, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        await _server.StartAgain();
        await _server.WaitForLog(line => line.Contains("ALERT endpoint secret lost endpoint=mine", StringComparison.Ordinal) && line.Contains("0600", StringComparison.Ordinal));
        var answer = await _server.Ask("PUT", "/roadstead/endpoints/mine", Endpoint(password: true));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.Status);
        Assert.Contains("secrets-key", Assert.Single(answer.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_certificate_is_shown_to_its_registry_and_its_key_to_nobody()
    {
        using var authority = new TestAuthority();
        using var certificate = authority.Issue();
        var key = certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem();
        string Body(string? keyPem, bool alone = false) => System.Text.Json.JsonSerializer.Serialize(new Dictionary<string, object?>
        {
            ["registry"] = "registry.example", ["url"] = "https://registry.example", ["clientCertificate"] = alone ? null : certificate.ExportCertificatePem(), ["clientKey"] = keyPem, ["caCertificate"] = authority.Pem,
        });
        var made = await _server.Ask("PUT", "/roadstead/endpoints/mine", Body(key));
        Assert.Equal(HttpStatusCode.Created, made.Status);
        Assert.True((bool)made.Json["hasClientKey"]!);
        Assert.DoesNotContain("PRIVATE", made.Text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await _server.Ask("PUT", "/roadstead/endpoints/mine", Body(null))).Status);
        using var other = System.Security.Cryptography.ECDsa.Create();
        Assert.StartsWith("clientKey: holds no key that belongs to clientCertificate", Assert.Single((await _server.Ask("PUT", "/roadstead/endpoints/mine", Body(other.ExportPkcs8PrivateKeyPem()))).Errors), StringComparison.Ordinal);
        Assert.StartsWith("clientCertificate: is missing", Assert.Single((await _server.Ask("PUT", "/roadstead/endpoints/mine", Body(key, alone: true))).Errors), StringComparison.Ordinal);
        await _server.Restart();
        Assert.True((bool)(await _server.Ask("GET", "/roadstead/endpoints/mine")).Json["hasClientKey"]!);
    }

    [Fact]
    public async Task A_registry_that_asks_for_a_certificate_gets_the_endpoint_s()
    {
        using var authority = new TestAuthority();
        using var certificate = authority.Issue();
        await _upstream.Stop();
        (_upstream.Origin.Certificate, _upstream.Origin.AsksForClientCertificate, _upstream.Auth.Mode) = (certificate, true, AuthMode.None);
        await _upstream.StartAgain();
        using var client = authority.Issue(name: "client.example");
        var body = System.Text.Json.JsonSerializer.Serialize(new Dictionary<string, object?>
        {
            ["registry"] = "registry.example", ["url"] = _upstream.Address.ToString().TrimEnd('/'), ["allowPrivateAddresses"] = true, ["caCertificate"] = authority.Pem,
            ["clientCertificate"] = client.ExportCertificatePem(), ["clientKey"] = client.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem(),
        });
        Assert.Equal(HttpStatusCode.Created, (await _server.Ask("PUT", "/roadstead/endpoints/mine", body)).Status);
        Assert.Equal(HttpStatusCode.Created, (await _server.Ask("PUT", "/roadstead/projects/mine", """{"endpoint": "mine", "public": true}""")).Status);
        await _server.Restart();
        Assert.Equal(HttpStatusCode.OK, await Pull());
        Assert.All(_upstream.Requests.Items, request => Assert.Equal(client.Thumbprint, request.ClientThumbprint));
    }

    private async Task Make()
    {
        Assert.Equal(HttpStatusCode.Created, (await _server.Ask("PUT", "/roadstead/endpoints/mine", Endpoint(password: true))).Status);
        Assert.Equal(HttpStatusCode.Created, (await _server.Ask("PUT", "/roadstead/projects/mine", """{"endpoint": "mine", "public": true}""")).Status);
        Assert.Equal(HttpStatusCode.OK, await Pull());
    }

    private string Endpoint(Uri? url = null, bool user = true, bool password = false) =>
        $$"""{"registry": "registry.example", "url": "{{(url ?? _upstream.Address).ToString().TrimEnd('/')}}", "allowPrivateAddresses": true{{(user ? $", \"username\": \"{Robot.Username}\"" : "")}}{{(password ? $", \"password\": \"{Robot.Password}\"" : "")}}}""";

    private async Task<HttpStatusCode> Pull(string name = "app")
    {
        using var response = await _server.Client.GetAsync(new Uri($"/v2/mine/org/{name}/manifests/1", UriKind.Relative), Stops);
        return response.StatusCode;
    }

    private void Execute(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(_server.StoragePath, "roadstead.db")};Pooling=false");
        connection.Open();
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // A test's own.
        command.CommandText = sql;
#pragma warning restore CA2100
        Assert.Equal(1, command.ExecuteNonQuery());
    }

    private static void AssertNone(string text, string where)
    {
        foreach (var secret in new[] { Robot.Password, Robot.Basic["Basic ".Length..] })
        {
            Assert.False(text.Contains(secret, StringComparison.Ordinal), $"{where} shows {secret}");
        }
    }
}
