namespace Roadstead.Cli.NodeInstall;

/// <summary>What a file system will not do, in words that say what to do about it.</summary>
internal static class StorageFault
{
    /// <summary>The message, which names the file, and an advice.</summary>
    public static string Explain(Exception exception)
    {
        var message = exception.Message.TrimEnd('.');
        return Advice(exception) is { } advice ? $"{message}. {advice}" : $"{message}.";
    }

    private static string? Advice(Exception exception) => Number(exception) switch
    {
        SystemCalls.ReadOnly => "The file system is read-only: mount it for writing, or give the files to whoever makes the node's image (roadstead node render).",
        SystemCalls.NoSpace => "The disk is full: make room and run this again.",
        SystemCalls.OverQuota => "The quota is used up: make room and run this again.",
        SystemCalls.IoError => "The disk has a fault: see the kernel's log.",
        SystemCalls.AccessDenied or SystemCalls.NotPermitted => Environment.IsPrivilegedProcess ? "Root itself may not: is the file immutable (lsattr), or a security module in the way?" : "Run this as root.",
        SystemCalls.NoFolder => "A file stands where a folder is needed.",
        SystemCalls.Busy => "It is a mount point, which cannot be replaced: run this where the file is mounted from.",
        _ => null,
    };

    private static int Number(Exception exception) => exception switch
    {
        UnauthorizedAccessException { InnerException: IOException inner } => Number(inner),
        UnauthorizedAccessException => SystemCalls.AccessDenied,
        _ => exception.HResult,
    };
}
