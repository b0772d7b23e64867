using Roadstead.Oci;
using Roadstead.Server.Blobs;
using Roadstead.Server.Mirroring;

namespace Roadstead.Server.Retention;

/// <summary>Takes the files of blobs away whose rows have gone. Until then nobody finds them, and what is in use stays.</summary>
/// <param name="store">The files.</param>
/// <param name="fills">What is being fetched.</param>
/// <param name="log">Where a file that cannot be deleted is told of.</param>
/// <param name="underWay">A pull counts as under way for so long after its last request; null: as usual.</param>
internal sealed partial class BlobDisposal(FileBlobStore store, BlobFillTable fills, ILogger<BlobDisposal> log, TimeSpan? underWay = null)
{
    /// <summary>How long a pull usually counts as under way after its last request.</summary>
    public static readonly TimeSpan UsuallyUnderWay = TimeSpan.FromSeconds(5);

    public TimeSpan UnderWay { get; } = underWay ?? UsuallyUnderWay;

    /// <summary>True of a blob that is being sent or fetched.</summary>
    public bool IsInUse(Digest blob) => store.Uses.IsUsed(blob, UnderWay) || fills.IsUnderWay(blob);

    /// <summary>Has nobody find a blob from now on, within the write that removes its row.</summary>
    public void Condemn(Digest blob) => store.Condemn(blob);

    /// <summary>Takes that back, where the write failed.</summary>
    public void Reprieve(IEnumerable<Digest> blobs)
    {
        foreach (var blob in blobs)
        {
            store.Reprieve(blob);
        }
    }

    /// <summary>Deletes the files of condemned blobs, once their rows have gone. Where one cannot be deleted, the others go all the same.</summary>
    public void Discard(IEnumerable<Digest> blobs)
    {
        foreach (var blob in blobs)
        {
            try
            {
                store.Discard(blob);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                LogUndeleted(log, blob, exception.Message);
            }
        }
    }

    [LoggerMessage(LogLevel.Error, "deleting blob digest={Digest}: its file cannot be deleted ({Fault}); nobody finds it, and a later look at the store tries again")]
    private static partial void LogUndeleted(ILogger log, Digest digest, string fault);
}
