namespace Roadstead.Cli.NodeInstall;

/// <summary>What it takes for one installed file to be what it was before.</summary>
internal abstract record Restoration
{
    private Restoration()
    {
    }

    public sealed record Needed(FileChange Change) : Restoration;

    /// <summary>It is already.</summary>
    public sealed record Done : Restoration;

    /// <summary>It stays as it is.</summary>
    /// <param name="Why">Names it.</param>
    public sealed record Kept(string Why) : Restoration;

    /// <param name="force">Also if somebody changed it since.</param>
    public static Restoration Of(NodeFiles files, RecordFolder folder, InstalledFile entry, bool force)
    {
        var now = files.Bytes(entry.Path);
        var hash = ContentHash.OfAny(now);
        if (hash == (entry.Original?.Sha256 ?? "") && (!Installed.Is(hash, entry) || entry.Original is null))
        {
            return new Done();
        }

        if (!force && !Installed.Is(hash, entry))
        {
            return new Kept($"{entry.Path}: {(now is null ? "somebody removed it" : "somebody changed it")} since it was installed.");
        }

        if (!force && entry.HasOthers)
        {
            return new Kept($"{entry.Path}: holds settings that somebody put there after it was first installed, which the original would lose. Take the mirror's out by hand.");
        }

        var place = files.Place(entry.Path);
        if (entry.Original is not { } original)
        {
            return new Needed(new FileChange(entry.Path, place, now, null, new FileTraits(0), entry.IsSecret));
        }

        var traits = new FileTraits(original.Mode, new FileOwner(original.Owner, original.Group), FileTime.Of(original), now is null ? null : place);
        return new Needed(new FileChange(entry.Path, place, now, folder.Original(original), traits, entry.IsSecret));
    }
}

/// <summary>Whether a file is as an install left it.</summary>
internal static class Installed
{
    public static bool IsIn(NodeFiles files, InstalledFile entry) => Is(ContentHash.OfAny(files.Bytes(entry.Path)), entry);

    public static bool Is(string hash, InstalledFile entry) => hash == entry.Installed || (entry.Earlier is not null && hash == entry.Earlier);
}
