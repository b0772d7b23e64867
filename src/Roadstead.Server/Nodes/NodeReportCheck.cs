using Roadstead.Api;

namespace Roadstead.Server.Nodes;

/// <summary>What a report may hold. Words are refused where they are too long; messages, which come from runtimes and registries, are cut.</summary>
internal static class NodeReportCheck
{
    private const int MaxWord = 64;
    private const int MaxUrl = 512;
    private const int MaxRuntimes = 32;
    private const int MaxMessage = 1000;

    /// <returns>The report as it is to be kept; or what is wrong with it.</returns>
    public static (NodeReport? Report, string? Fault) Check(NodeReport report)
    {
        // JSON may lack what the record calls required.
        var fault = Word("agentVersion", report.AgentVersion)
            ?? Word("target", report.Target)
            ?? (report.Current is null ? null : Word("current", report.Current))
            ?? (report.MirrorUrl is null ? null : Word("mirrorUrl", report.MirrorUrl, MaxUrl))
            ?? (report.Runtimes is null ? "runtimes is missing" : report.Runtimes.Count > MaxRuntimes ? $"runtimes has more than {MaxRuntimes} entries" : null)
            ?? report.Runtimes!.Select(Fault).FirstOrDefault(found => found is not null)
            ?? (report.Platform is null ? null : Word("platform", report.Platform))
            ?? NodeImageCheck.Fault(report);
        return fault is null ? (NodeImageCheck.Kept(report) with { Runtimes = [.. report.Runtimes!.Select(Kept)] }, null) : (null, fault);
    }

    private static string? Fault(RuntimeReport? runtime, int i) => runtime is null ? $"runtimes[{i}] is null"
        : Word($"runtimes[{i}].name", runtime.Name) ?? (runtime.Version is null ? null : Word($"runtimes[{i}].version", runtime.Version));

    private static string? Word(string member, string? value, int longest = MaxWord) => string.IsNullOrEmpty(value) ? $"{member} is missing or empty"
        : value.Length > longest ? $"{member} is longer than {longest} letters"
        : value.Any(letter => letter is < ' ' or (char)127) ? $"{member} has a control character"
        : null;

    private static RuntimeReport Kept(RuntimeReport runtime) => runtime with { Message = runtime.Message is { } message ? OneLine(message, MaxMessage) : null };

    /// <summary>Cut, and free of what would break a line or command a terminal.</summary>
    public static string OneLine(string text, int longest)
    {
        var line = string.Concat(text.Take(longest).Select(letter => char.IsControl(letter) || char.IsSurrogate(letter) || letter is '\u2028' or '\u2029' ? ' ' : letter)).Trim();
        return text.Length > longest ? line + "…" : line;
    }
}
