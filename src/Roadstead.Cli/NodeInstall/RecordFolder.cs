using System.Globalization;
using System.Text.Json;

namespace Roadstead.Cli.NodeInstall;

/// <summary>Where a node's <see cref="InstallRecord"/> and the originals are. They are on disk before a file is changed, and appear and go as a whole.</summary>
internal sealed class RecordFolder(NodeFiles files)
{
    private const string KeptFolder = "/var/lib/roadstead/replaced";
    private const string RecordName = "record.json";
    private const string NewName = "record.json.new";
    private const string BackupStart = "original-";
    private const string ComingName = ".roadstead-node.new";
    private const string GoingName = ".roadstead-node.old";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private static readonly FileTraits Private = new((int)(UnixFileMode.UserRead | UnixFileMode.UserWrite));

    // What holds a record's folder, where one that was not finished may have been left.
    private static readonly string[] Ancestors = ["/", "/var", "/var/lib", "/var/lib/roadstead"];

    public static string RecordPath => $"{InstallRecord.Folder}/{RecordName}";

    public abstract record Outcome
    {
        public sealed record Loaded(InstallRecord Record) : Outcome;

        public sealed record Nothing : Outcome;

        public sealed record Malformed(string Message) : Outcome;
    }

    public Outcome Load()
    {
        var bytes = files.Bytes(RecordPath);
        if (bytes is null)
        {
            return new Outcome.Nothing();
        }

        try
        {
            var record = JsonSerializer.Deserialize(bytes, InstallRecordJson.Default.InstallRecord);
            return Fault(record) is { } fault ? new Outcome.Malformed($"{RecordPath}: {fault}") : new Outcome.Loaded(record!);
        }
        catch (JsonException exception)
        {
            var line = (exception.LineNumber ?? 0) + 1;
            return new Outcome.Malformed($"{RecordPath}:{line}: is not the record of an install, and nothing was changed: without it nobody knows what was there before. The originals are beside it: put them back by hand and remove the folder.");
        }
    }

    /// <summary>Folders that a record would need made, as the node has them, the outer ones first.</summary>
    public IReadOnlyList<string> Missing() => [.. Ancestors.Skip(1).Append(InstallRecord.Folder).Where(folder => !files.HasFolder(folder))];

    public static bool AreSame(InstallRecord one, InstallRecord other) =>
        JsonSerializer.SerializeToUtf8Bytes(one, InstallRecordJson.Default.InstallRecord).AsSpan().SequenceEqual(JsonSerializer.SerializeToUtf8Bytes(other, InstallRecordJson.Default.InstallRecord));

    public byte[] Original(OriginalFile original)
    {
        var path = $"{InstallRecord.Folder}/{original.Backup}";
        var bytes = files.Bytes(path) ?? throw new IOException($"{path}: the original is gone, and nothing was changed.");
        return ContentHash.Of(bytes) == original.Sha256 ? bytes : throw new IOException($"{path}: is not the original that was put there, and nothing was changed.");
    }

    /// <summary>The record of a file that is about to be changed.</summary>
    public static OriginalFile Describe(FileChange change, FileStatus status)
    {
        var time = new FileTime(status.Seconds, status.Nanoseconds);
        var name = BackupStart + ContentHash.Of(System.Text.Encoding.UTF8.GetBytes(change.Path))[..16];
        return new OriginalFile(name, ContentHash.Of(change.Before!), status.Mode, status.Owner, status.Group, time.Ticks, time.Rest);
    }

    /// <summary>Makes a record durable, and the originals that it names and are not there yet.</summary>
    public void Write(InstallRecord record, IEnumerable<(OriginalFile Original, FileChange Change)> originals)
    {
        var missing = Missing();
        if (missing.Count == 0)
        {
            Fill(files.Place(InstallRecord.Folder), record, originals);
            return;
        }

        // All of it appears at once, so that there is no moment when the folder is there and nobody knows whose it is.
        var parent = files.Place(Path.GetDirectoryName(missing[0])!);
        var coming = Path.Combine(parent, ComingName);
        var innermost = Path.Combine([coming, .. missing.Skip(1).Select(folder => Path.GetFileName(folder))]);
        foreach (var folder in missing.Select((_, depth) => Path.Combine([coming, .. missing.Skip(1).Take(depth).Select(name => Path.GetFileName(name))])))
        {
            Directory.CreateDirectory(folder);
            File.SetUnixFileMode(folder, folder == innermost ? OwnerOnly : (UnixFileMode)0b111_101_101);
        }

        Fill(innermost, record, originals);
        for (var folder = innermost; folder != parent; folder = Path.GetDirectoryName(folder)!)
        {
            SystemCalls.SyncFolder(folder);
        }

        Directory.Move(coming, Path.Combine(parent, Path.GetFileName(missing[0])));
        SystemCalls.SyncFolder(parent);
    }

    /// <summary>Where what somebody made of an installed file is kept when it is written over.</summary>
    public static string KeptName(string path, byte[] bytes) => $"{KeptFolder}/{ContentHash.Of(bytes)[..12]}-{Path.GetFileName(path)}";

    /// <summary>Keeps what somebody made of installed files; it stays when all else is uninstalled.</summary>
    public void Keep(IReadOnlyList<(string Path, byte[] Bytes)> replaced)
    {
        foreach (var (path, bytes) in replaced)
        {
            var place = files.Place(KeptName(path, bytes));
            Directory.CreateDirectory(Path.GetDirectoryName(place)!, OwnerOnly);
            File.Delete(place);
            Private.Write(place, bytes);
            SystemCalls.SyncFolder(Path.GetDirectoryName(place)!);
        }
    }

    /// <summary>Removes the record and what was made for it; what others put beside it stays.</summary>
    public void Remove(InstallRecord record)
    {
        var made = Ancestors.Skip(1).Append(InstallRecord.Folder).Where(record.MadeFolders.Contains).ToList();
        while (made.Count > 0 && !HoldsNothingElse(made[0]))
        {
            made.RemoveAt(0);
        }

        if (made.Count == 0)
        {
            var folder = files.Place(InstallRecord.Folder);
            File.Delete(Path.Combine(folder, RecordName));
            SystemCalls.SyncFolder(folder);
            SweepOriginals(folder, null);
            return;
        }

        var place = files.Place(made[0]);
        var going = Path.Combine(Path.GetDirectoryName(place)!, GoingName);
        Directory.Move(place, going);
        SystemCalls.SyncFolder(Path.GetDirectoryName(place)!);
        Directory.Delete(going, recursive: true);
    }

    /// <summary>Removes what an end before its time left; what a record names stays.</summary>
    public void Sweep(InstallRecord? record)
    {
        foreach (var left in Ancestors.Where(files.HasFolder).SelectMany(folder => new[] { ComingName, GoingName }.Select(name => Path.Combine(files.Place(folder), name))).Where(Directory.Exists))
        {
            Directory.Delete(left, recursive: true);
        }

        if (files.HasFolder(InstallRecord.Folder))
        {
            SweepOriginals(files.Place(InstallRecord.Folder), record);
        }
    }

    private static void Fill(string folder, InstallRecord record, IEnumerable<(OriginalFile Original, FileChange Change)> originals)
    {
        foreach (var (original, change) in originals)
        {
            var place = Path.Combine(folder, original.Backup);
            File.Delete(place);
            Private.Write(place, change.Before!);
        }

        var coming = Path.Combine(folder, NewName);
        File.Delete(coming);
        Private.Write(coming, JsonSerializer.SerializeToUtf8Bytes(record, InstallRecordJson.Default.InstallRecord));
        SystemCalls.SyncFolder(folder);
        File.Move(coming, Path.Combine(folder, RecordName), overwrite: true);
        SystemCalls.SyncFolder(folder);
    }

    private static void SweepOriginals(string folder, InstallRecord? record)
    {
        var named = record?.Files.Select(file => file.Original?.Backup).ToHashSet() ?? [];
        foreach (var file in Directory.EnumerateFiles(folder).Where(file => Path.GetFileName(file) is var name && !named.Contains(name) && (name == NewName || name.StartsWith(BackupStart, StringComparison.Ordinal))))
        {
            File.Delete(file);
        }
    }

    private bool HoldsNothingElse(string folder)
    {
        if (folder == InstallRecord.Folder)
        {
            return Directory.EnumerateFileSystemEntries(files.Place(folder)).All(entry => Path.GetFileName(entry) is var name && (name is RecordName or NewName || name.StartsWith(BackupStart, StringComparison.Ordinal)));
        }

        var next = Ancestors.Append(InstallRecord.Folder).First(inner => Path.GetDirectoryName(inner) == folder);
        return Directory.EnumerateFileSystemEntries(files.Place(folder)).All(entry => Path.GetFileName(entry) == Path.GetFileName(next)) && HoldsNothingElse(next);
    }

    private static string? Fault(InstallRecord? record)
    {
        if (record is null)
        {
            return "is empty, and nothing was changed. The originals are beside it: put them back by hand and remove the folder.";
        }

        if (record.Form != InstallRecord.CurrentForm)
        {
            return string.Create(CultureInfo.InvariantCulture, $"was written by roadstead {record.Version} in form {record.Form}, which this version does not know, and nothing was changed. Use that version.");
        }

        var odd = record.Files.Select(file => file.Path).Concat(record.MadeFolders).FirstOrDefault(path => !path.StartsWith('/') || path.Split('/').Contains(".."))
            ?? record.Files.Select(file => file.Original?.Backup).FirstOrDefault(name => name is not null && (!name.StartsWith(BackupStart, StringComparison.Ordinal) || name.Contains('/', StringComparison.Ordinal)));
        return odd is null ? null : $"names {odd}, which no install writes, and nothing was changed.";
    }
}
