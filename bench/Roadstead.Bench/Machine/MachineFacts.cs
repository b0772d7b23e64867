using System.Globalization;
using System.Runtime.InteropServices;

namespace Roadstead.Bench.Machine;

/// <summary>What figures of other machines must not be mixed with.</summary>
internal sealed record MachineFacts(string Processor, int Cores, double MemoryGb, string System, string Kernel, string Disk)
{
    /// <param name="folder">Where the contestants keep their files.</param>
    public static MachineFacts Read(string folder) => new(
        Value("/proc/cpuinfo", "model name", ':') ?? RuntimeInformation.ProcessArchitecture.ToString(),
        Environment.ProcessorCount,
        Math.Round(double.Parse((Value("/proc/meminfo", "MemTotal", ':') ?? "0 kB").Split(' ')[0], CultureInfo.InvariantCulture) * 1024 / 1e9, 1),
        (Value("/etc/os-release", "PRETTY_NAME", '=') ?? "?").Trim('"'),
        File.ReadAllText("/proc/sys/kernel/osrelease").Trim(),
        DiskOf(folder));

    private static string? Value(string file, string key, char separator) => File.ReadLines(file)
        .FirstOrDefault(line => line.StartsWith(key, StringComparison.Ordinal)) is { } line ? line[(line.IndexOf(separator, StringComparison.Ordinal) + 1)..].Trim() : null;

    private static string DiskOf(string folder)
    {
        var full = Path.GetFullPath(folder) + "/";
        var mount = File.ReadLines("/proc/mounts").Select(line => line.Split(' '))
            .Where(fields => full.StartsWith(fields[1].TrimEnd('/') + "/", StringComparison.Ordinal))
            .MaxBy(fields => fields[1].Length);
        return mount is null ? "?" : $"{mount[2]} on {mount[0]}";
    }
}
