namespace Roadstead.Server.Mirroring;

/// <summary>What became of a fill.</summary>
internal abstract record FillEnd
{
    private FillEnd()
    {
    }

    /// <summary>The blob is held.</summary>
    public sealed record Stored : FillEnd;

    /// <summary>Upstream has none, or sent something else; where that is a fault, the log has it already.</summary>
    public sealed record Refused : FillEnd;

    /// <summary>It cannot be stored: the disk is full or fails.</summary>
    public sealed record NoRoom(string Why) : FillEnd;

    /// <summary>It is not to be stored: there is no room for it within a quota or below the watermark, and none could be made.</summary>
    public sealed record NotKept(string Why) : FillEnd;

    /// <summary>It broke off.</summary>
    public sealed record Failed(string Why) : FillEnd;
}
