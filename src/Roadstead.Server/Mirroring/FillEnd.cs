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

    /// <summary>It broke off.</summary>
    public sealed record Failed(string Why) : FillEnd;
}
