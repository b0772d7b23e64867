namespace Roadstead.Server.Blobs;

/// <summary>How full the disk is that holds the data folder, by whatever fills it.</summary>
/// <param name="folder">The data folder.</param>
/// <param name="watermark">The part of the disk that may be full, from 0 to 1; null: all of it.</param>
public sealed class DiskSpace(string folder, double? watermark)
{
    private readonly DriveInfo _drive = new(folder);

    /// <summary>The bytes that may be added until the watermark is reached; negative beyond it; null where there is none, or the disk does not say.</summary>
    /// <remarks>As df(1) has it: what is kept back for root is neither used nor available.</remarks>
    public long? Left()
    {
        if (watermark is not { } mark)
        {
            return null;
        }

        try
        {
            var used = _drive.TotalSize - _drive.TotalFreeSpace;
            return (long)(mark * (used + _drive.AvailableFreeSpace)) - used;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
