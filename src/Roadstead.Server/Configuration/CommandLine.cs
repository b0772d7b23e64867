namespace Roadstead.Server.Configuration;

/// <summary>What the server was told to do when it was started.</summary>
public abstract record CommandLine
{
    public const string Usage = """
        usage: roadstead-server [--config FILE] [--check]

          --config FILE  read the configuration from FILE; ROADSTEAD_… variables win over it
          --check        validate the configuration, print every fault, and exit 0 or 1
          --help         show this text
          --version      show the version
        """;

    private CommandLine()
    {
    }

    public sealed record Serve(string? ConfigPath) : CommandLine;

    public sealed record Check(string? ConfigPath) : CommandLine;

    public sealed record Help : CommandLine;

    public sealed record Version : CommandLine;

    /// <summary>To be answered with the message and <see cref="Usage"/> on stderr.</summary>
    public sealed record WrongUsage(string Message) : CommandLine
    {
        public const int ExitCode = 2;
    }

    public static CommandLine Parse(string[] args)
    {
        string? config = null;
        var (check, help, version) = (false, false, false);
        for (var i = 0; i < args.Length; i++)
        {
            switch (args[i])
            {
                case "--check":
                    check = true;
                    break;
                case "--help" or "-h":
                    help = true;
                    break;
                case "--version":
                    version = true;
                    break;
                case "--config" when config is null && i + 1 < args.Length && args[i + 1] is [not '-', ..]:
                    config = args[++i];
                    break;
                case ['-', '-', 'c', 'o', 'n', 'f', 'i', 'g', '=', _, ..] when config is null:
                    config = args[i]["--config=".Length..];
                    break;
                case var argument when argument == "--config" || argument.StartsWith("--config=", StringComparison.Ordinal):
                    return new WrongUsage(config is null ? "--config needs a file" : "--config is given twice");
                default:
                    return new WrongUsage($"{args[i]} is no known argument");
            }
        }

        return help ? new Help() : version ? new Version() : check ? new Check(config) : new Serve(config);
    }
}
