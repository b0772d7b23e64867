namespace Roadstead.Server.Tests.Configuration;

public sealed class EnvironmentTests : IDisposable
{
    private readonly ConfigurationFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public void A_variable_wins_over_the_file_and_leaves_the_keys_beside_it()
    {
        var options = _fixture.Options(
            """
            listen: http://127.0.0.1:1
            defaults: {freshFor: 1m, staleFor: 1d}
            endpoints:
            - {name: a, registry: a.example, url: https://a.example}
            """,
            ("ROADSTEAD_LISTEN", "http://127.0.0.1:2"),
            ("roadstead_Defaults__freshFOR", "2m"),
            ("ROADSTEAD_ENDPOINTS__0__URL", "https://b.example"),
            ("ROADSTEAD_ENDPOINTS__0__TOKENHOSTS", "c.example, d.example"),
            ("ROADSTEAD_PROJECTS__0__NAME", "b"),
            ("ROADSTEAD_PROJECTS__0__INCLUDE", "['x,y', z]"),
            ("ROADSTEAD_PUBLICURL", ""),

            // The tool's own, in the shell in which the server is started.
            ("ROADSTEAD_SERVER", "http://127.0.0.1:5000"), ("ROADSTEAD_PASSWORD_FILE", "data/admin-password"));

        Assert.Equal(2, Assert.Single(options.Listen).Url.Port);
        Assert.Equal((TimeSpan.FromMinutes(2), TimeSpan.FromDays(1)), (options.Defaults.FreshFor, options.Defaults.StaleFor!.Value));
        var endpoint = Assert.Single(options.Endpoints!);
        Assert.Equal(("a", new Uri("https://b.example")), (endpoint.Name, endpoint.Url));
        Assert.Equal(["c.example", "d.example"], endpoint.TokenHosts);
        Assert.Equal(["x,y", "z"], Assert.Single(options.Projects).Include);
        Assert.Null(options.PublicUrl);
    }

    [Fact]
    public void Items_are_laid_by_number_and_whole_values_may_be_flow_style()
    {
        var options = _fixture.Options(
            "listen: http://127.0.0.1:1",
            [
                ("ROADSTEAD_PROJECTS", "[{name: p0}]"),
                .. Enumerable.Range(1, 11).Select(i => ($"ROADSTEAD_LISTEN__{i}", $"http://127.0.0.1:{i + 1}")),
                ("ROADSTEAD_DATABASE", "{}"),
            ]);

        Assert.Equal(Enumerable.Range(1, 12), options.Listen.Select(entry => entry.Url.Port));
        Assert.Equal("p0", Assert.Single(options.Projects).Name);
    }

    [Fact]
    public void Tls_from_variables_replaces_the_word_of_the_file()
    {
        var (certificate, key) = _fixture.WritePair();

        var options = _fixture.Options(
            "tls: auto\nlisten: 'https://127.0.0.1:1'",
            ("ROADSTEAD_TLS__CERTIFICATE", certificate), ("ROADSTEAD_TLS__KEY", key));
        Assert.Equal(certificate, options.Tls!.CertificatePath);
        Assert.True(_fixture.Options("listen: 'https://127.0.0.1:1'", ("ROADSTEAD_TLS", "auto")).Tls!.IsAuto);
    }

    [Theory]
    [InlineData("ROADSTEAD_LISTEN", "http://a:b", "listen[0]", "port")]
    [InlineData("ROADSTEAD_DEFAULTS__FRESHFOR", "soon", "defaults.freshFor", "length of time")]
    [InlineData("ROADSTEAD_STORAGE", "/data", "storage", "must be a mapping")]
    [InlineData("ROADSTEAD_PROJECTS", "dockerhub", "projects", "must be a list")]
    [InlineData("ROADSTEAD_PROJECTS", "[{nam: a}]", "projects[0].nam", "did you mean name?")]
    [InlineData("ROADSTEAD_LISTEN", "[a, [b]", "listen", "is not valid YAML")]
    [InlineData("ROADSTEAD_PROJECTS", "[{]", "projects", "is not valid YAML")]
    [InlineData("ROADSTEAD_PROJECTS__1__NAME", "a", "projects[1]", "leaves a gap")]
    [InlineData("ROADSTEAD_STORAGE__S3__BUCKET", "a", "storage.s3", "only in a folder")]
    [InlineData("ROADSTEAD_DATABASE__POSTGRES", "Host=hunter2", "database.postgres", "only SQLite")]
    [InlineData("ROADSTEAD_STORAGE_PATH", "/data", "ROADSTEAD_STORAGE_PATH", "did you mean ROADSTEAD_STORAGE__PATH?")]
    [InlineData("ROADSTEAD_PROJECTS__X__NAME", "a", "ROADSTEAD_PROJECTS__X__NAME", "did you mean ROADSTEAD_PROJECTS__0__NAME?")]
    [InlineData("ROADSTEAD_ENDPOINTS__0", "a", "endpoints[0]", "must be a mapping")]
    [InlineData("ROADSTEAD_LISTEN__", "a", "ROADSTEAD_LISTEN__", "names no known key")]
    [InlineData("ROADSTEAD_", "a", "ROADSTEAD_", "names no known key")]
    [InlineData("ROADSTEAD_HTTP_PORT", "a", "ROADSTEAD_HTTP_PORT", "names no known key")]
    [InlineData("ROADSTEAD_NONSENSE__OF__SOME__KIND", "a", "ROADSTEAD_NONSENSE__OF__SOME__KIND", "write a key's path in capitals")]
    public void A_fault_names_the_variable(string name, string value, string key, string message)
    {
        var fault = _fixture.Faults("", (name, value))[0];

        Assert.Equal((key, name, null), (fault.Key, fault.Variable, fault.Line));
        Assert.Contains(message, fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_variables_for_one_key_are_a_fault()
    {
        Assert.Equal("listen", Assert.Single(_fixture.Faults("", ("ROADSTEAD_LISTEN", "http://a:1"), ("ROADSTEAD_LISTEN__0", "http://a:2"))).Key);
        Assert.Equal("publicUrl", Assert.Single(_fixture.Faults("", ("ROADSTEAD_PUBLICURL", "http://a"), ("ROADSTEAD_PublicUrl", "http://b"))).Key);
        Assert.Equal("tls", _fixture.Faults("", ("ROADSTEAD_TLS", "auto"), ("ROADSTEAD_TLS__KEY", "x"))[0].Key);
    }

    [Fact]
    public void A_secret_may_be_given_once()
    {
        var fault = Assert.Single(_fixture.Faults(
            "endpoints: [{name: a, registry: a.example, url: https://a.example, username: u, password: hunter2}]",
            ("ROADSTEAD_ENDPOINTS__0__PASSWORDFILE", "x")));

        Assert.Equal(("endpoints[0].passwordFile", "ROADSTEAD_ENDPOINTS__0__PASSWORDFILE"), (fault.Key, fault.Variable));
    }

    [Theory]
    [InlineData("ROADSTEAD_SERVICE_HOST")]
    [InlineData("ROADSTEAD_SERVICE_PORT")]
    [InlineData("ROADSTEAD_SERVICE_PORT_HTTP")]
    [InlineData("ROADSTEAD_PORT")]
    [InlineData("ROADSTEAD_PORT_5000_TCP")]
    [InlineData("ROADSTEAD_PORT_5000_TCP_ADDR")]
    public void A_variable_that_Kubernetes_makes_for_a_Service_called_roadstead_is_ignored(string name) =>
        _fixture.Options("", (name, "tcp://10.0.0.1:5000"));

    [Fact]
    public void Variables_that_Kubernetes_makes_for_Services_of_longer_names_are_ignored_together()
    {
        _fixture.Options(
            "",
            ("ROADSTEAD_METRICS_SERVICE_HOST", "10.0.0.2"),
            ("ROADSTEAD_METRICS_SERVICE_PORT", "9000"),
            ("ROADSTEAD_METRICS_SERVICE_PORT_HTTP_METRICS", "9000"),
            ("ROADSTEAD_METRICS_PORT", "tcp://10.0.0.2:9000"),
            ("ROADSTEAD_METRICS_PORT_9000_TCP_PROTO", "tcp"));
    }
}
