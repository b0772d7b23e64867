namespace Roadstead.Cli.NodeInstall;

/// <summary>
/// Changes several files, or none. Every new file is written beside its place and made durable first; what was there keeps a second name until all are in place, so that
/// what fails is put back as the very file that it was.
/// </summary>
internal sealed class FileTransaction(IReadOnlyList<FileChange> changes)
{
    private readonly List<FileChange> _done = [];
    private readonly List<string> _madeFolders = [];

    /// <summary>Folders that must be made for these changes, on this machine, the outer ones first.</summary>
    public static IReadOnlyList<string> MissingFolders(IEnumerable<FileChange> changes)
    {
        var missing = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var change in changes.Where(change => change.After is not null))
        {
            for (var at = change.Folder; !Directory.Exists(at); at = Path.GetDirectoryName(at)!)
            {
                missing.Add(at);
            }
        }

        return [.. missing];
    }

    /// <summary>How it ended.</summary>
    public abstract record Outcome
    {
        public sealed record Done : Outcome;

        /// <summary>It could not be, and all is as it was.</summary>
        public sealed record Failed(string Message) : Outcome;

        /// <summary>It could not be, and not all could be put back.</summary>
        public sealed record Torn(string Message) : Outcome;
    }

    public Outcome Run()
    {
        try
        {
            Stage();
            foreach (var change in changes)
            {
                Commit(change);
            }

            foreach (var folder in changes.Select(change => change.Folder).Distinct().Where(Directory.Exists))
            {
                SystemCalls.SyncFolder(folder);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            var message = StorageFault.Explain(exception);
            return PutBack() is { Count: > 0 } faults
                ? new Outcome.Torn(string.Join(" ", [message, .. faults, "roadstead node uninstall puts back what was there."]))
                : new Outcome.Failed($"{message} Nothing was changed.");
        }

        // They are in place: that a second name stays behind is no reason to take them back, and the next run removes it.
        Attempt(Sweep);
        return new Outcome.Done();
    }

    private void Stage()
    {
        foreach (var folder in MissingFolders(changes))
        {
            Directory.CreateDirectory(folder);
            _madeFolders.Add(folder);
            File.SetUnixFileMode(folder, (UnixFileMode)0b111_101_101);
            SystemCalls.SyncFolder(Path.GetDirectoryName(folder)!);
        }

        Sweep();
        foreach (var change in changes)
        {
            if (change.After is not null)
            {
                change.Traits.Write(change.Staged, change.After);
            }

            if (change.Before is not null)
            {
                SystemCalls.Link(change.Place, change.Kept);
            }
        }
    }

    private void Commit(FileChange change)
    {
        var now = File.Exists(change.Place) ? File.ReadAllBytes(change.Place) : null;
        if (ContentHash.OfAny(now) != ContentHash.OfAny(change.Before))
        {
            throw new IOException($"{change.Path}: somebody else changed it just now. Run this again.");
        }

        _done.Add(change);
        if (change.After is not null)
        {
            File.Move(change.Staged, change.Place, overwrite: true);
        }
        else
        {
            // Who watches the folder for files that go does not see one that is renamed away.
            File.Delete(change.Place);
        }
    }

    private void Sweep()
    {
        foreach (var change in changes)
        {
            FileChange.Sweep(change.Place);
        }
    }

    /// <returns>What could not be put back.</returns>
    private List<string> PutBack()
    {
        var faults = new List<string>();
        foreach (var change in Enumerable.Reverse(_done))
        {
            Attempt(() =>
            {
                if (change.Before is null)
                {
                    File.Delete(change.Place);
                }
                else if (File.Exists(change.Kept))
                {
                    File.Move(change.Kept, change.Place, overwrite: true);
                }
            }, fault => faults.Add($"{change.Path} could not be put back: {fault}"));
        }

        Attempt(Sweep, faults.Add);
        foreach (var folder in Enumerable.Reverse(_madeFolders))
        {
            Attempt(() => Directory.Delete(folder), faults.Add);
        }

        return faults;
    }

    private static void Attempt(Action action, Action<string>? fault = null)
    {
        try
        {
            action();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            fault?.Invoke(exception.Message);
        }
    }
}
