namespace Roadstead.Cli.NodeInstall;

/// <summary>Folders that installs made.</summary>
internal static class MadeFolders
{
    /// <summary>Removes those that are empty now, the inner ones first; those of the record itself stay.</summary>
    /// <returns>What is left of them.</returns>
    public static IReadOnlyList<string> Remove(NodeFiles files, IReadOnlyList<string> folders)
    {
        var left = new List<string>();
        foreach (var folder in folders.OrderDescending(StringComparer.Ordinal).Where(files.HasFolder))
        {
            var place = files.Place(folder);
            if (InstallRecord.Folder.StartsWith(folder, StringComparison.Ordinal) || Directory.EnumerateFileSystemEntries(place).Any())
            {
                left.Add(folder);
                continue;
            }

            Directory.Delete(place);
            SystemCalls.SyncFolder(Path.GetDirectoryName(place)!);
        }

        return [.. left.Order(StringComparer.Ordinal)];
    }
}
