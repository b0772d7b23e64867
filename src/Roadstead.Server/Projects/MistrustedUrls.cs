using System.Collections.Concurrent;
using Roadstead.Oci;

namespace Roadstead.Server.Projects;

/// <summary>Which of an endpoint's URLs sent a blob whose bytes were another's: for that blob it is asked after all others.</summary>
internal sealed class MistrustedUrls
{
    private const int Most = 1000;

    private readonly ConcurrentDictionary<Digest, Uri> _opened = new();
    private readonly ConcurrentDictionary<Digest, Uri> _mistrusted = new();

    /// <summary>Null: none.</summary>
    public Uri? Of(Digest digest) => _mistrusted.GetValueOrDefault(digest);

    public void Opened(Digest digest, Uri url) => Put(_opened, digest, url);

    /// <summary>Notes that the bytes that came last were wrong.</summary>
    public void Mistrust(Digest digest)
    {
        if (_opened.TryGetValue(digest, out var url))
        {
            Put(_mistrusted, digest, url);
        }
    }

    private static void Put(ConcurrentDictionary<Digest, Uri> urls, Digest digest, Uri url)
    {
        if (urls.Count >= Most)
        {
            urls.Clear();
        }

        urls[digest] = url;
    }
}
