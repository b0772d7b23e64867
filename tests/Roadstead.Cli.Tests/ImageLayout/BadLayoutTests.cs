using System.Formats.Tar;
using System.IO.Compression;
using System.Text.Json.Nodes;
using Roadstead.Cli.Tests.Commands;
using Roadstead.Testing;
using Roadstead.Testing.Cli;
using Roadstead.Testing.Images;
using Roadstead.Testing.Processes;
using Roadstead.Testing.Server;
using Roadstead.Testing.Upstream;

namespace Roadstead.Cli.Tests.ImageLayout;

/// <summary>Layouts that are none, or lie, and servers and disks that do not take what they are given.</summary>
public sealed class BadLayoutTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new("layout");
    private readonly ForgedManifest _image = ImageForge.Image([LayerForge.Random(2000), LayerForge.Random(3000, seed: 2)]);
    private TestServer _server = null!;

    private static CancellationToken Stops => TestContext.Current.CancellationToken;

    private string Layout => _folder["layout"];

    private string Layer => OciLayout.PathOf(Layout, _image.Layers[0].Digest);

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.Start(config => config
            .AddEndpoint("hub", "docker.io", new Uri("http://127.0.0.1:1"), ("allowPrivateAddresses", true))
            .AddProject("mirror", "hub", ("quota", "20KB"), ("exclude", new[] { "secret/**" })));
        Write(_image, "docker.io/library/app:1");
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task What_is_no_layout_is_told()
    {
        await _server.Fails($"{_folder["none"]}: there is no such folder or file.", "image", "import", _folder["none"]);
        await _server.Fails("is no OCI image layout: it has no file oci-layout.", "image", "import", _folder.Subfolder("empty"));
        await File.WriteAllTextAsync(_folder["text.tar"], new string('x', 5000), Stops);
        await _server.Fails("text.tar is no tar", "image", "import", _folder["text.tar"]);
        await File.WriteAllTextAsync(Path.Combine(Layout, "oci-layout"), """{"imageLayoutVersion":"2.0.0"}""", Stops);
        await _server.Fails("is an OCI image layout of version 2.0.0, and only 1.0.0 is known.", "image", "import", Layout);
        await File.WriteAllTextAsync(Path.Combine(Layout, "oci-layout"), "{", Stops);
        await _server.Fails("its oci-layout is not JSON.", "image", "import", Layout);

        // Whoever opens a pipe waits for who writes into it.
        File.Delete(Path.Combine(Layout, "oci-layout"));
        (await Command.Run("mkfifo", [Path.Combine(Layout, "oci-layout")])).OrThrow();
        await _server.Fails("its oci-layout is not JSON.", "image", "import", Layout);
    }

    [Theory]
    [InlineData("", "has an index.json that is not JSON")]
    [InlineData("{}", "has an index.json that has no list of manifests")]
    [InlineData("""{"manifests":[],"manifests":[]}""", "is not JSON that every tool reads alike")]
    [InlineData("""{"manifests":[1]}""", "manifests[0] is no descriptor")]
    [InlineData("""{"manifests":[{"mediaType":"a","digest":"blake3:12","size":1}]}""", "manifests[0] has the digest blake3:12: only sha256 and sha512 are known")]
    [InlineData("""{"manifests":[{"mediaType":"a","digest":"../../etc/passwd","size":1}]}""", "manifests[0] has the digest ../../etc/passwd: only sha256")]
    [InlineData("""{"manifests":[{"mediaType":"a","digest":"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","size":-1}]}""", "manifests[0] has no size that there can be")]
    public async Task A_malformed_index_is_told(string index, string words)
    {
        await File.WriteAllTextAsync(Path.Combine(Layout, "index.json"), index, Stops);
        await _server.Fails(words, "image", "import", Layout);
        await _server.Fails(words, "image", "export", "mirror/app:1", "--to", Layout);
    }

    [Fact]
    public async Task A_missing_blob_one_of_another_size_and_one_of_other_bytes_are_told_and_the_others_come()
    {
        var (short_, wrong) = (ImageForge.Image([LayerForge.Random(2500, seed: 3)]), ImageForge.Image([LayerForge.Random(2500, seed: 4)]));
        var fine = ImageForge.Image([LayerForge.Random(1000, seed: 5)]);
        Write(short_, "docker.io/org/short:1");
        Write(wrong, "docker.io/org/wrong:1");
        Write(fine, "docker.io/org/fine:1");
        File.Delete(Layer);
        await File.AppendAllTextAsync(OciLayout.PathOf(Layout, short_.Layers[0].Digest), "x", Stops);
        await File.WriteAllBytesAsync(OciLayout.PathOf(Layout, wrong.Layers[0].Digest), new byte[wrong.Layers[0].Size], Stops);
        var moved = await Import();
        Assert.Equal((3, ""), (moved.ExitCode, moved.Error));
        Assert.Equal(["docker.io/library/app:1 partial", "docker.io/org/short:1 failed", "docker.io/org/wrong:1 failed", "docker.io/org/fine:1 imported"], moved.States);
        Assert.Equal($"{_image.Layers[0].Digest} is missing", moved.Message(0));
        Assert.EndsWith($" has {short_.Layers[0].Size + 1} bytes, and what names it says {short_.Layers[0].Size}", moved.Message(1), StringComparison.Ordinal);
        Assert.Equal($"The body is not {wrong.Layers[0].Digest}: its bytes have another digest. Nothing of it is kept", moved.Message(2));

        // Nothing of the wrong one can be had.
        Assert.Equal("404", await Status($"/api/v2.0/roadstead/content?project=mirror&repository=org/wrong&reference=1"));
        Assert.DoesNotContain(Directory.EnumerateFiles(_server.StoragePath, "*", SearchOption.AllDirectories), file => file.EndsWith(wrong.Layers[0].Digest[7..], StringComparison.Ordinal));
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(_server.StoragePath, "spool")));
    }

    [Fact]
    public async Task A_manifest_that_lies_or_is_none_is_told()
    {
        await File.WriteAllBytesAsync(OciLayout.PathOf(Layout, _image.Digest), new byte[_image.Size], Stops);
        Assert.Equal($"{_image.Digest} is damaged: its bytes have another digest", Assert.Single((await Import()).Images).GetProperty("message").GetString());

        Change(image => image["size"] = _image.Size + 1);
        Assert.Contains($"has {_image.Size} bytes, and what names it says {_image.Size + 1}", (await Import()).Message(0), StringComparison.Ordinal);
        Change(image => image["mediaType"] = "application/vnd.oci.image.config.v1+json");
        Assert.Contains("which is no image's", (await Import()).Message(0), StringComparison.Ordinal);
        Change(image => image["annotations"]!["io.containerd.image.name"] = "docker.io/library/APP:1");
        Assert.Equal("its name in the layout has upper case letters in its repository", (await Import()).Message(0));
        Change(image => image["annotations"]!["io.containerd.image.name"] = $"docker.io/library/app@sha256:{new string('0', 64)}");
        Assert.StartsWith("its name says another digest than", (await Import()).Message(0), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whom_no_project_takes_is_told_and_what_has_no_name_gets_one()
    {
        Change(image => image["annotations"]!["io.containerd.image.name"] = "ghcr.io/org/app:1");
        var moved = await Import();
        Assert.Equal((1, "ghcr.io/org/app:1 notMirrored"), (moved.ExitCode, moved.States.Single()));
        Assert.StartsWith("ghcr.io is neither a project nor a registry that the server mirrors; it has mirror (docker.io)", moved.Message(0), StringComparison.Ordinal);
        Change(image => image["annotations"]!["io.containerd.image.name"] = "docker.io/secret/app:1");
        Assert.Equal("The project mirror does not have secret/app: its include and exclude leave it out", (await Import()).Message(0));

        // As most tools write it.
        Change(image => image["annotations"]!.AsObject().Remove("io.containerd.image.name"));
        moved = await Import();
        Assert.Equal((1, "1 failed"), (moved.ExitCode, moved.States.Single()));
        Assert.EndsWith("name it with --as, as --as docker.io/library/nginx:1", moved.Message(0), StringComparison.Ordinal);
        await _server.IsMisused("--as APP has upper case letters", "image", "import", Layout, "--as", "APP");
        Assert.Equal(["docker.io/library/other:7 imported"], (await Import("--as", "other:7")).States);
        Write(ImageForge.Image([LayerForge.Random(100, seed: 9)]), "docker.io/org/more:1");
        await _server.Fails("has 2 images, and only one can be called so.", "image", "import", Layout, "--as", "other:7");
    }

    [Fact]
    public async Task What_there_is_no_room_for_is_told_and_leaves_no_tag()
    {
        Write(ImageForge.Image([LayerForge.Random(30_000, seed: 3)]), "docker.io/org/large:1");
        var moved = await Import();
        Assert.Equal(3, moved.ExitCode);
        Assert.Equal(["docker.io/library/app:1 imported", "docker.io/org/large:1 noRoom"], moved.States);
        Assert.Contains("the quota of project mirror is 20000", moved.Message(1), StringComparison.Ordinal);
        Assert.Equal("404", await Status("/api/v2.0/roadstead/content?project=mirror&repository=org/large&reference=1"));
    }

    [Fact]
    public async Task A_tar_is_never_unpacked()
    {
        Pack("fine.tar", tar => tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, "../../evil") { DataStream = new MemoryStream([1]) }));
        var moved = AirGap.Read(await _server.Type("image", "import", _folder["fine.tar"], "--output", "json"));
        Assert.Equal((0, "docker.io/library/app:1 imported"), (moved.ExitCode, moved.States.Single()));
        Assert.False(File.Exists(Path.Combine(_folder.Path, "../../evil")));

        Pack("link.tar", tar => tar.WriteEntry(new PaxTarEntry(TarEntryType.SymbolicLink, $"blobs/sha256/{new string('0', 64)}") { LinkName = "/etc/passwd" }));
        await _server.Fails($"link.tar has blobs/sha256/{new string('0', 64)} as a link, which is not followed.", "image", "import", _folder["link.tar"]);
        Pack("twice.tar", tar => tar.WriteEntry(Path.Combine(Layout, "index.json"), "./index.json"));
        await _server.Fails("twice.tar has index.json twice.", "image", "import", _folder["twice.tar"]);

        var whole = await File.ReadAllBytesAsync(_folder["fine.tar"], Stops);
        foreach (var length in new[] { whole.Length / 3, whole.Length / 2 })
        {
            await File.WriteAllBytesAsync(_folder["cut.tar"], whole[..length], Stops);
            await _server.Fails("cut.tar ", "image", "import", _folder["cut.tar"]);
        }

        await using (var gzip = new GZipStream(File.Create(_folder["layout.tar.gz"]), CompressionLevel.Fastest))
        {
            gzip.Write(whole);
        }

        await _server.Fails("layout.tar.gz is compressed by gzip.", "image", "import", _folder["layout.tar.gz"]);
    }

    [Theory]
    [InlineData("gnu")]
    [InlineData("ustar")]
    [InlineData("pax")]
    [InlineData("v7")]
    public async Task Tars_of_other_programs_are_read(string format)
    {
        Directory.CreateDirectory(Path.Combine(Layout, "zzz-empty"));
        (await Command.Run("tar", ["--create", $"--format={format}", "--sort=name", "--file", _folder["other.tar"], "--directory", Layout, "."])).OrThrow();
        (await Command.Run("tar", ["--append", $"--format={format}", "--file", _folder["other.tar"], "--directory", Layout, "zzz-empty"])).OrThrow();
        Assert.Equal(["docker.io/library/app:1 imported"], AirGap.Read(await _server.Type("image", "import", _folder["other.tar"], "--output", "json")).States);
    }

    [Fact]
    public async Task Links_in_a_folder_are_no_part_of_it()
    {
        File.Move(Layer, _folder["elsewhere"]);
        File.CreateSymbolicLink(Layer, _folder["elsewhere"]);
        Assert.Equal($"{_image.Layers[0].Digest} is missing", (await Import()).Message(0));
    }

    [Fact]
    public async Task Only_what_is_a_layout_is_written_to()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder.Subfolder("full"), "notes"), "mine", Stops);
        await _server.Fails("full is no OCI image layout: it has no file oci-layout. Name a folder that is empty or an OCI image layout.", "image", "export", "mirror/app:1", "--to", _folder["full"]);
        await File.WriteAllTextAsync(_folder["notes"], "mine", Stops);
        await _server.Fails("notes is a file, and is not written over", "image", "export", "mirror/app:1", "--to", _folder["notes"]);
        await _server.Fails("--to: ", "image", "export", "mirror/app:1", "--to", _folder["notes/below"]);
        await _server.IsMisused(".gz is not written.", "image", "export", "mirror/app:1", "--to", _folder["a.tar.gz"]);
        await _server.IsMisused("no IMAGE is named, and neither --project nor --cluster.", "image", "export", "--to", _folder["a"]);
        await _server.Fails("--project: ghcr.io is neither a project nor a registry", "image", "export", "--project", "ghcr.io", "--to", _folder["a"]);
        await _server.Fails("", "image", "export", "--cluster", "none", "--to", _folder["a"]);
        Assert.False(Path.Exists(_folder["a"]));
    }

    /// <summary>What other tools put into the index stays there.</summary>
    [Fact]
    public async Task What_others_have_in_a_layout_stays()
    {
        (await _server.Type("image", "import", Layout)).OrThrow();
        Change(image => image["artifactType"] = "text/plain");
        var foreign = (await Index())["manifests"]![0]!.ToJsonString();
        (await _server.Type("image", "export", "mirror/library/app:1", "--to", Layout)).OrThrow();
        Assert.Equal(foreign, Assert.Single((await Index())["manifests"]!.AsArray())!.ToJsonString());
    }

    [Theory]
    [InlineData("layout-on-disk")]
    [InlineData("layout.tar")]
    public async Task A_full_disk_is_told_and_leaves_nothing_half(string name)
    {
        await using var gap = await AirGap.Start();
        await gap.Fetch("library/app", "1", ImageForge.Image([LayerForge.Random(3_000_000)]));
        var disk = gap.Folder.Subfolder("disk");
        var place = Path.Combine(disk, name);
        var result = await RoadsteadCli.Run(
            ["unshare", "--mount", "--", "sh", "-c", "mount -t tmpfs -o size=1m tmpfs \"$0\"\n\"$@\"\ncode=$?\nfind \"$0\" -type f -path '*blobs/sha256*' >&2\nls -A \"$0\" >&2\nexit $code", disk], new Dictionary<string, string?>(),
            "image", "export", "dockerhub/app:1", "--to", place, "--output", "json", "--server", gap.Outside.Address.ToString(), "--password-file", gap.Outside.StoragePath + "/admin-password");
        Assert.Equal((1, "dockerhub/app:1 notReached"), (result.ExitCode, AirGap.Read(result).States.Single()));
        Assert.Matches($"^roadstead: {place}: No space left on device", result.Error);

        // The config is whole; of the layer there is nothing under its name, and of a tar nothing at all.
        Assert.Equal(name == "layout.tar" ? 0 : 1, result.Error.Split('\n').Count(line => line.Contains("/blobs/sha256/", StringComparison.Ordinal)));
        Assert.Equal(name != "layout.tar", result.Error.EndsWith($"\n{name}\n", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_server_of_an_earlier_release_is_told()
    {
        await using var other = await FakeUpstream.Start();
        await File.WriteAllTextAsync(_folder["password"], "secret\n", Stops);
        foreach (var command in new[] { new[] { "image", "import", Layout }, ["image", "export", "mirror/app:1", "--to", _folder["a"]] })
        {
            var result = await RoadsteadCli.Run([.. command, "--server", other.Address.ToString(), "--password-file", _folder["password"]]);
            Assert.Equal((1, ""), (result.ExitCode, result.Output));
            Assert.Contains("--server: the server is of an earlier release, which neither exports nor imports images.", result.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Damage_at_the_server_is_not_carried_on()
    {
        await using var gap = await AirGap.Start();
        var image = await gap.Fetch("library/app", "1", ImageForge.Image([LayerForge.Random(5000)]));
        var blob = Directory.EnumerateFiles(gap.Outside.StoragePath, image.Layers[0].Digest[7..], SearchOption.AllDirectories).Single();
        await File.WriteAllBytesAsync(blob, new byte[image.Layers[0].Size], Stops);
        var moved = await gap.ExportJson("dockerhub/app:1", "--to", gap.Folder["layout"]);
        Assert.Equal((1, "docker.io/library/app:1 failed"), (moved.ExitCode, moved.States.Single()));
        Assert.Contains("the server's bytes have another digest", moved.Message(0), StringComparison.Ordinal);
        Assert.False(File.Exists(OciLayout.PathOf(gap.Folder["layout"], image.Layers[0].Digest)));
    }

    private async Task<Moved> Import(params string[] options) => AirGap.Read(await _server.Type(["image", "import", Layout, .. options, "--output", "json"]));

    /// <summary>Adds an image to the layout, which other tools would have made.</summary>
    private void Write(ForgedManifest image, string name)
    {
        var index = Path.Combine(Layout, "index.json");
        var former = File.Exists(index) ? JsonNode.Parse(File.ReadAllText(index))!["manifests"]!.AsArray().Select(entry => entry!.DeepClone()).ToList() : [];
        OciLayout.Write(Layout, "1", image);
        Change(entry => entry["annotations"]!["io.containerd.image.name"] = name);
        var json = JsonNode.Parse(File.ReadAllText(index))!;
        var all = json["manifests"]!.AsArray();
        foreach (var (number, entry) in former.Index())
        {
            all.Insert(number, entry);
        }

        File.WriteAllText(index, json.ToJsonString());
    }

    private void Change(Action<JsonNode> change)
    {
        var path = Path.Combine(Layout, "index.json");
        var json = JsonNode.Parse(File.ReadAllText(path))!;
        change(json["manifests"]![0]!);
        File.WriteAllText(path, json.ToJsonString());
    }

    private async Task<JsonNode> Index() => JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(Layout, "index.json"), Stops))!;

    private void Pack(string name, Action<TarWriter> add)
    {
        using var tar = new TarWriter(File.Create(_folder[name]));
        foreach (var file in Directory.EnumerateFiles(Layout, "*", SearchOption.AllDirectories))
        {
            tar.WriteEntry(file, Path.GetRelativePath(Layout, file));
        }

        add(tar);
    }

    private async Task<string> Status(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Authorization = _server.Admin();
        using var response = await _server.Client.SendAsync(request, Stops);
        return ((int)response.StatusCode).ToString(System.Globalization.CultureInfo.InvariantCulture);
    }
}
