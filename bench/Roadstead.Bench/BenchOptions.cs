using System.Globalization;

namespace Roadstead.Bench;

/// <summary>The command line.</summary>
/// <param name="Name">Rows whose name has this; empty for all.</param>
/// <param name="Server">The program of roadstead-server.</param>
/// <param name="Root">The repository.</param>
/// <param name="IsCheck">Only the command line is looked at.</param>
internal sealed record BenchOptions(string Name, int Rounds, bool IsQuick, bool IsProfile, string Server, string Root, bool IsCheck = false)
{
    public const string Usage = "./dev bench [name] [--rounds N] [--quick | --profile]";

    /// <summary>Of a ratio that is quoted.</summary>
    public const int QuotedRounds = 9;

    /// <returns>The options, or what is wrong; exactly one of the two is null.</returns>
    public static (BenchOptions? Options, string? Fault) Parse(IReadOnlyList<string> arguments)
    {
        var options = new BenchOptions("", 0, false, false, "", "");
        for (var at = 0; at < arguments.Count; at++)
        {
            var next = at + 1 < arguments.Count ? arguments[at + 1] : "";
            switch (arguments[at])
            {
                case "--quick":
                    options = options with { IsQuick = true };
                    break;
                case "--profile":
                    options = options with { IsProfile = true };
                    break;
                case "--rounds" when int.TryParse(next, NumberStyles.None, CultureInfo.InvariantCulture, out var rounds) && rounds is > 0 and < 1000:
                    options = options with { Rounds = rounds };
                    at++;
                    break;
                case "--rounds":
                    return (null, "--rounds takes a number from 1 to 999.");
                case "--check":
                    options = options with { IsCheck = true };
                    break;
                case "--server":
                    options = options with { Server = next };
                    at++;
                    break;
                case "--root":
                    options = options with { Root = next };
                    at++;
                    break;
                case ['-', ..] unknown:
                    return (null, $"{unknown} is not known.");
                case var name when options.Name.Length == 0:
                    options = options with { Name = name };
                    break;
                default:
                    return (null, "One name at most.");
            }
        }

        if (options is { IsProfile: true, IsQuick: true } or { IsProfile: true, Rounds: > 0 })
        {
            return (null, "--profile is of one round, and takes neither --rounds nor --quick.");
        }

        var needed = options.IsProfile || options.IsQuick ? 1 : QuotedRounds;
        return options.Server.Length == 0 || options.Root.Length == 0
            ? (null, "--server and --root are needed.")
            : (options with { Rounds = options.Rounds > 0 ? options.Rounds : needed }, null);
    }
}
