using Microsoft.Data.Sqlite;
using Roadstead.Testing;
using Roadstead.Testing.Clients;
using Roadstead.Testing.Images;
using Roadstead.Testing.Registries;
using Roadstead.Testing.Server;
using Roadstead.Testing.Upstream;

namespace Roadstead.E2E.Pulls;

/// <summary>
/// For each class of fault, real podman with the mirror and the registry itself behind it: what is held comes from the mirror, what is not comes from
/// it too or from the registry, and neither pull hangs.
/// </summary>
public sealed class FaultPullTests : IAsyncDisposable
{
    // Of which podman's own retries take the most.
    private static readonly TimeSpan NotHanging = TimeSpan.FromMinutes(1);

    private readonly TestAuthority _authority = new();
    private readonly TemporaryFolder _folder = new("fault-pull");
    private readonly Gate _gate = new();
    private FakeUpstream? _upstream;
    private DockerRegistry? _registry;
    private TestServer? _server;

    private FakeUpstream Upstream => _upstream!;

    private TestServer Server => _server!;

    public static TheoryData<string, bool> Classes => new()
    {
        // Before the manifest, so that the runtime turns to the registry.
        { "refused", false },
        { "black hole", false },
        { "500", false },
        { "429", false },
        { "429 for a time", false },
        { "token service fails", false },
        { "tokens refused", false },
        { "token service hangs", false },
        { "hangs behind its front page", false },
        { "redirect loop", false },
        { "TLS expired", false },
        { "login page", false },
        { "manifest truncated", false },

        // After it, where no runtime turns anywhere: the mirror must bring it, if at the next try.
        { "tokens expired", true },
        { "CDN link expired", true },
        { "body stalls", true },
        { "body drips", true },
        { "body truncated", true },
        { "body reset", true },
        { "wrong digest", true },
        { "too long", true },
        { "too short", true },
        { "disk full", true },
        { "disk read-only", true },
        { "disk without inodes", true },
        { "blobs emptied", true },
        { "client leaves", true },
        { "database locked", true },
        { "database gone", true },
    };

    public async ValueTask DisposeAsync()
    {
        _gate.Open();
        foreach (var part in new IAsyncDisposable?[] { _server, _registry, _upstream })
        {
            if (part is not null)
            {
                await part.DisposeAsync();
            }
        }

        _authority.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [MemberData(nameof(Classes))]
    public async Task Podman_gets_its_image(string fault, bool fromMirror)
    {
        await Start(fault);
        var held = await Add("held", 1);
        var cold = await Add("cold", 2);
        await Pull("held");
        foreach (var blob in held.Blobs)
        {
            await Server.WaitForLog(line => line.Contains($"stored blob project=dockerhub repository=library/held digest={blob.Digest}", StringComparison.Ordinal));
        }

        await using var end = await Cause(fault, cold);
        await Pull("held");
        await Pull("cold");
        Assert.Equal(0, await _registry!.CountRequests("GET", "/v2/library/held/manifests/1"));
        Assert.Equal(fromMirror ? 0 : 1, await _registry.CountRequests("GET", "/v2/library/cold/manifests/1"));
    }

    private async Task Start(string fault)
    {
        using var certificate = _authority.Issue();
        await File.WriteAllTextAsync(_folder["ca.pem"], _authority.Pem, TestContext.Current.CancellationToken);
        _upstream = await FakeUpstream.Start(fault == "TLS expired" ? _authority.Issue() : null);
        _registry = await DockerRegistry.Start();
        Upstream.Auth.Mode = fault.Contains("token", StringComparison.Ordinal) ? AuthMode.Bearer : AuthMode.None;
        Upstream.Auth.AllowsAnonymous = true;
        Upstream.RedirectsBlobs = fault == "CDN link expired";
        _server = await TestServer.Start(config =>
        {
            config.FreshFor = "0s";
            config.Disk = fault.StartsWith("disk", StringComparison.Ordinal) ? "mount -t tmpfs -o size=16m,nr_inodes=400 tmpfs \"$1\"" : null;
            config.AddEndpoint(
                "docker-hub", "docker.io", Upstream.Address, ("allowPrivateAddresses", true), ("caCertificate", _folder["ca.pem"]),
                ("headerTimeout", "3s"), ("idleTimeout", "1s"), ("minBodyRate", "100KiB"));
            config.AddProject("dockerhub", "docker-hub");
        });
    }

    private async Task<ForgedManifest> Add(string name, int seed)
    {
        var image = Upstream.AddImage($"library/{name}", "1", LayerForge.Random(2_000_000, seed), LayerForge.Random(50_000, seed + 100));
        await _registry!.Push($"library/{name}", "1", image);
        return image;
    }

    private async Task Pull(string name)
    {
        using var podman = new Podman(new Mirror("docker.io", $"{Server.Authority}/dockerhub", PrimaryBlocked: false, Primary: _registry!.Authority));
        (await podman.Run(["pull", $"docker.io/library/{name}:1"], NotHanging)).OrThrow();
        Assert.True(await podman.Exists($"docker.io/library/{name}:1"));
    }

    /// <returns>What keeps the fault up, if anything does.</returns>
    private async Task<IAsyncDisposable?> Cause(string fault, ForgedManifest cold)
    {
        var layer = On.Blob(digest: cold.Layers[0].Digest);
        switch (fault)
        {
            case "refused":
                await Upstream.Stop();
                break;
            case "black hole":
                Upstream.Freeze();
                break;
            case "500":
                Upstream.Fault(On.Any, Faults.Status(500));
                break;
            case "429":
                Upstream.Fault(On.Any, Faults.TooManyRequests());
                break;
            case "429 for a time":
                Upstream.Fault(On.Any, Faults.TooManyRequests("300"));
                break;
            case "token service fails":
                Upstream.Auth.ExpireTokens();
                Upstream.Fault(On.Token, Faults.Status(500));
                break;
            case "tokens refused":
                Upstream.Auth.ExpireTokens();
                Upstream.Auth.RefusesTokens = true;
                break;
            case "token service hangs":
                Upstream.Auth.ExpireTokens();
                Upstream.Fault(On.Token, Faults.StallBeforeHeaders(_gate));
                break;
            case "hangs behind its front page":
                Upstream.Fault(On.Manifest(), Faults.StallBeforeHeaders(_gate));
                break;
            case "tokens expired":
                Upstream.Auth.ExpireTokens();
                break;
            case "redirect loop":
                Upstream.Fault(On.Manifest(), Faults.RedirectLoop());
                break;
            case "TLS expired":
                await Upstream.Stop();
                Upstream.Origin.Certificate = _authority.Issue(-3, -1);
                await Upstream.StartAgain();
                break;
            case "login page":
                Upstream.Fault(On.Manifest(), Faults.HtmlPage());
                break;
            case "manifest truncated":
                Upstream.Fault(On.Manifest(), Faults.TruncateAfter(10));
                break;
            case "CDN link expired":
                Upstream.Cdn.Fault(On.Any, Faults.Status(403), times: 2);
                break;
            case "body stalls":
                Upstream.Fault(layer, Faults.StallAfter(500_000, _gate), times: 1);
                break;
            case "body drips":
                Upstream.Fault(layer, Faults.Drip(100, _gate), times: 1);
                return new Timer(_ => _gate.LetThrough(), null, TimeSpan.Zero, TimeSpan.FromMilliseconds(100));
            case "body truncated":
                Upstream.Fault(layer, Faults.TruncateAfter(500_000), times: 1);
                break;
            case "body reset":
                Upstream.Fault(layer, Faults.ResetAfter(500_000), times: 1);
                break;
            case "wrong digest":
                Upstream.Fault(layer, Faults.WrongLastByte(), times: 1);
                break;
            case "too long":
                Upstream.Fault(layer, Faults.Longer(), times: 1);
                break;
            case "too short":
                Upstream.Fault(layer, Faults.Shorter(), times: 1);
                break;
            case "disk full":
                (await Server.OnDisk("dd if=/dev/zero of=\"$1/filler\" bs=64k 2>/dev/null || true")).OrThrow();
                break;
            case "disk read-only":
                (await Server.OnDisk("mount --bind \"$1\" \"$1\"; mount -o remount,bind,ro \"$1\"")).OrThrow();
                break;
            case "disk without inodes":
                (await Server.OnDisk("i=0; while touch \"$1/filler$i\" 2>/dev/null; do i=$((i+1)); done")).OrThrow();
                break;
            case "blobs emptied":
                foreach (var file in Directory.EnumerateFiles(Path.Combine(Server.StoragePath, "blobs"), "*", SearchOption.AllDirectories))
                {
                    await File.WriteAllBytesAsync(file, []);
                }

                break;
            case "client leaves":
                using (await Server.Client.GetAsync(new Uri($"/v2/dockerhub/cold/blobs/{cold.Layers[0].Digest}", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken))
                {
                    break;
                }

            case "database locked":
                return await Lock();
            case "database gone":
                foreach (var file in Directory.EnumerateFiles(Server.StoragePath, "roadstead.db*"))
                {
                    File.Delete(file);
                }

                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(fault), fault, "No such fault.");
        }

        return null;
    }

    private async Task<SqliteConnection> Lock()
    {
        var other = new SqliteConnection($"Data Source={Path.Combine(Server.StoragePath, "roadstead.db")};Pooling=False");
        await other.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = other.CreateCommand();
        command.CommandText = "BEGIN IMMEDIATE";
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        return other;
    }
}
