using System.Security.Cryptography.X509Certificates;
using Roadstead.Testing.Images;

namespace Roadstead.Testing.Upstream;

/// <summary>A registry in this process, with a CDN beside it, that serves what it is given and misbehaves on request.</summary>
public sealed class FakeUpstream : IAsyncDisposable
{
    private readonly RegistryContent content = new();
    private readonly RegistryAnswers answers;

    private FakeUpstream()
    {
        Auth = new FakeAuth(() => Origin!.Address);
        answers = new RegistryAnswers(content, Auth, () => Cdn!.Address);
        Origin = new FakeHost("fake upstream", answers.Origin);
        Cdn = new FakeHost("fake CDN", answers.Cdn);
    }

    /// <summary>The registry's own address, its token service included.</summary>
    public FakeHost Origin { get; }

    /// <summary>Another port, to which blobs are redirected if <see cref="RedirectsBlobs"/>; it has requests and faults of its own.</summary>
    public FakeHost Cdn { get; }

    public FakeAuth Auth { get; }

    public Uri Address => Origin.Address;

    /// <summary><c>127.0.0.1:port</c>.</summary>
    public string Authority => Origin.Authority;

    /// <summary>The registry's, without the CDN's.</summary>
    public Journal<RecordedRequest> Requests => Origin.Requests;

    /// <summary>Blobs are answered with a redirect to a signed link of the CDN.</summary>
    public bool RedirectsBlobs
    {
        get => answers.RedirectsBlobs;
        set => answers.RedirectsBlobs = value;
    }

    /// <summary>False ignores Range headers.</summary>
    public bool ServesRanges
    {
        get => answers.ServesRanges;
        set => answers.ServesRanges = value;
    }

    /// <summary>Tags are answered in pages of at most this many; null sends all at once whatever is asked for, as docker-registry 2 does.</summary>
    public int? TagsPerPage
    {
        get => answers.TagsPerPage;
        set => answers.TagsPerPage = value;
    }

    /// <summary>True knows the referrers API; false answers it with 404.</summary>
    public bool ServesReferrers
    {
        get => answers.ServesReferrers;
        set => answers.ServesReferrers = value;
    }

    /// <param name="certificate">What the registry shows; null: plain HTTP.</param>
    public static async Task<FakeUpstream> Start(X509Certificate2? certificate = null)
    {
        var upstream = new FakeUpstream();
        upstream.Origin.Certificate = certificate;
        await upstream.Origin.Start();
        await upstream.Cdn.Start();
        return upstream;
    }

    /// <summary>GETs of the blob that reached the registry.</summary>
    public int CountBlobGets(string repository, string digest) => Requests.Count(On.Blob(repository, digest).Get());

    public FaultRule Fault(Func<RecordedRequest, bool> when, Fault fault, int? times = null) => Origin.Fault(when, fault, times);

    public void ClearFaults()
    {
        Origin.ClearFaults();
        Cdn.ClearFaults();
    }

    /// <summary>The links to the CDN given out so far are denied from now on.</summary>
    public void ExpireCdnLinks() => answers.ExpireLinks();

    /// <returns>The sha256 digest.</returns>
    public string AddBlob(string repository, byte[] bytes)
    {
        var digest = ContentDigest.Sha256(bytes);
        content.PutBlob(repository, digest, bytes);
        return digest;
    }

    /// <summary>Under a digest that the bytes need not have.</summary>
    public void AddBlob(string repository, string digest, byte[] bytes) => content.PutBlob(repository, digest, bytes);

    /// <returns>The sha256 digest.</returns>
    public string AddManifest(string repository, string? tag, string mediaType, byte[] bytes)
    {
        var digest = ContentDigest.Sha256(bytes);
        AddManifest(repository, tag, mediaType, bytes, digest);
        return digest;
    }

    /// <summary>Under a digest that the bytes need not have.</summary>
    public void AddManifest(string repository, string? tag, string mediaType, byte[] bytes, string digest) =>
        content.PutManifest(repository, tag, new StoredManifest(digest, mediaType, bytes));

    /// <summary>A manifest with all that it names, children and their blobs included.</summary>
    public ForgedManifest Add(string repository, string? tag, ForgedManifest manifest)
    {
        foreach (var blob in manifest.Blobs)
        {
            content.PutBlob(repository, blob.Digest, blob.Bytes);
        }

        foreach (var child in manifest.Children)
        {
            Add(repository, null, child);
        }

        AddManifest(repository, tag, manifest.MediaType, manifest.Bytes, manifest.Digest);
        return manifest;
    }

    public ForgedManifest AddImage(string repository, string tag, params ForgedBlob[] layers) =>
        Add(repository, tag, ImageForge.Image(layers));

    /// <summary>A manifest with all that it names, under any tag that is asked for.</summary>
    public ForgedManifest AddEveryTag(string repository, ForgedManifest manifest)
    {
        Add(repository, null, manifest);
        content.PutEveryTag(repository, manifest.Digest);
        return manifest;
    }

    public ForgedManifest AddIndex(string repository, string tag, params (string Platform, ForgedManifest Image)[] images) =>
        Add(repository, tag, ImageForge.Index(images));

    public void RemoveTag(string repository, string tag) => content.RemoveTag(repository, tag);

    public void RemoveManifest(string repository, string digest) => content.RemoveManifest(repository, digest);

    public void RemoveBlob(string repository, string digest) => content.RemoveBlob(repository, digest);

    /// <summary>Connections are ended and refused until <see cref="StartAgain"/>, which takes the same ports.</summary>
    public Task Stop() => Task.WhenAll(Origin.Stop(), Cdn.Stop());

    public Task StartAgain() => Task.WhenAll(Origin.Start(), Cdn.Start());

    /// <summary>Accepts connections and never answers, until <see cref="Thaw"/>.</summary>
    public void Freeze()
    {
        Origin.Freeze();
        Cdn.Freeze();
    }

    public void Thaw()
    {
        Origin.Thaw();
        Cdn.Thaw();
    }

    public async ValueTask DisposeAsync()
    {
        await Origin.DisposeAsync();
        await Cdn.DisposeAsync();
    }
}
