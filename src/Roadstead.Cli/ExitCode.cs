namespace Roadstead.Cli;

/// <summary>What scripts can rely on.</summary>
internal static class ExitCode
{
    public const int Done = 0;
    public const int Failed = 1;
    public const int WrongUsage = 2;

    /// <summary>Of several things some were done.</summary>
    public const int DoneInPart = 3;
}
