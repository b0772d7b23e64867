using Roadstead.Api;
using Roadstead.Oci;

namespace Roadstead.Inventory;

/// <summary>Makes an inventory of image names as they are written: the same image in other spellings is one, and what can be none is kept as such.</summary>
public sealed class InventoryBuilder
{
    /// <summary>How much is kept of what is no image, in characters.</summary>
    public const int MaxMalformedText = 200;

    /// <summary>The most things that are kept that are no images; more are only counted.</summary>
    public const int MostMalformed = 1000;

    // A tag that moves while old pods run has several; a whole history of it is of no use.
    private const int MostDigests = 20;

    private readonly Dictionary<string, Used> _images = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Wrong> _malformed = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _platforms = new(StringComparer.Ordinal);

    // Ten thousand pods write few names.
    private readonly Dictionary<string, Used> _spellings = new(StringComparer.Ordinal);

    /// <summary>How many images there are.</summary>
    public int Count => _images.Count;

    /// <summary>How many different things were no images, beyond those that are kept.</summary>
    public long MoreMalformed { get; private set; }

    /// <summary>There were more images than an inventory may have, and the others are not in it.</summary>
    public bool IsOverfull { get; private set; }

    /// <summary>Counts uses of an image.</summary>
    /// <param name="text">As it is written.</param>
    /// <param name="usedBy">Where, as <c>prod/Deployment/web</c>; null: not known.</param>
    /// <param name="uses">How many.</param>
    /// <param name="imageId">What a status says of the image that runs; null: nothing. It counts only where it can be trusted.</param>
    public void Add(string text, string? usedBy, int uses = 1, string? imageId = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (!_spellings.TryGetValue(text, out var used))
        {
            if (!ImageReference.TryParse(text, out var image, out var fault))
            {
                Malformed(text, fault, usedBy);
                return;
            }

            if (Find(image) is not { } found)
            {
                return;
            }

            used = found;
            if (_spellings.Count < 2 * ClusterInventory.MostImages)
            {
                _spellings.Add(text, used);
            }
        }

        used.Uses = (int)Math.Min(int.MaxValue, (long)used.Uses + uses);
        Note(used.UsedBy, usedBy);
        if (used.Digests.Count < MostDigests && StatusDigest.Of(used.Image, imageId) is { } digest)
        {
            used.Digests.Add(digest);
        }
    }

    /// <summary>Keeps what stands where an image should, and can be none.</summary>
    /// <param name="text">As it is written.</param>
    /// <param name="fault">What is wrong with it; continues a sentence that begins with it.</param>
    /// <param name="usedBy">Where it stands; null: not known.</param>
    public void Malformed(string text, string fault, string? usedBy)
    {
        ArgumentNullException.ThrowIfNull(text);
        var shortened = text.Length <= MaxMalformedText ? text : text[..(MaxMalformedText - 1)] + "…";
        if (!_malformed.TryGetValue(shortened, out var wrong))
        {
            if (_malformed.Count == MostMalformed)
            {
                MoreMalformed++;
                return;
            }

            _malformed.Add(shortened, wrong = new Wrong(fault));
        }

        Note(wrong.UsedBy, usedBy);
    }

    /// <summary>Notes what a node of the cluster is.</summary>
    /// <param name="platform">As <c>linux/amd64</c>.</param>
    public void AddPlatform(string platform) => _platforms.Add(platform);

    /// <summary>All of it, in order.</summary>
    /// <param name="takenAt">When it was so.</param>
    /// <param name="source">Where it is from, as <see cref="ClusterInventory.Source"/>.</param>
    public ClusterInventory Build(DateTimeOffset takenAt, string source) => new(
        takenAt,
        source,
        [
            .. _images.OrderBy(image => image.Key, StringComparer.Ordinal).Select(image => new UsedImage(image.Key, image.Value.Uses)
            {
                Digests = OrNull(image.Value.Digests),
                UsedBy = OrNull(image.Value.UsedBy),
            }),
        ],
        [.. _platforms])
    {
        Malformed = _malformed.Count == 0 ? null
            : [.. _malformed.OrderBy(wrong => wrong.Key, StringComparer.Ordinal).Select(wrong => new MalformedImage(wrong.Key, wrong.Value.Fault) { UsedBy = OrNull(wrong.Value.UsedBy) })],
    };

    private Used? Find(ImageReference image)
    {
        var whole = image.ToString();
        if (_images.TryGetValue(whole, out var used))
        {
            return used;
        }

        if (_images.Count == ClusterInventory.MostImages)
        {
            IsOverfull = true;
            return null;
        }

        _images.Add(whole, used = new Used(image));
        return used;
    }

    /// <summary>Of many places the first in order stay, so that the same cluster gives the same inventory.</summary>
    private static void Note(SortedSet<string> places, string? place)
    {
        if (place is null || (places.Count == UsedImage.MostUsedBy && string.CompareOrdinal(place, places.Max) >= 0))
        {
            return;
        }

        places.Add(place);
        if (places.Count > UsedImage.MostUsedBy)
        {
            places.Remove(places.Max!);
        }
    }

    private static IReadOnlyList<string>? OrNull(SortedSet<string> set) => set.Count == 0 ? null : [.. set];

    private sealed class Used(ImageReference image)
    {
        public ImageReference Image => image;

        public int Uses { get; set; }

        public SortedSet<string> Digests { get; } = new(StringComparer.Ordinal);

        public SortedSet<string> UsedBy { get; } = new(StringComparer.Ordinal);
    }

    private sealed class Wrong(string fault)
    {
        public string Fault => fault;

        public SortedSet<string> UsedBy { get; } = new(StringComparer.Ordinal);
    }
}
