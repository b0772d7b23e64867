using System.Globalization;

namespace Roadstead.Bench.Machine;

/// <summary>What a process and all that it started have used.</summary>
/// <seealso href="https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html"/>
internal static class ProcessTree
{
    // USER_HZ, in which the kernel gives times to programs on every platform that .NET has.
    private const double TicksPerSecond = 100;

    /// <summary>Processor time in user and kernel mode, of workers that ended too.</summary>
    public static TimeSpan ProcessorTime(int root)
    {
        var all = Stats();
        return TimeSpan.FromSeconds(Below(root, all).Sum(id => all[id].OwnTicks + all[id].ChildTicks) / TicksPerSecond);
    }

    /// <summary>A process and all that it started and that run.</summary>
    public static List<int> Of(int root) => [.. Below(root, Stats())];

    /// <summary>Processor time of the programs that this process started and that ended.</summary>
    public static TimeSpan OfEndedChildren() => TimeSpan.FromSeconds(ParseStat(File.ReadAllText("/proc/self/stat")).ChildTicks / TicksPerSecond);

    /// <summary>Resident memory in bytes.</summary>
    public static long Resident(int process) => Status(process, "VmRSS");

    /// <summary>The most that was ever resident, in bytes.</summary>
    public static long PeakResident(int process) => Status(process, "VmHWM");

    /// <summary>What a line of /proc/PID/stat says.</summary>
    internal static ProcessStat ParseStat(string line)
    {
        // The name is in parentheses and may hold anything; what follows its last one is numbers.
        var fields = line[(line.LastIndexOf(')') + 2)..].Split(' ');
        return new ProcessStat(int.Parse(fields[1], CultureInfo.InvariantCulture), Sum(fields[11..13]), Sum(fields[13..15]));

        static long Sum(IEnumerable<string> ticks) => ticks.Sum(field => long.Parse(field, CultureInfo.InvariantCulture));
    }

    private static IEnumerable<int> Below(int root, Dictionary<int, ProcessStat> all) => all.ContainsKey(root)
        ? all.Where(entry => entry.Value.Parent == root).SelectMany(entry => Below(entry.Key, all)).Prepend(root)
        : throw new InvalidOperationException($"Process {root} has ended.");

    private static Dictionary<int, ProcessStat> Stats()
    {
        var all = new Dictionary<int, ProcessStat>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var id))
            {
                try
                {
                    all[id] = ParseStat(File.ReadAllText(Path.Combine(folder, "stat")));
                }
                catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
                {
                    // It ended in the meantime.
                }
            }
        }

        return all;
    }

    private static long Status(int process, string key)
    {
        var line = File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/status")).First(line => line.StartsWith(key + ":", StringComparison.Ordinal));
        return long.Parse(line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
    }
}

/// <param name="Parent">The process that started it.</param>
/// <param name="OwnTicks">utime and stime.</param>
/// <param name="ChildTicks">Those of children that ended.</param>
internal sealed record ProcessStat(int Parent, long OwnTicks, long ChildTicks);
