using System.ComponentModel;
using System.Globalization;

namespace Roadstead.Cli.NodeInstall;

/// <summary>The node's units, by its own systemctl: from within a container through the node's root folder.</summary>
internal sealed class SystemdUnits(NodeFiles files)
{
    private const string TakenUp = "Applied new registry configuration";
    private const string Refused = "system registries reload failed";
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Restarted = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(500);
    /// <summary>Where units are, the first first: the first that has a unit is the one that counts.</summary>
    public static readonly IReadOnlyList<string> Folders = ["/etc/systemd/system", "/run/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"];

    public bool Exists(string unit) => Folders.Any(folder => files.HasFile($"{folder}/{unit}.service"));

    /// <summary>The first of some units that runs; null: none does, or the node is not under systemd.</summary>
    public string? Active(IEnumerable<string> units) =>
        files.HasFolder("/run/systemd/system") ? units.FirstOrDefault(unit => Run("systemctl", ["is-active", "--quiet", unit], Soon) is { ExitCode: 0 }) : null;

    /// <returns>What went wrong; null if nothing did.</returns>
    public string? Do(string verb, string unit) => Run("systemctl", [verb, unit], Restarted) switch
    {
        null => "it did not end in time.",
        { ExitCode: 0 } => null,
        var result => result.Output.Trim().ReplaceLineEndings(" "),
    };

    /// <summary>Whether CRI-O's log says that it took registries up after a reload; null: it says nothing of it in time.</summary>
    public async Task<bool?> CrioReloaded(string unit, DateTimeOffset since, TimeProvider time, CancellationToken cancellation)
    {
        var begun = time.GetTimestamp();
        var from = string.Create(CultureInfo.InvariantCulture, $"@{since.ToUnixTimeMilliseconds() / 1000.0:F3}");
        do
        {
            if (Run("journalctl", ["--unit", unit, "--since", from, "--output", "cat", "--no-pager", "--quiet"], Soon) is not { ExitCode: 0 } log)
            {
                return null;
            }

            if (Verdict(log.Output) is { } verdict)
            {
                return verdict;
            }

            await Task.Delay(BetweenLooks, time, cancellation).ConfigureAwait(false);
        }
        while (time.GetElapsedTime(begun) < Soon);
        return null;
    }

    /// <summary>What lines of CRI-O's log say; null: nothing.</summary>
    public static bool? Verdict(string log) => log.Contains(Refused, StringComparison.Ordinal) ? false : log.Contains(TakenUp, StringComparison.Ordinal) ? true : null;

    private SystemProgram.Result? Run(string program, string[] words, TimeSpan patience)
    {
        try
        {
            return files.IsThisMachine ? SystemProgram.Run(program, words, patience) : SystemProgram.Run("chroot", [files.Root, program, .. words], patience);
        }
        catch (Win32Exception exception)
        {
            return new SystemProgram.Result(-1, exception.Message);
        }
    }
}
