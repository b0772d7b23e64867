using Roadstead.Server.Configuration;

namespace Roadstead.Server.Tests.Configuration;

public sealed class ConfigurationLoaderTests : IDisposable
{
    private readonly ConfigurationFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public void Without_file_and_variables_the_defaults_and_presets_apply()
    {
        var options = _fixture.Options("");

        Assert.Equal("http://127.0.0.1:5000/", Assert.Single(options.Listen).Url.AbsoluteUri);
        Assert.Null(options.Tls);
        Assert.Null(options.PublicUrl);
        Assert.Null(options.Endpoints);
        Assert.Empty(options.Projects);
        Assert.Equal(new DefaultsOptions(TimeSpan.FromMinutes(1), null), options.Defaults);
    }

    [Fact]
    public void Without_a_path_there_is_the_environment_alone()
    {
        var result = ConfigurationLoader.Load(null, new Dictionary<string, string>
        {
            ["ROADSTEAD_STORAGE__PATH"] = _fixture.Folder,
            ["PATH"] = "/bin",
        });

        Assert.Equal(_fixture.Folder, Assert.IsType<ConfigurationResult.Valid>(result).Options.Storage.Path);
    }

    [Fact]
    public void The_example_of_the_interface_is_accepted_with_every_key()
    {
        var (certificate, key) = _fixture.WritePair();
        _fixture.WriteSecret("password", "open sesame\n");
        var (options, warnings) = _fixture.Valid(
            $$"""
            listen: [http://0.0.0.0:5000, "https://*:5443"]
            tls: {certificate: {{certificate}}, key: {{key}}}
            storage: {path: $DIR/store}
            database: {}
            publicUrl: https://mirror.example:5000
            admin: {passwordFile: $DIR/password}
            nodes: {token: a-token, batch: 10%}
            defaults: {freshFor: 1m, staleFor: unlimited}
            endpoints:
              - name: docker-hub
                registry: docker.io
                url: https://registry-1.docker.io
                username: robot
                passwordFile: $DIR/password
                caCertificate: {{certificate}}
                insecureSkipVerify: false
                allowPrivateAddresses: true
                tokenHosts: [auth.docker.io]
                connectTimeout: 1s
                headerTimeout: 500ms
                idleTimeout: 1m30s
                revalidationTimeout: 2s
            projects:
              - name: dockerhub
                endpoint: docker-hub
                public: true
                primary: true
                quota: 200GiB
                freshFor: 2h
                platforms: [linux/amd64, linux/arm/v7]
                include: ["library/*"]
                exclude: [library/alpine]
            """);

        Assert.Equal(["http://0.0.0.0:5000/", "https://[::]:5443/"], options.Listen.Select(entry => entry.Url.AbsoluteUri));
        Assert.Equal([false, true], options.Listen.Select(entry => entry.AnyAddress));
        Assert.Equal(new TlsOptions(certificate, key), options.Tls);
        Assert.Equal(new Uri("https://mirror.example:5000"), options.PublicUrl);
        var endpoint = Assert.Single(options.Endpoints!);
        Assert.Equal(("robot", "open sesame"), (endpoint.Username, endpoint.Password));
        Assert.Equal(TimeSpan.FromSeconds(90), endpoint.IdleTimeout);
        Assert.Equal(TimeSpan.FromMilliseconds(500), endpoint.HeaderTimeout);
        Assert.True(endpoint.AllowPrivateAddresses);
        Assert.Equal(["auth.docker.io"], endpoint.TokenHosts);
        var project = Assert.Single(options.Projects);
        Assert.Equal(200L << 30, project.Quota);
        Assert.Equal(TimeSpan.FromHours(2), project.FreshFor);
        Assert.Equal(["linux/amd64", "linux/arm/v7"], project.Platforms);
        Assert.Equal(["library/*"], project.Include);
        Assert.Equal(["library/alpine"], project.Exclude);
        Assert.Empty(warnings);
        Assert.Equal(("open sesame", "a-token", new BatchSize(10, IsPercent: true)), (options.Admin.Password, options.Nodes.Token, options.Nodes.Batch));
        Assert.DoesNotContain("sesame", options.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("a-token", options.ToString(), StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(_fixture.Folder, "store")));
        Assert.DoesNotContain("sesame", endpoint.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Ten_mistakes_of_one_file_are_named_in_one_run()
    {
        var faults = _fixture.Faults(
            """
            listen: ftp://127.0.0.1
            publicUrl: https://mirror.example/path
            defaults: {freshFor: soon}
            storag: {path: x}
            endpoints:
              - name: Docker_Hub
                registry: https://docker.io
                url: http://2852039166
            projects:
              - name: api
                endpoint: docker-hub
                public: maybe
                quota: 3 apples
                platforms: [linux]
            """);

        Assert.Equal(
            [
                ("listen", 1), ("publicUrl", 2), ("defaults.freshFor", 3), ("storag", 4),
                ("endpoints[0].name", 6), ("endpoints[0].registry", 7), ("endpoints[0].url", 8),
                ("projects[0].name", 10), ("projects[0].endpoint", 11), ("projects[0].public", 12),
                ("projects[0].quota", 13), ("projects[0].platforms[0]", 14),
            ],
            faults.Select(fault => (fault.Key, fault.Line ?? 0)));
    }

    [Theory]
    [InlineData("missing.yaml", "does not exist")]
    [InlineData("", "is a folder")]
    public void A_file_that_cannot_be_read_is_a_fault(string name, string message)
    {
        var path = Path.Combine(_fixture.Folder, name);
        var result = ConfigurationLoader.Load(path, new Dictionary<string, string> { ["ROADSTEAD_NONSENSE"] = "1" });

        var faults = Assert.IsType<ConfigurationResult.Invalid>(result).Faults;
        Assert.Equal(["--config", "ROADSTEAD_NONSENSE"], faults.Select(fault => fault.Key));
        Assert.Equal($"the file {path} {message}", faults[0].Message);
    }

    [Fact]
    public void A_file_that_is_no_text_is_a_fault()
    {
        var path = Path.Combine(_fixture.Folder, "binary");
        File.WriteAllBytes(path, [0xff, 0xfe, 0x00]);

        var result = ConfigurationLoader.Load(path, new Dictionary<string, string>());

        Assert.EndsWith("is not UTF-8 text", Assert.Single(Assert.IsType<ConfigurationResult.Invalid>(result).Faults).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Presets_are_the_ten_of_the_interface_and_would_themselves_be_valid()
    {
        Assert.Equal(
            ["dockerhub", "quay", "ghcr", "k8s", "gcr", "mcr", "ecr-public", "gitlab", "nvcr", "elastic"],
            Presets.Projects.Select(project => project.Name));
        Assert.Equal(new Uri("https://registry-1.docker.io"), Presets.Endpoints[0].Url);
        Assert.Equal(new Uri("https://quay.io"), Presets.Endpoints[1].Url);

        var endpoints = Presets.Endpoints.Select(e => $"- {{name: {e.Name}, registry: {e.Registry}, url: \"{e.Url}\"}}");
        var projects = Presets.Projects.Select(p => $"- {{name: {p.Name}, endpoint: {p.Endpoint}}}");
        var options = _fixture.Options($"endpoints:\n{string.Join('\n', endpoints)}\nprojects:\n{string.Join('\n', projects)}\n");
        Assert.Equal(Presets.Endpoints.Select(e => (e.Name, e.Registry, e.Url)), options.Endpoints!.Select(e => (e.Name, e.Registry, e.Url)));
    }
}
