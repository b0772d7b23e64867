using System.Net;
using Roadstead.Server.Tests.Retention;
using Roadstead.Testing;
using Roadstead.Testing.Clouds;
using Roadstead.Testing.Images;
using Roadstead.Testing.Registries;
using Roadstead.Testing.Server;
using Roadstead.Testing.Upstream;

namespace Roadstead.Server.Tests.Projects;

/// <summary>An endpoint of Amazon ECR: a real registry whose password changes, and the API that hands it out to who signs for it.</summary>
public sealed class EcrTests : IAsyncLifetime
{
    private readonly List<ForgedManifest> _images = [];
    private AwsStub _aws = null!;
    private DockerRegistry _registry = null!;
    private TestServer? _server;

    private static CancellationToken Stops => TestContext.Current.CancellationToken;

    private TestServer Server => _server ?? throw new InvalidOperationException("There is no server yet.");

    public async ValueTask InitializeAsync()
    {
        _aws = await AwsStub.Start();
        _aws.Password = "canary-password-1";
        _registry = await DockerRegistry.Start(new Credential("AWS", _aws.Password));
        for (var seed = 1; seed <= 4; seed++)
        {
            var image = ImageForge.Image([LayerForge.Random(1000, seed)]);
            _images.Add(image);
            await _registry.Push($"org/app{seed}", "1", image);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        await _registry.DisposeAsync();
        await _aws.DisposeAsync();
    }

    [Fact]
    public async Task A_key_is_given_for_the_registry_s_password_once_for_all_who_pull()
    {
        await Start(Key());
        await Task.WhenAll(Enumerable.Range(1, 4).Select(async app => Assert.Equal(HttpStatusCode.OK, await Pull(app))));
        Assert.Single(_aws.Given.Items);
        Assert.DoesNotContain("X-Amz-Security-Token", _aws.Given.Items[0].Headers.Keys);
    }

    [Fact]
    public async Task A_password_that_the_registry_refuses_before_its_time_is_given_for_another()
    {
        await Start(Key());
        Assert.Equal(HttpStatusCode.OK, await Pull(1));
        _aws.Password = "canary-password-2";
        await _registry.Rotate(new Credential("AWS", _aws.Password));
        Assert.Equal(HttpStatusCode.OK, await Pull(2));
        Assert.Equal(HttpStatusCode.OK, await Pull(3));
        Assert.Equal(2, _aws.Given.Items.Count);
    }

    [Fact]
    public async Task A_password_that_runs_out_is_replaced_before_anybody_waits_for_it()
    {
        _aws.Life = TimeSpan.FromSeconds(2);
        await Start(Key());
        Assert.Equal(HttpStatusCode.OK, await Pull(1));
        await StoreClient.Until(async () => await Pull(2) == HttpStatusCode.OK && _aws.Given.Items.Count >= 3);
        Assert.DoesNotContain(Server.Log.Items, line => line.Contains("upstream fault", StringComparison.Ordinal));
    }

    [Fact]
    public async Task While_the_API_is_away_a_password_is_used_on_and_without_one_what_is_held_is_served()
    {
        await Start(Key());
        Assert.Equal(HttpStatusCode.OK, await Pull(1));
        foreach (var blob in _images[0].Blobs)
        {
            await Server.WaitForLog(line => line.Contains("stored blob", StringComparison.Ordinal) && line.Contains(blob.Digest, StringComparison.Ordinal));
        }

        await _aws.Host.Stop();
        Assert.Equal(HttpStatusCode.OK, await Pull(2));
        await Server.Restart();
        Assert.Equal(HttpStatusCode.OK, await Pull(1));
        var (status, body) = await Ask(3);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Contains($"the token service {_aws.Host.Authority} (ECR) cannot be reached", body, StringComparison.Ordinal);
        Assert.DoesNotContain(Server.Log.Items, line => line.Contains("endpoint down", StringComparison.Ordinal));
        await _aws.Host.Start();
        await StoreClient.Until(async () => await Pull(3) == HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("the wrong secret", "refused", "refuses the access key (400, InvalidSignatureException): the secret is not the key's")]
    [InlineData("another key", "refused", "refuses the access key (400, UnrecognizedClientException): it knows no such key")]
    [InlineData("no right", "refused", "AccessDeniedException): it may not ecr:GetAuthorizationToken")]
    [InlineData("a clock", "refused", "the clock of this machine is 60 minutes ahead of its own")]
    [InlineData("away", "unreachable", "what it needs does not: the token service")]
    [InlineData("hung", "unreachable", "(ECR) did not answer in time")]
    [InlineData("failing", "unreachable", "(ECR) answered 500")]
    [InlineData("nonsense", "unreachable", "(ECR) sent no token")]
    [InlineData("another password", "refused", "refuses access (401)")]
    public async Task A_test_tells_which_half_failed_and_shows_no_secret(string fault, string result, string said)
    {
        await Start(Key());
        await Break(fault);
        var endpoint = Endpoint(fault == "another key" ? "AKIDOTHER" : AwsStub.KeyId, fault == "the wrong secret" ? "canary-wrong" : AwsStub.Secret);
        var answer = await Server.Ask("POST", "/roadstead/endpoints/mine/test", endpoint);
        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
        Assert.Contains(said, (string)answer.Json["message"]!, StringComparison.Ordinal);
        Assert.Equal(result, (string)answer.Json["result"]!);
        Assert.DoesNotContain("canary", answer.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(AwsStub.Secret, answer.Text, StringComparison.Ordinal);

        _aws.Host.Thaw();
        Assert.Equal(HttpStatusCode.Created, (await Server.Ask("PUT", "/roadstead/endpoints/mine", endpoint)).Status);
        Assert.Equal(HttpStatusCode.Created, (await Server.Ask("PUT", "/roadstead/projects/mine", """{"endpoint": "mine", "public": true}""")).Status);
        await Server.Client.GetAsync(new Uri("/v2/mine/org/app1/manifests/1", UriKind.Relative), Stops);
        foreach (var secret in new[] { "canary", AwsStub.Secret })
        {
            Assert.DoesNotContain(Server.Log.Items, line => line.Contains(secret, StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("environment")]
    [InlineData("container")]
    [InlineData("web identity")]
    public async Task Without_a_key_it_is_found_where_AWS_s_programs_find_theirs(string where)
    {
        using var folder = new TemporaryFolder("identity");
        await File.WriteAllTextAsync(folder["token"], "canary-identity", Stops);
        await Start([], environment =>
        {
            foreach (var (name, value) in where switch
            {
                "environment" => [("AWS_ACCESS_KEY_ID", AwsStub.KeyId), ("AWS_SECRET_ACCESS_KEY", AwsStub.Secret)],
                "container" => [("AWS_CONTAINER_CREDENTIALS_FULL_URI", new Uri(_aws.Address, "/container").ToString())],
                _ => new[] { ("AWS_WEB_IDENTITY_TOKEN_FILE", folder["token"]), ("AWS_ROLE_ARN", "arn:aws:iam::012345678901:role/puller"), ("AWS_ENDPOINT_URL_STS", _aws.Address.ToString()) },
            })
            {
                environment[name] = value;
            }
        });
        Assert.Equal(HttpStatusCode.OK, await Pull(1));
        Assert.Equal(where == "environment" ? null : AwsStub.Session, _aws.Given.Items[0].Headers.GetValueOrDefault("X-Amz-Security-Token"));
    }

    [Fact]
    public async Task Without_any_key_the_message_says_where_one_was_looked_for()
    {
        await Start([]);
        var (status, body) = await Ask(1);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Contains("no access key of AWS is to be had", body, StringComparison.Ordinal);
    }

    private async Task Break(string fault)
    {
        switch (fault)
        {
            case "no right":
                _aws.Refuses = "com.amazonaws.ecr#AccessDeniedException";
                break;
            case "a clock":
                _aws.Refuses = "InvalidSignatureException";
                _aws.Host.Fault(On.Any, Faults.Headers(("Date", TimeProvider.System.GetUtcNow().AddHours(-1).ToString("R"))));
                break;
            case "away":
                await _aws.Host.Stop();
                break;
            case "hung":
                _aws.Host.Freeze();
                break;
            case "failing":
                _aws.Host.Fault(On.Any, Faults.Status(500, "canary-body"));
                break;
            case "nonsense":
                _aws.Host.Fault(On.Any, Faults.Status(200, """{"authorizationData": [{"authorizationToken": "canary-body"}]}""", "application/json"));
                break;
            case "another password":
                await _registry.Rotate(new Credential("AWS", "canary-other"));
                break;
        }
    }

    private static (string, object)[] Key() => [("username", AwsStub.KeyId), ("password", AwsStub.Secret)];

    private string Endpoint(string key, string secret) => $$"""
        {"registry": "registry.example", "url": "{{_registry.Address.ToString().TrimEnd('/')}}", "allowPrivateAddresses": true, "headerTimeout": "1s",
         "tokenExchange": "ecr", "tokenUrl": "{{_aws.Address.ToString().TrimEnd('/')}}", "username": "{{key}}", "password": "{{secret}}"}
        """;

    private async Task Start((string, object)[] key, Action<Dictionary<string, string?>>? environment = null) => _server = await TestServer.Start(config =>
    {
        foreach (var name in new[] { "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI" })
        {
            config.Environment[name] = null;
        }

        (config.Environment["AWS_REGION"], config.Environment["AWS_EC2_METADATA_DISABLED"]) = (AwsStub.Region, "true");
        environment?.Invoke(config.Environment);
        config.FreshFor = "0s";
        config.AddEndpoint("ecr", "ecr.example", _registry.Address, [("allowPrivateAddresses", true), ("tokenExchange", "ecr"), ("tokenUrl", _aws.Address.ToString().TrimEnd('/')), .. key]);
        config.AddProject("ecr", "ecr", ("public", true));
    });

    private async Task<HttpStatusCode> Pull(int app) => (await Ask(app)).Status;

    private async Task<(HttpStatusCode Status, string Body)> Ask(int app)
    {
        using var response = await Server.Client.GetAsync(new Uri($"/v2/ecr/org/app{app}/manifests/1", UriKind.Relative), Stops);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(Stops));
    }
}
