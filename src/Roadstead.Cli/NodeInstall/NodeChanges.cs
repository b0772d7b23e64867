using System.Text;
using Roadstead.Cli.NodeConfig;

namespace Roadstead.Cli.NodeInstall;

/// <summary>What an install is to change: computed of what the node has, what was installed before, and the plan. Changes nothing itself.</summary>
/// <param name="Changes">Files that are not as they are to be.</param>
/// <param name="Edits">All that was wanted.</param>
/// <param name="Kept">Files of an earlier install that are no longer wanted, but that somebody changed since.</param>
/// <param name="Entries">What the record is to say of files.</param>
/// <param name="Returned">Paths of those that are what they were before all installs once the changes are made, and leave the record then.</param>
/// <param name="Replaced">What somebody made of installed files since, and is written over.</param>
/// <param name="Originals">Those that are not in the record's folder yet.</param>
internal sealed record NodeChanges(
    IReadOnlyList<FileChange> Changes, UnitedEdits Edits, IReadOnlyList<string> Kept, IReadOnlyList<InstalledFile> Entries, IReadOnlySet<string> Returned, IReadOnlyList<(OriginalFile Original, FileChange Change)> Originals,
    IReadOnlyList<(string Path, byte[] Bytes)> Replaced, IReadOnlyList<string> Faults)
{
    public static NodeChanges Compute(NodeFiles files, IReadOnlyList<DetectedRuntime> runtimes, MirrorPlan plan, InstallRecord? record, NodeEditor edit) =>
        new Computation(files, new RecordFolder(files), record, edit).Compute(runtimes, plan);

    /// <summary>One run of it.</summary>
    private sealed class Computation(NodeFiles files, RecordFolder folder, InstallRecord? record, NodeEditor edit)
    {
        private readonly Dictionary<string, InstalledFile> _installed = record?.Files.ToDictionary(file => file.Path, StringComparer.Ordinal) ?? [];
        private readonly List<FileChange> _changes = [];
        private readonly List<InstalledFile> _entries = [];
        private readonly List<(OriginalFile, FileChange)> _originals = [];
        private readonly List<string> _kept = [];
        private readonly List<(string, byte[])> _replaced = [];
        private readonly HashSet<string> _returned = new(StringComparer.Ordinal);
        private readonly List<string> _faults = [];

        public NodeChanges Compute(IReadOnlyList<DetectedRuntime> runtimes, MirrorPlan plan)
        {
            var edits = UnitedEdits.Of(runtimes, plan, files.With(Overlay(IsOurs)), FormerMirrors(), edit);
            if (edits.Faults.Count > 0 && _installed.Values.Any(entry => IsOurs(entry) != IsPutRight(entry)))
            {
                // What was broken in a file that is ours to put right is put right.
                edits = UnitedEdits.Of(runtimes, plan, files.With(Overlay(IsPutRight)), FormerMirrors(), edit);
            }

            if (edits.Faults.Count > 0)
            {
                return new NodeChanges([], edits, [], [], new HashSet<string>(), [], [], edits.Faults);
            }

            var undrifted = Undrifted(runtimes, plan);
            foreach (var group in edits.Files.GroupBy(wanted => files.Place(wanted.Edit.Path)))
            {
                var wanted = group.First();
                if (Standing(wanted.Edit.Path, group.Key) is { } fault)
                {
                    _faults.Add(fault);
                }
                else if (group.Any(other => other.Edit.Content != wanted.Edit.Content))
                {
                    _faults.Add($"{group.Last().Edit.Path}: is the same file as {wanted.Edit.Path} by a symbolic link, and would have to be different. Remove the link.");
                }
                else
                {
                    Put(wanted, group.Key, undrifted);
                }
            }

            var wantedPaths = edits.Files.Select(wanted => wanted.Edit.Path).ToHashSet(StringComparer.Ordinal);
            foreach (var entry in _installed.Values.Where(entry => !wantedPaths.Contains(entry.Path)))
            {
                if (undrifted?.GetValueOrDefault(entry.Path) is not null)
                {
                    // Made of what an edited file held before, as containerd's mirrors of old are: that it no longer shows it says nothing of this one.
                    _entries.Add(entry);
                }
                else
                {
                    Return(entry);
                }
            }

            return new NodeChanges(_changes, edits, _kept, _entries, _returned, _originals, _replaced, _faults);
        }

        /// <summary>The node's files as they were before an install, as far as nobody changed them since.</summary>
        private Dictionary<string, byte[]?> Overlay(Func<InstalledFile, bool> isOriginal) => _installed.Values.Where(isOriginal)
            .ToDictionary(entry => entry.Path, entry => entry.Original is null ? null : folder.Original(entry.Original), StringComparer.Ordinal);

        /// <summary>Nothing of others' is in it since it was installed, or nothing that is to be kept.</summary>
        private bool IsOurs(InstalledFile entry) => (!entry.IsShared && !IsHostsToml(entry)) || (Installed.IsIn(files, entry) && !entry.HasOthers);

        /// <summary>The same where a hosts.toml that somebody changed does not parse: no other key of the node's is in it than of one registry's hosts.</summary>
        private bool IsPutRight(InstalledFile entry) => IsOurs(entry) || (IsHostsToml(entry) && !entry.HasOthers);

        // Hosts that somebody adds to it are asked after ours.
        private static bool IsHostsToml(InstalledFile entry) => entry.Path.EndsWith("/hosts.toml", StringComparison.Ordinal);

        private List<string> FormerMirrors() => record is null ? []
            : [.. record.Plan.Registries.Select(known => known.Root).Append(record.Plan.Mirror).OfType<string>().Select(url => MirrorUrl.TryParse(url, out var mirror, out _) ? mirror.Authority : null).OfType<string>().Distinct()];

        /// <summary>What would be installed had nobody changed what was; null: nobody has.</summary>
        private Dictionary<string, string?>? Undrifted(IReadOnlyList<DetectedRuntime> runtimes, MirrorPlan plan) =>
            _installed.Values.All(IsOurs) ? null
                : UnitedEdits.Of(runtimes, plan, files.With(Overlay(_ => true)), FormerMirrors(), edit).Files.ToDictionary(wanted => wanted.Edit.Path, wanted => wanted.Edit.Content, StringComparer.Ordinal);

        private void Put(WantedFile wanted, string place, Dictionary<string, string?>? undrifted)
        {
            var wish = wanted.Edit;
            var now = files.Bytes(wish.Path);
            var after = wish.Content is null ? null : Encoding.UTF8.GetBytes(wish.Content);
            var known = _installed.GetValueOrDefault(wish.Path);
            if (known is not null && ContentHash.OfAny(after) == (known.Original?.Sha256 ?? "") && (Installed.IsIn(files, known) || ContentHash.OfAny(now) == ContentHash.OfAny(after)))
            {
                // As it was before all installs is what is wanted now.
                Return(known);
                return;
            }

            // What somebody put there since is in the new content too, and was not in the original.
            var hasOthers = known is not null && undrifted is not null && undrifted.GetValueOrDefault(wish.Path) != wish.Content && (known.HasOthers || !Installed.IsIn(files, known));
            var status = now is null ? null : SystemCalls.Status(place);
            var tooOpen = wish.IsSecret && after is not null && status is { } open && (open.Mode & Others) != 0;
            var same = ContentHash.OfAny(now) == ContentHash.OfAny(after);
            if (same && !tooOpen)
            {
                if (known is not null)
                {
                    _entries.Add(known with { Installed = ContentHash.OfAny(after), Earlier = null, HasOthers = hasOthers, Reloads = wanted.Reloads, IsShared = wish.IsShared });
                }

                return;
            }

            var traits = status is { } there ? FileTraits.Of(there, place) with { Modified = null } : new FileTraits((int)wish.Mode);
            var isSecret = wish.IsSecret || status is { Mode: var mode } && (mode & OthersRead) == 0;
            if (known is not null && now is not null && !Installed.IsIn(files, known))
            {
                _replaced.Add((wish.Path, now));
            }

            var change = new FileChange(wish.Path, place, now, after, wish.IsSecret ? traits with { Mode = traits.Mode & ~Others } : traits, isSecret);
            _changes.Add(change);
            var original = known is not null ? known.Original : status is { } original1 ? RecordFolder.Describe(change, original1) : null;
            if (known is null && original is not null)
            {
                _originals.Add((original, change));
            }

            _entries.Add(new InstalledFile(wish.Path, ContentHash.OfAny(after), original, Earlier(known, now), hasOthers, wanted.Reloads, isSecret || known is { IsSecret: true }, wish.IsShared));
        }

        // While the change is under way, what stands there may be what was installed before.
        private static string? Earlier(InstalledFile? known, byte[]? now) => known is null ? null : ContentHash.OfAny(now);

        /// <summary>A file that is not wanted any more is to be what it was.</summary>
        private void Return(InstalledFile entry)
        {
            switch (Restoration.Of(files, folder, entry, force: false))
            {
                case Restoration.Needed(var change):
                    _changes.Add(change);
                    _entries.Add(entry with { Earlier = ContentHash.OfAny(change.Before) });
                    _returned.Add(entry.Path);
                    break;
                case Restoration.Kept(var why):
                    _kept.Add(why);
                    _entries.Add(entry);
                    break;
                default:
                    break;
            }
        }

        /// <summary>What stands where the file or one of its folders should.</summary>
        private static string? Standing(string path, string place)
        {
            if (Directory.Exists(place))
            {
                return $"{path}: is a folder, where a file is needed. Move it away.";
            }

            var at = Path.GetDirectoryName(place)!;
            while (SystemCalls.Status(at) is null)
            {
                at = Path.GetDirectoryName(at)!;
            }

            return SystemCalls.Status(at) is { IsFolder: true } ? null : $"{path}: {at} is a file, where a folder is needed. Move it away.";
        }
    }

    private const int Others = 0b111;

    // What others may not read may hold another one's password.
    private const int OthersRead = 0b100;
}
