namespace Roadstead.Server.Tests.Configuration;

/// <summary>One mistake a row, in a configuration that is otherwise right: exactly that key is named.</summary>
public sealed class ConfigurationFaultTests : IDisposable
{
    private const string Endpoint = "endpoints:\n- {name: a, registry: a.example, url: https://a.example}\n";

    private readonly ConfigurationFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Theory]
    [InlineData("a: [", "(file)", "is not valid YAML")]
    [InlineData("- a", "(file)", "must be a mapping of keys, not a list")]
    [InlineData("listen: http://a:1\nlisten: http://b:1", "listen", "given twice, first on line 1")]
    [InlineData("publicUrl: *hunter2", "publicUrl", "aliases are not supported")]
    [InlineData("publicUrl: &hunter2 x", "publicUrl", "anchors are not supported")]
    [InlineData("publicUrl: !hunter2 x", "publicUrl", "tags are not supported")]
    [InlineData("publicUrl: @hunter2", "(file)", "is not valid YAML")]
    [InlineData("database: {}\n---\ndatabase: {}", "(file)", "more than one YAML document")]
    [InlineData("? [a]\n: b", "(file)", "no plain word")]
    [InlineData(": [a\na", "(file)", "is not valid YAML")]
    [InlineData("!!+a", "(file)", "is not valid YAML")]
    public void Yaml(string yaml, string key, string message) => AssertFault(yaml, key, message);

    [Fact]
    public void Yaml_that_its_parser_reads_past_the_end_is_a_fault() => Assert.Contains(
        _fixture.Faults("publicUrl: [::1]*hunter2\"\ndatabase: {}"), fault => fault.Message == "is not valid YAML from here on: a [, { or quote before it may have no end");

    [Fact]
    public void Yaml_of_any_depth_is_a_fault() =>
        Assert.Contains(_fixture.Faults($"listen: {new string('[', 20_000)}{new string(']', 20_000)}"), fault => fault.Message == "is nested too deeply");

    [Theory]
    [InlineData("listn: a", "listn", "did you mean listen?")]
    [InlineData("zzzzzzzzz: a", "zzzzzzzzz", "known here: listen, tls,")]
    [InlineData("defaults: {freshfor: 1m}", "defaults.freshfor", "did you mean freshFor?")]
    [InlineData("admin: {password: hunter2}", "admin.password", "did you mean passwordFile?")]
    [InlineData("endpoints:\n- {name: a, registry: a.example, url: https://a.example, userName: x}", "endpoints[0].userName", "did you mean username?")]
    [InlineData("storage: ./data", "storage", "must be a mapping of keys, not a single value")]
    [InlineData("defaults: [freshFor]", "defaults", "must be a mapping of keys, not a list")]
    [InlineData("projects: dockerhub", "projects", "must be a list, not a single value")]
    [InlineData("projects: [dockerhub]", "projects[0]", "must be a mapping of keys, not a single value")]
    [InlineData("projects:\n-", "projects[0]", "is empty")]
    [InlineData("publicUrl: [a]", "publicUrl", "must be a single value, not a list")]
    [InlineData("publicUrl: \"\"", "publicUrl", "is empty")]
    [InlineData("storage: {path: \"a\\0b\"}", "storage.path", "control character")]
    public void Keys_and_kinds(string yaml, string key, string message) => AssertFault(yaml, key, message);

    [Theory]
    [InlineData("storage: {s3: {bucket: b}}", "storage.s3", "stores only in a folder")]
    [InlineData("database: {postgres: Host=hunter2}", "database.postgres", "only SQLite")]
    [InlineData("database: {postgresFile: x}", "database.postgresFile", "only SQLite")]
    [InlineData("listen: [{url: http://127.0.0.1:1, project: dockerhup}]", "listen[0].project", "did you mean dockerhub?")]
    [InlineData("listen: [{url: http://127.0.0.1:1, project: ''}]", "listen[0].project", "is empty")]
    [InlineData("listen: [{project: dockerhub}]", "listen[0].url", "is missing")]
    [InlineData("listen: [{url: http://127.0.0.1:1, projekt: dockerhub}]", "listen[0].projekt", "did you mean project?")]
    [InlineData("listen: [[http://127.0.0.1:1]]", "listen[0]", "must be a URL")]
    [InlineData("listen: ['http://127.0.0.1:1', {url: 'http://127.0.0.1:1', project: quay}]", "listen[1].url", "another entry")]
    [InlineData("endpoints: [{name: a, registry: a.example, url: 'https://a.example', maxBodies: 0}]", "endpoints[0].maxBodies", "from 1 to 10000")]
    [InlineData("endpoints: [{name: a, registry: a.example, url: 'https://a.example', rateLimitReserve: some}]", "endpoints[0].rateLimitReserve", "whole number")]
    [InlineData("storage: {scrubEvery: 0s}", "storage.scrubEvery", "more than 0")]
    [InlineData("storage: {scrubEvery: often}", "storage.scrubEvery", "or never")]
    [InlineData("storage: {scrubRate: unlimited}", "storage.scrubRate", "bytes a second")]
    [InlineData("projects: [{name: a, hosts: [b, 'http://c']}]", "projects[0].hosts[1]", "port")]
    [InlineData("projects: [{name: a, hosts: [b, B]}]", "projects[0].hosts", "b is named twice")]
    [InlineData("projects: [{name: a, hosts: b}, {name: c, hosts: [d, b]}]", "projects[1].hosts", "b is a host of projects[0] already")]
    public void Keys_of_later_releases(string yaml, string key, string message) => AssertFault(yaml, key, message);

    [Theory]
    [InlineData("mirror.example", "must begin with http")]
    [InlineData("ftp://mirror.example", "must begin with http")]
    [InlineData("https://hunter2@mirror.example", "user name or password")]
    [InlineData("https://a:hunter2@mirror.example", "user name or password")]
    [InlineData("https://mirror.example/path", "must not have a path")]
    [InlineData("https://mirror.example/.", "must not have a path")]
    [InlineData("https://mirror.example\\path", "must not have a path")]
    [InlineData("https://mirror.example?a=b", "must not have a query")]
    [InlineData("https://mirror.example/?", "must not have a query")]
    [InlineData("https://mirror.example#a", "must not have a fragment")]
    [InlineData("https://", "has no host")]
    [InlineData("https://*", "characters other than")]
    [InlineData("https://mirror.example:", "port")]
    [InlineData("https://mirror.example:0", "port 0")]
    [InlineData("https://mirror.example:65536", "port")]
    [InlineData("https://mirror.example:+80", "port")]
    [InlineData("https://-mirror.example", "no host name")]
    [InlineData("https://_mirror.example", "no host name")]
    [InlineData("https://mirror..example", "no host name")]
    [InlineData("https://münchen.example", "xn--")]
    [InlineData("https://１２７.0.0.1", "xn--")]
    [InlineData("http://2852039166", "number for a host")]
    [InlineData("http://127.1", "number for a host")]
    [InlineData("http://0x7f.0.0.0x1", "number for a host")]
    [InlineData("http://0177.0.0.1", "number for a host")]
    [InlineData("http://1.2.3.256", "number for a host")]
    [InlineData("http://::1", "brackets")]
    [InlineData("http://[::1%25eth0]", "no IPv6 address")]
    [InlineData("http://[[::1]]", "no IPv6 address")]
    [InlineData("http://[::1/64]", "port")]
    [InlineData("http://\u212aube.example", "xn--")]
    [InlineData("http://0X7F.0.0.1.0X1", "number for a host")]
    [InlineData("http://[::ffff:169.254.169.254]", "IPv4 address in IPv6 form")]
    public void Urls(string url, string message) => AssertFault($"publicUrl: '{url}'", "publicUrl", message);

    [Theory]
    [InlineData("[]", "listen", "is empty")]
    [InlineData("['http://127.0.0.1:1', 'http://127.0.0.1:1']", "listen[1]", "another entry")]
    [InlineData("['http://127.0.0.1', 'http://127.0.0.1:80/']", "listen[1]", "another entry")]
    [InlineData("['http://*:1', 'http://127.0.0.1:1']", "listen[1]", "another entry")]
    [InlineData("['http://[::1]:1', 'http://localhost:1']", "listen[1]", "another entry")]
    [InlineData("['http://127.0.0.1:1', 'http://0.0.0.0:1']", "listen[1]", "another entry")]
    [InlineData("'http://localhost:0'", "listen", "free port on localhost")]
    [InlineData("'http://*.example'", "listen", "characters other than")]
    [InlineData("'https://127.0.0.1:1'", "tls", "is missing, but this entry of listen is https")]
    public void Listen(string value, string key, string message) => AssertFault($"listen: {value}", key, message);

    [Theory]
    [InlineData("http://*:1", "http://[::]:1/", true)]
    [InlineData("http://+", "http://[::]/", true)]
    [InlineData("http://0.0.0.0:1", "http://0.0.0.0:1/", false)]
    [InlineData("http://LOCALHOST:1", "http://localhost:1/", false)]
    [InlineData("http://[::1]:0", "http://[::1]:0/", false)]
    [InlineData("http://name:1", "http://name:1/", true)]
    public void Listen_takes(string value, string url, bool anyAddress)
    {
        var entry = Assert.Single(_fixture.Options($"listen: '{value}'").Listen);
        Assert.Equal((url, anyAddress), (entry.Url.AbsoluteUri, entry.AnyAddress));
    }

    [Fact]
    public void Two_free_ports_of_one_address_are_no_duplicates() =>
        Assert.Equal(2, _fixture.Options("listen: ['http://127.0.0.1:0', 'http://127.0.0.1:0']").Listen.Count);

    [Theory]
    [InlineData("name: A", "name", "lower-case")]
    [InlineData("name: a..b", "name", "lower-case")]
    [InlineData("name: a-", "name", "lower-case")]
    [InlineData("name: a___b", "name", "lower-case")]
    [InlineData("registry: https://docker.io", "registry", "without scheme or path")]
    [InlineData("registry: '1234'", "registry", "number for a host")]
    [InlineData("url: ''", "url", "is empty")]
    [InlineData("username: a", "password", "missing beside username")]
    [InlineData("password: hunter2", "username", "missing beside the password")]
    [InlineData("username: 'a:b'\n  password: hunter2", "username", "colon")]
    [InlineData("username: a\n  password: {hunter2: a}", "password", "must be a single value")]
    [InlineData("username: a\n  password: hunter2\n  passwordFile: b", "passwordFile", "is given beside password")]
    [InlineData("username: a\n  passwordFile: hunter2", "passwordFile", "names a file that does not exist")]
    [InlineData("username: a\n  passwordFile: $DIR", "passwordFile", "names a file that is a folder")]
    [InlineData("username: a\n  passwordFile: $DIR/empty", "passwordFile", "names a file that is empty")]
    [InlineData("username: a\n  passwordFile: $DIR/open", "passwordFile", "names a file that others may read or change (mode 0404)")]
    [InlineData("username: a\n  password: |\n    hunter2\n    hunter2", "password", "line break")]
    [InlineData("proxy: 'http://p.example:3128'\n  proxyUsername: a\n  proxyPassword: \"hunter2\\t\"", "proxyPassword", "control character")]
    [InlineData("caCertificate: $DIR/missing", "caCertificate", "does not exist")]
    [InlineData("caCertificate: $DIR/empty", "caCertificate", "holds no PEM certificate")]
    [InlineData("insecureSkipVerify: 'yes'", "insecureSkipVerify", "true or false")]
    [InlineData("tokenHosts: [a.example, 'b:1']", "tokenHosts[1]", "without a port")]
    [InlineData("tokenExchange: aws", "tokenExchange", "must be ecr, gar or acr")]
    [InlineData("tokenExchange: ecr", "tokenUrl", "is missing: url is no ECR registry's")]
    [InlineData("tokenExchange: ecr\n  tokenUrl: 'https://api.ecr.eu-central-1.amazonaws.com/x'", "tokenUrl", "must not have a path")]
    [InlineData("tokenExchange: ecr\n  username: AKIDEXAMPLE\n  tokenUrl: 'https://a.example'", "password", "is missing beside username")]
    [InlineData("tokenExchange: gar", "password", "is missing: the JSON key")]
    [InlineData("tokenExchange: gar\n  password: '{\"client_email\": 1}'", "password", "holds no JSON key of a service account")]
    [InlineData("tokenExchange: acr\n  username: a\n  password: b", "tenant", "is missing")]
    [InlineData("tokenExchange: acr\n  tenant: a", "username", "is missing: the client id")]
    [InlineData("tokenExchange: acr\n  username: a\n  password: b\n  tenant: 'a/b'", "tenant", "must be a directory's id")]
    [InlineData("tokenExchange: acr\n  username: a\n  password: b\n  tokenUrl: a", "tokenUrl", "must begin with http")]
    [InlineData("tokenUrl: https://a.example", "tokenUrl", "says nothing without tokenExchange")]
    [InlineData("tokenExchange: ecr\n  tokenUrl: 'http://169.254.169.254'", "tokenUrl", "link-local, a metadata service")]
    [InlineData("tokenExchange: acr\n  username: a\n  password: b\n  tokenUrl: 'https://a.example/x?y'", "tokenUrl", "and path only")]
    [InlineData("fallbackUrls: ['ftp://b.example']", "fallbackUrls[0]", "must begin with http")]
    [InlineData("fallbackUrls: ['https://a.example']", "fallbackUrls", "a.example is named already")]
    [InlineData("fallbackUrls: ['http://169.254.169.254']", "fallbackUrls", "leads where no upstream is dialled")]
    [InlineData("fallbackUrls: ['https://012345678901.dkr.ecr.eu-central-1.amazonaws.com']\n  tokenExchange: ecr", "tokenUrl", "is missing: a URL is no ECR")]
    [InlineData("proxy: https://a.example", "proxy", "must begin with http://")]
    [InlineData("proxy: http://u:p@a.example", "proxy", "must not carry a user name")]
    [InlineData("proxy: http://169.254.169.254", "proxy", "leads where nothing is dialled")]
    [InlineData("proxyUsername: a", "proxyUsername", "says nothing without proxy")]
    [InlineData("proxy: http://a.example\n  proxyUsername: a", "proxyPassword", "is missing beside proxyUsername; give")]
    [InlineData("proxy: http://a.example\n  proxyPassword: a", "proxyUsername", "is missing beside proxyPassword")]
    [InlineData("connectTimeout: 0", "connectTimeout", "more than 0")]
    [InlineData("headerTimeout: 2d", "headerTimeout", "at most 1d")]
    [InlineData("idleTimeout: 1", "idleTimeout", "length of time")]
    [InlineData("revalidationTimeout: unlimited", "revalidationTimeout", "length of time")]
    public void Endpoints(string lines, string key, string message)
    {
        _fixture.Write("empty", "\n");
        File.SetUnixFileMode(_fixture.Write("open", "hunter2"), UnixFileMode.UserRead | UnixFileMode.OtherRead);
        var keys = lines.Split("\n  ").Select(line => line.Split(':')[0]).ToList();
        var rest = new[] { "name: a", "registry: a.example", "url: https://a.example" }.Where(line => !keys.Contains(line.Split(':')[0]));
        AssertFault($"endpoints:\n- {string.Join("\n  ", rest.Append(lines))}", $"endpoints[0].{key}", message);
    }

    /// <summary>faults.md, row 70: what would never be dialled is told before the first pull.</summary>
    [Theory]
    [InlineData("http://169.254.169.254", true, "metadata service")]
    [InlineData("https://169.254.169.254:443", true, "metadata service")]
    [InlineData("http://[fe80::1]", true, "link-local")]
    [InlineData("http://[fd00:ec2::254]", true, "metadata service")]
    [InlineData("http://[64:ff9b::a9fe:a9fe]", true, "metadata service")]
    [InlineData("http://0.0.0.0", true, "no host's address")]
    [InlineData("http://[::ffff:169.254.169.254]", true, "IPv4 address in IPv6 form")]
    [InlineData("http://2852039166", true, "number for a host")]
    [InlineData("http://0xa9fea9fe", true, "number for a host")]
    [InlineData("http://hunter2:hunter2@169.254.169.254", true, "user name or password")]
    [InlineData("file:///etc/passwd", true, "http:// or https://")]
    [InlineData("http://127.0.0.1:5000", false, "allowPrivateAddresses")]
    [InlineData("http://10.1.2.3", false, "allowPrivateAddresses")]
    [InlineData("https://[fd12::1]", false, "allowPrivateAddresses")]
    public void Row_70_Addresses_that_no_upstream_has(string url, bool allowed, string message) => AssertFault(
        $"endpoints:\n- {{name: a, registry: a.example, url: '{url}', allowPrivateAddresses: {(allowed ? "true" : "false")}}}", "endpoints[0].url", message);

    [Theory]
    [InlineData("http://10.1.2.3", true)]
    [InlineData("http://127.0.0.1:5000", true)]
    [InlineData("http://192.0.2.1", false)]
    [InlineData("http://registry.example", false)]
    public void Addresses_that_an_upstream_may_have(string url, bool allowed) => Assert.Single(_fixture.Options(
        $"endpoints:\n- {{name: a, registry: a.example, url: '{url}', allowPrivateAddresses: {(allowed ? "true" : "false")}}}").Endpoints!);

    [Theory]
    [InlineData("registry: a.example, url: https://a.example", "name")]
    [InlineData("name: a, url: https://a.example", "registry")]
    [InlineData("name: a, registry: a.example", "url")]
    public void An_endpoint_needs(string keys, string missing) => AssertFault($"endpoints: [{{{keys}}}]", $"endpoints[0].{missing}", "is missing");

    [Theory]
    [InlineData("{endpoint: a}", "[0].name", "is missing")]
    [InlineData("{name: v2}", "[0].name", "must not be v2")]
    [InlineData("{name: a/b}", "[0].name", "lower-case")]
    [InlineData("{name: a.example}", "[0].name", "registry of an endpoint")]
    [InlineData("{name: b, endpoint: aa}", "[0].endpoint", "no endpoint is called aa; did you mean a?")]
    [InlineData("{name: b}, {name: b}", "[1].name", "b is the name of projects[0] already")]
    [InlineData("{name: b, endpoint: a, primary: true}, {name: c, endpoint: a, primary: true}", "[1].primary", "projects[0] is primary for a.example already")]
    [InlineData("{name: b, public: 1}", "[0].public", "true or false")]
    [InlineData("{name: b, quota: 0}", "[0].quota", "more than 0")]
    [InlineData("{name: b, quota: -1}", "[0].quota", "must be a size")]
    [InlineData("{name: b, quota: 1.5GiB}", "[0].quota", "must be a size")]
    [InlineData("{name: b, quota: 99999PiB}", "[0].quota", "larger than any disk")]
    [InlineData("{name: b, freshFor: unlimited}", "[0].freshFor", "length of time")]
    [InlineData("{name: b, freshness: {tags: a}}", "[0].freshness", "must be a list")]
    [InlineData("{name: b, freshness: [a]}", "[0].freshness[0]", "must be a mapping of keys")]
    [InlineData("{name: b, freshness: [{freshFor: 1d}]}", "[0].freshness[0].tags", "is missing")]
    [InlineData("{name: b, freshness: [{tags: [], freshFor: 1d}]}", "[0].freshness[0].tags", "is missing")]
    [InlineData("{name: b, freshness: [{tags: 'a'}]}", "[0].freshness[0].freshFor", "is missing")]
    [InlineData("{name: b, freshness: [{tags: 'a', freshFor: ever}]}", "[0].freshness[0].freshFor", "or unlimited")]
    [InlineData("{name: b, freshness: [{tags: ['v*', 'a/b'], freshFor: 1d}]}", "[0].freshness[0].tags[1]", "no tag that there can be")]
    [InlineData("{name: b, freshness: [{tags: '*', freshFor: 1d, repositories: ' '}]}", "[0].freshness[0].repositories", "is empty")]
    [InlineData("{name: b, freshness: [{tags: '*', freshFor: 1d, repository: a}]}", "[0].freshness[0].repository", "did you mean repositories?")]
    [InlineData("{name: b, bandwidth: 0}", "[0].bandwidth", "more than 0")]
    [InlineData("{name: b, bandwidth: 20MiB/s}", "[0].bandwidth", "must be a size")]
    [InlineData("{name: b, deletedFor: never}", "[0].deletedFor", "or unlimited")]
    [InlineData("{name: b, platforms: [linux/x86_64]}", "[0].platforms[0]", "os/architecture")]
    [InlineData("{name: b, include: ['']}", "[0].include[0]", "is empty")]
    [InlineData("{name: b, exclude: [a, ' ']}", "[0].exclude[1]", "is empty")]
    public void Projects(string projects, string key, string message) =>
        AssertFault($"{Endpoint}projects: [{projects}]", $"projects{key}", message);

    [Fact]
    public void Two_endpoints_of_one_name() => AssertFault(
        $"{Endpoint}- {{name: a, registry: b.example, url: https://b.example}}", "endpoints[1].name", "endpoints[0] already");

    [Fact]
    public void A_name_has_at_most_128_characters()
    {
        Assert.Equal(128, _fixture.Options($"projects: [{{name: {new string('a', 128)}}}]").Projects[0].Name.Length);
        AssertFault($"projects: [{{name: {new string('a', 129)}}}]", "projects[0].name", "at most 128");
    }

    [Fact]
    public void A_project_may_bear_its_own_registry_as_its_name() =>
        Assert.Equal("a.example", _fixture.Options($"{Endpoint}projects: [{{name: a.example, endpoint: a}}]").Projects[0].Name);

    [Fact]
    public void Projects_may_name_presets_where_no_endpoints_are_given()
    {
        Assert.Equal("quay", _fixture.Options("projects: [{name: b, endpoint: quay}]").Projects[0].Endpoint);
        AssertFault($"{Endpoint}projects: [{{name: b, endpoint: quay}}]", "projects[0].endpoint", "no endpoint is called quay");
        AssertFault("endpoints: []\nprojects: [{name: b, endpoint: quay}]", "projects[0].endpoint", "no endpoint is called quay");
    }

    [Fact]
    public void A_project_of_an_endpoint_with_a_credential_says_whether_it_is_public()
    {
        const string WithCredential = "endpoints: [{name: a, registry: a.example, url: https://a.example, username: u, password: hunter2}]\n";

        AssertFault($"{WithCredential}projects: [{{name: b, endpoint: a}}]", "projects[0].public", "lets everyone who reaches this server pull");
        Assert.True(_fixture.Options($"{WithCredential}projects: [{{name: b, endpoint: a, public: true}}]").Projects[0].Public);
        var closed = _fixture.Valid($"{WithCredential}projects: [{{name: b, endpoint: a, public: false}}]");
        Assert.False(closed.Options.Projects[0].Public);
        Assert.StartsWith("projects[0].public: a private project serves nobody", Assert.Single(closed.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Docker_Hub_has_one_name()
    {
        foreach (var name in new[] { "docker.io", "index.docker.io", "Registry-1.Docker.IO" })
        {
            var options = _fixture.Options($"endpoints: [{{name: a, registry: {name}, url: https://a.example}}]");
            Assert.Equal("docker.io", options.Endpoints![0].Registry);
        }
    }

    [Fact]
    public void Tls_files()
    {
        var (certificate, key) = _fixture.WritePair();
        var (_, otherKey) = _fixture.WritePair("other");
        var encrypted = _fixture.Write("encrypted", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n");
        const string Listen = "listen: ['https://127.0.0.1:1']\n";

        Assert.True(_fixture.Options($"{Listen}tls: auto").Tls!.IsAuto);
        AssertFault($"{Listen}tls: automatic", "tls", "the word auto");
        AssertFault($"{Listen}tls: {{certificate: {certificate}}}", "tls.key", "is missing");
        AssertFault($"{Listen}tls: {{key: {key}}}", "tls.certificate", "is missing");
        AssertFault($"{Listen}tls: {{certificate: {certificate}, key: {otherKey}}}", "tls.key", "no key that belongs to");
        AssertFault($"{Listen}tls: {{certificate: {certificate}, key: {certificate}}}", "tls.key", "no PEM private key");
        AssertFault($"{Listen}tls: {{certificate: {certificate}, key: {encrypted}}}", "tls.key", "encrypted");
        AssertFault($"{Listen}tls: {{certificate: {key}, key: {key}}}", "tls.certificate", "no PEM certificate");
        AssertFault($"{Listen}tls: {{certificate: {certificate}, key: $DIR/no}}", "tls.key", "does not exist");
        Assert.StartsWith("tls: has no effect", Assert.Single(_fixture.Valid("tls: auto").Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Storage_that_cannot_be_written()
    {
        var file = _fixture.Write("file", "");

        AssertFault($"storage: {{path: {file}}}", "storage.path", "is a file");
        AssertFault($"storage: {{path: {file}/below/it}}", "storage.path", "is a file");
        AssertFault("storage: {path: /proc/roadstead}", "storage.path", "/proc cannot be written");
    }

    [Fact]
    public void The_probe_of_the_storage_folder_leaves_nothing_behind()
    {
        _fixture.Options("storage: {path: $DIR/a/b}");

        Assert.Equal(["roadstead.yaml"], Directory.GetFileSystemEntries(_fixture.Folder).Select(Path.GetFileName));
    }

    [Fact]
    public void Admin_password_file()
    {
        _fixture.Write("empty", "\n");
        AssertFault("admin: {passwordFile: $DIR/empty}", "admin.passwordFile", "is empty");
        AssertFault("admin: {passwordFile: hunter2}", "admin.passwordFile", "does not exist");
        File.SetUnixFileMode(_fixture.Write("open", "hunter2"), UnixFileMode.UserRead | UnixFileMode.OtherRead);
        AssertFault("admin: {passwordFile: $DIR/open}", "admin.passwordFile", "others may read or change (mode 0404)");
        AssertFault("nodes: {tokenFile: $DIR/open}", "nodes.tokenFile", "0600");
    }

    [Theory]
    [InlineData("token: 'hunter2 x'", "token", "no HTTP header carries")]
    [InlineData("token: hunter2, tokenFile: x", "tokenFile", "is given beside token")]
    [InlineData("tokenFile: hunter2", "tokenFile", "does not exist")]
    [InlineData("batch: 0", "batch", "1 or more")]
    [InlineData("batch: 101%", "batch", "from 1% to 100%")]
    [InlineData("batch: 0%", "batch", "from 1% to 100%")]
    [InlineData("batch: half", "batch", "a number of nodes")]
    [InlineData("batch: '-1'", "batch", "a number of nodes")]
    [InlineData("tokn: hunter2", "tokn", "did you mean token?")]
    public void Nodes(string entry, string key, string message) => AssertFault($"nodes: {{{entry}}}", $"nodes.{key}", message);

    [Fact]
    public void The_cluster_of_the_nodes_is_no_other_s()
    {
        AssertFault("clusters: [{name: nodes, inCluster: true}]", "clusters[0].name", "made of what nodes report");
        Assert.False(_fixture.Options("clusters: [{name: nodes, inCluster: true}]\ninUse: {nodes: false}").InUse.Nodes);
    }

    private void AssertFault(string yaml, string key, string message)
    {
        var faults = _fixture.Faults(yaml);
        var fault = Assert.Single(faults);
        Assert.Equal(key, fault.Key);
        Assert.Contains(message, fault.Message, StringComparison.Ordinal);
        Assert.NotNull(fault.Line);
        Assert.DoesNotContain("hunter2", fault.Message, StringComparison.Ordinal);
    }
}
