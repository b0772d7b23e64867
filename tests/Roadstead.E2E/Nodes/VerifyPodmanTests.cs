using Roadstead.Testing;
using Roadstead.Testing.Cli;
using Roadstead.Testing.Clients;
using Roadstead.Testing.Images;
using Roadstead.Testing.Processes;
using Roadstead.Testing.Registries;
using Roadstead.Testing.Upstream;

namespace Roadstead.E2E.Nodes;

/// <summary><c>roadstead node verify</c> where podman is, with files as <c>roadstead node render</c> writes them.</summary>
public sealed class VerifyPodmanTests : IDisposable
{
    private readonly Shell _node = new();

    public void Dispose() => _node.Dispose();

    [Theory]
    [InlineData("http")]
    [InlineData("https")]
    public async Task Pulls_by_tag_and_digest_come_through_the_mirror_and_leave_nothing(string scheme)
    {
        await using var world = await VerifyWorld.Start();
        var options = await Configure(world, scheme);
        var result = await Verify(options);
        Assert.True(result.ExitCode == 0, result.ToString());
        var runtime = VerifyWorld.Json(result).GetProperty("runtimes")[0];
        Assert.Equal([world.Registry, world.Other], runtime.GetProperty("registries").EnumerateArray().Select(registry => registry.GetProperty("registry").GetString()));
        Assert.All(runtime.GetProperty("registries").EnumerateArray(), registry =>
        {
            Assert.True(registry.GetProperty("byTag").GetProperty("passed").GetBoolean());
            Assert.Equal(registry.GetProperty("byTag").GetProperty("digest").GetString(), registry.GetProperty("byDigest").GetProperty("digest").GetString());
        });
        Assert.True(runtime.GetProperty("outage").GetProperty("processDown").TryGetProperty("extraMilliseconds", out _), result.ToString());
        Assert.Equal("", (await _node.Type("podman images --all --quiet; ls -d \"$TMPDIR\"/roadstead-* 2> /dev/null || true")).OrThrow().Output);
    }

    [Fact]
    public async Task Of_two_registries_one_is_verified_and_that_is_told_by_the_exit_code()
    {
        await using var world = await VerifyWorld.Start();
        await Configure(world, "http");
        var result = await Verify(["--mirror", world.Server.Address.ToString(), "--insecure", "--registry", $"{world.Registry}=first", "--registry", $"{world.Other}=nowhere", "--output", "table"]);
        Assert.Equal(3, result.ExitCode);
        Assert.Contains("project-unknown", result.Output, StringComparison.Ordinal);
        Assert.Contains($"podman   {world.Registry}", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_is_stopped()
    {
        await using var world = await VerifyWorld.Start();
        var options = await Configure(world, "https");
        await world.Server.Stop();
        VerifyWorld.AssertCause(await Verify(options), "mirror-refused", $"https://{world.SecureAuthority}", "Start the server");
    }

    [Fact]
    public async Task A_certificate_of_another_authority()
    {
        await using var world = await VerifyWorld.Start();
        using var other = new TestAuthority();
        var options = await Configure(world, "https");
        await world.ReplaceCertificate(other);
        VerifyWorld.AssertCause(await Verify(options), "certificate-untrusted", $"/etc/containers/certs.d/{world.SecureAuthority}/ca.crt", "test authority", "certificate signed by unknown authority");
    }

    [Theory]
    [InlineData(-3, -2, null, "certificate-expired", "valid from")]
    [InlineData(-1, 1, "mirror.example", "certificate-wrong-name", "mirror.example")]
    public async Task A_certificate_that_is_over_or_of_another_name(int from, int to, string? name, string kind, string words)
    {
        await using var world = await VerifyWorld.Start();
        using var authority = new TestAuthority();
        await world.ReplaceCertificate(authority, from, to, name);
        await File.WriteAllTextAsync(world.Rendered["own-ca.crt"], authority.Pem, TestContext.Current.CancellationToken);
        string[] options = ["--mirror", $"https://{world.SecureAuthority}", "--ca", world.Rendered["own-ca.crt"], .. world.Registries];
        await Install(world, options);
        VerifyWorld.AssertCause(await Verify(options), kind, words);
    }

    [Fact]
    public async Task Plain_HTTP_where_HTTPS_is_configured_and_the_reverse()
    {
        await using var world = await VerifyWorld.Start();
        string[] plain = ["--mirror", $"https://{world.Server.Authority}", .. world.Registries];
        await Install(world, plain);
        VerifyWorld.AssertCause(await Verify(plain), "plain-http-spoken", world.Server.Authority);
        string[] secure = ["--mirror", $"http://{world.SecureAuthority}", "--insecure", .. world.Registries];
        VerifyWorld.AssertCause(await Verify(secure), "https-spoken", $"https://{world.SecureAuthority}", "--ca");
    }

    [Fact]
    public async Task The_CA_s_file_is_gone_or_no_certificate()
    {
        await using var world = await VerifyWorld.Start();
        var options = await Configure(world, "https");
        var path = $"/etc/containers/certs.d/{world.SecureAuthority}/ca.crt";
        await Change($"sed -i s/CERTIFICATE/NOTHING/ {path}");
        VerifyWorld.AssertCause(await Verify(options), "configuration-broken", path, "no certificate");
        await Change($"rm {path}");
        VerifyWorld.AssertCause(await Verify(options), "configuration-missing", path, "install");
    }

    [Fact]
    public async Task A_drop_in_that_was_broken_by_hand()
    {
        await using var world = await VerifyWorld.Start();
        var options = await Configure(world, "http");
        await Change("sed -i '3s/.*/location = oops/' /etc/containers/registries.conf.d/50-mirror.conf");
        VerifyWorld.AssertCause(await Verify(options), "configuration-broken", "/etc/containers/registries.conf.d/50-mirror.conf:3", "every pull");
    }

    [Fact]
    public async Task A_drop_in_whose_port_was_changed_by_hand()
    {
        await using var world = await VerifyWorld.Start();
        var options = await Configure(world, "http");
        await Change($"sed -i 's/{world.Server.Authority}/127.0.0.1:1/' /etc/containers/registries.conf.d/50-mirror.conf");
        VerifyWorld.AssertCause(await Verify(options), "configuration-changed", "50-mirror.conf:5", "127.0.0.1:1/first", $"{world.Server.Authority}/first");
    }

    [Fact]
    public async Task A_later_file_that_replaces_the_entry()
    {
        await using var world = await VerifyWorld.Start();
        var options = await Configure(world, "http");
        await Change($"printf '\\n[[registry]]\\nprefix = \"{world.Registry}\"\\nlocation = \"{world.Registry}\"\\n' > /etc/containers/registries.conf.d/99-site.conf");
        VerifyWorld.AssertCause(await Verify([.. options.SkipLast(2)]), "configuration-overridden", "/etc/containers/registries.conf.d/99-site.conf:3", "50-mirror.conf");
    }

    [Fact]
    public async Task No_drop_in_at_all()
    {
        await using var world = await VerifyWorld.Start();
        VerifyWorld.AssertCause(await Verify([.. world.Http]), "configuration-missing", "50-mirror.conf", world.Registry);
    }

    [Fact]
    public async Task A_project_that_the_server_does_not_have()
    {
        await using var world = await VerifyWorld.Start();
        string[] options = ["--mirror", world.Server.Address.ToString(), "--insecure", "--registry", $"{world.Registry}=nowhere"];
        await Install(world, options);
        VerifyWorld.AssertCause(await Verify(options), "project-unknown", "nowhere/roadstead/verify", world.Server.Authority);
    }

    [Fact]
    public async Task A_credential_that_the_mirror_refuses_and_never_shows()
    {
        await using var mirror = await FakeUpstream.Start();
        await using var world = await VerifyWorld.Start();
        VerifyWorld.AddVerifyImage(mirror, "first/roadstead/verify");
        (mirror.Auth.Mode, mirror.Auth.Credential) = (AuthMode.Bearer, new Credential("robot", "right"));
        string[] options = ["--mirror", mirror.Address.ToString(), "--insecure", "--registry", $"{world.Registry}=first"];
        await Install(world, options);
        VerifyWorld.AssertCause(await Verify(options), "credential-refused", "wants a credential");

        _node.Login(mirror.Authority, new Credential("robot", "wrong-canary"));
        var wrong = await Verify(options);
        VerifyWorld.AssertCause(wrong, "credential-refused", "user robot", "--password-file");
        Assert.DoesNotContain("wrong-canary", wrong.Output + wrong.Error, StringComparison.Ordinal);

        _node.Login(mirror.Authority, new Credential("robot", "right"));
        var right = await Verify(options);
        Assert.True(right.ExitCode == 0, right.ToString());
    }

    [Fact]
    public async Task An_image_that_came_from_elsewhere()
    {
        await using var mirror = await FakeUpstream.Start();
        await using var world = await VerifyWorld.Start();
        VerifyWorld.AddVerifyImage(mirror, "first/roadstead/verify");
        var other = mirror.AddEveryTag("other/roadstead/verify", ImageForge.Image([LayerForge.Layer(("other", [1]))]));
        string[] options = ["--mirror", mirror.Address.ToString(), "--insecure", "--registry", $"{world.Registry}=first"];
        await Install(world, options);

        // A mirror before ours, which the entry does not lack.
        await Change($"sed -i '0,/^\\[\\[registry.mirror/s//[[registry.mirror]]\\nlocation = \"{mirror.Authority}\\/other\"\\ninsecure = true\\n[[registry.mirror/' /etc/containers/registries.conf.d/50-mirror.conf");
        VerifyWorld.AssertCause(await Verify(options), "pulled-elsewhere", other.Digest);
    }

    [Theory]
    [InlineData("sed -i 's/^prefix/mirror-by-digest-only = true\\n&/' /etc/containers/registries.conf.d/50-mirror.conf", "configuration-changed", "50-mirror.conf:2")]
    [InlineData("sed -i '5s,\"$,/\",' /etc/containers/registries.conf.d/50-mirror.conf", "configuration-broken", "50-mirror.conf:5")]
    [InlineData("sed -i '1s/^/\\xef\\xbb\\xbf/' /etc/containers/registries.conf.d/50-mirror.conf", "configuration-broken", "50-mirror.conf:1")]
    [InlineData("printf '[[registry]]\\nprefix = \"REGISTRY/roadstead\"\\nlocation = \"REGISTRY/roadstead\"\\n' > /etc/containers/registries.conf.d/99-site.conf", "configuration-overridden", "99-site.conf:2")]
    [InlineData("printf '{\"default\": [{\"type\": \"reject\"}]}' > /etc/containers/policy.json", "policy-rejects", "policy.json:1")]
    [InlineData("mkdir -p /etc/containers/certs.d/MIRROR && touch /etc/containers/certs.d/MIRROR/x.cert", "configuration-broken", "/x.cert")]
    [InlineData("mkdir -p /etc/containers/registries.d && printf 'docker:\\n  MIRROR/a: {}\\n' | tee /etc/containers/registries.d/a.yaml > /etc/containers/registries.d/b.yaml", "configuration-broken", "registries.d/")]
    public async Task A_file_that_keeps_pulls_from_the_mirror_is_the_cause(string script, string kind, string where)
    {
        await using var world = await VerifyWorld.Start();
        var options = await Configure(world, "http");
        await Change(script.Replace("REGISTRY", world.Registry, StringComparison.Ordinal).Replace("MIRROR", world.Server.Authority, StringComparison.Ordinal));
        VerifyWorld.AssertCause(await Verify([.. options.SkipLast(2)]), kind, where);
    }

    [Fact]
    public async Task Images_that_go_elsewhere_are_told_though_pulls_come_through_the_mirror()
    {
        await using var world = await VerifyWorld.Start();
        var options = await Configure(world, "http");
        await Change($"printf '[[registry]]\nprefix = \"{world.Registry}/library\"\nlocation = \"{world.Registry}/library\"\n' > /etc/containers/registries.conf.d/99-site.conf");
        var result = await Verify([.. options, "--outage", "none"]);
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Contains("/etc/containers/registries.conf.d/99-site.conf:2", VerifyWorld.Json(result).GetProperty("runtimes")[0].GetProperty("registries")[0].GetProperty("notes")[0].GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Mirror_only_that_was_undone_by_hand_is_not_verified()
    {
        await using var world = await VerifyWorld.Start();
        string[] options = [.. world.Http, "--mirror-only"];
        await Install(world, options);
        var before = await Verify([.. options, "--outage", "none"]);
        Assert.True(before.ExitCode == 0, before.ToString());
        await Change("sed -i /blocked/d /etc/containers/registries.conf.d/50-mirror.conf");
        VerifyWorld.AssertCause(await Verify([.. options, "--outage", "none"]), "configuration-changed", "blocked", "50-mirror.conf:2");
    }

    [Fact]
    public async Task Another_project_that_pulls_go_to()
    {
        await using var mirror = await FakeUpstream.Start();
        await using var world = await VerifyWorld.Start();
        VerifyWorld.AddVerifyImage(mirror, "first/roadstead/verify");
        var other = mirror.AddEveryTag("other/roadstead/verify", ImageForge.Image([LayerForge.Layer(("other", [1]))]));
        string[] options = ["--mirror", mirror.Address.ToString(), "--insecure", "--registry", $"{world.Registry}=first"];
        await Install(world, options);
        await Change("sed -i s,/first,/other, /etc/containers/registries.conf.d/50-mirror.conf");
        VerifyWorld.AssertCause(await Verify(options), "pulled-elsewhere", other.Digest, "another project or server", "50-mirror.conf:5");
    }

    [Fact]
    public async Task What_a_run_left_that_was_killed_is_taken_away_by_the_next_and_nothing_else()
    {
        await using var world = await VerifyWorld.Start();
        var options = await Configure(world, "http");
        var image = $"{world.Registry}/roadstead/verify";
        var digest = (await _node.Type($"podman pull --quiet {image}:left > /dev/null; podman image inspect --format '{{{{.Digest}}}}' {image}:left")).OrThrow().Output.Trim();
        await Change($"podman pull --quiet {image}@{digest}; podman tag {image}:left {world.Registry}/roadstead/verify-not:1; test $(podman images --format '{{{{.Repository}}}}' | grep -c verify$) -ge 1");
        var result = await Verify([.. options, "--outage", "none"]);
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Equal("", result.Error);
        Assert.Equal($"{world.Registry}/roadstead/verify-not:1\n", (await _node.Type("podman images --all --format '{{range .Names}}{{println .}}{{end}}' | sed '/^$/d' | sort -u")).OrThrow().Output);
    }

    [Fact]
    public async Task An_interrupted_run_says_so_and_that_it_has_cleaned_up()
    {
        await using var world = await VerifyWorld.Start();
        var options = await Configure(world, "http");

        // The pull waits for a mirror that takes the connection and never answers.
        using var silent = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        silent.Start();
        await Change($"sed -i 's/{world.Server.Authority}/{silent.LocalEndpoint}/' /etc/containers/registries.conf.d/50-mirror.conf");
        using var word = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        word.Start();
        var verify = $"{RoadsteadCli.ShellWords} {string.Join(' ', new[] { "node", "verify", "--runtime", "podman" }.Concat(options).Select(part => $"'{part}'"))}";
        var run = _node.Type($"{verify} & verify=$!; exec 3<>/dev/tcp/127.0.0.1/{((System.Net.IPEndPoint)word.LocalEndpoint).Port}; read -r -u 3; kill -TERM $verify; wait $verify || echo ended $?");
        using var shell = await word.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        using var pull = await silent.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        await shell.GetStream().WriteAsync("\n"u8.ToArray(), TestContext.Current.CancellationToken);
        var result = await run;
        Assert.Equal(("ended 1\n", "roadstead: verifying was interrupted; what it had put on the node is taken away again.\n"), (result.Output, result.Error));
    }

    private async Task<string[]> Configure(VerifyWorld world, string scheme)
    {
        string[] options = [.. scheme == "http" ? world.Http : world.Https];
        await Install(world, options);
        return options;
    }

    private async Task Install(VerifyWorld world, string[] options)
    {
        await world.Render("podman", options);
        _node.AddConfiguration(world.Rendered["etc/containers"]);
    }

    private async Task Change(string script) => (await _node.Type(script)).OrThrow();

    private Task<CommandResult> Verify(string[] options) =>
        _node.Type(VerifyWorld.Script(["node", "verify", "--runtime", "podman", .. options, .. options.Contains("--output") ? Array.Empty<string>() : ["--output", "json"]]));
}
