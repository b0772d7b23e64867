namespace Roadstead.Server.Configuration;

/// <summary>Finds out whether the storage folder can be written, without leaving anything behind.</summary>
internal static class StorageFolder
{
    /// <summary>Null where it can be written, or made under its nearest existing parent.</summary>
    public static string? Fault(string path)
    {
        var folder = Path.GetFullPath(path);
        while (!Directory.Exists(folder))
        {
            if (File.Exists(folder))
            {
                return $"{folder} is a file, not a folder";
            }

            if (Path.GetDirectoryName(folder) is not { } parent)
            {
                return $"{folder} does not exist";
            }

            folder = parent;
        }

        try
        {
            // Asking for permissions would not do: read-only mounts, quotas and root squashing show only in the attempt.
            var probe = Path.Combine(folder, $".roadstead-probe-{Guid.NewGuid():n}");
            using var file = new FileStream(probe, new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                Options = FileOptions.DeleteOnClose,
            });
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"{folder} cannot be written: {(e is UnauthorizedAccessException ? "permission denied" : e.Message)}";
        }
    }
}
