using System.CommandLine;
using System.Text.Json.Serialization.Metadata;
using Roadstead.Cli.Output;

namespace Roadstead.Cli.Commands;

/// <summary><c>--output</c> of commands that print the API's records.</summary>
internal sealed class OutputOption
{
    private readonly Option<string> _output = new("--output") { Description = "How to print", DefaultValueFactory = _ => "table" };

    public OutputOption() => _output.AcceptOnlyFromAmong("table", "json", "yaml");

    public void AddTo(Command command) => command.Options.Add(_output);

    /// <summary>True where it is for people.</summary>
    public bool IsTable(ParseResult parse) => parse.GetRequiredValue(_output) == "table";

    /// <param name="parse">The command line.</param>
    /// <param name="value">What the server said.</param>
    /// <param name="type">Its JSON.</param>
    /// <param name="table">The same for people, in so many columns of a terminal; null: as wide as it is.</param>
    /// <returns>The exit code.</returns>
    public int Print<T>(ParseResult parse, T value, JsonTypeInfo<T> type, Func<int?, string> table)
    {
        var format = parse.GetRequiredValue(_output);
        parse.InvocationConfiguration.Output.Write(format == "table" ? table(TerminalWidth()) : RecordText.Of(value, type, format));
        return ExitCode.Done;
    }

    // Null in a pipe: whoever reads on wants whole lines.
    private static int? TerminalWidth() => Console.IsOutputRedirected || Console.WindowWidth <= 0 ? null : Console.WindowWidth;
}
