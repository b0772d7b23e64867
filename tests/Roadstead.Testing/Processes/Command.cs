namespace Roadstead.Testing.Processes;

/// <summary>How a program ended and what it wrote.</summary>
public sealed record CommandResult(string CommandLine, int ExitCode, string Output, string Error)
{
    public bool Succeeded => ExitCode == 0;

    /// <summary>This, or an exception that says everything if the program failed.</summary>
    public CommandResult OrThrow() => Succeeded ? this : throw new InvalidOperationException(ToString());

    public override string ToString() => $"{CommandLine}{Environment.NewLine}exit code {ExitCode}{Environment.NewLine}{Output}{Error}";
}

/// <summary>Runs a program to its end.</summary>
public static class Command
{
    /// <param name="environment">Added to this process's environment; null removes a variable.</param>
    /// <param name="timeout">After which the program is killed and the test fails; 5 min if not given.</param>
    public static async Task<CommandResult> Run(
        string program,
        IEnumerable<string> arguments,
        IReadOnlyDictionary<string, string?>? environment = null,
        string? workingFolder = null,
        TimeSpan? timeout = null)
    {
        string[] words = [.. arguments];
        var line = string.Join(' ', words.Prepend(program));
        using var process = await ProcessStarter.Start(program, words, environment, workingFolder);
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        try
        {
            await Task.WhenAll(output, error, process.WaitForExitAsync()).WaitAsync(timeout ?? TimeSpan.FromMinutes(5));
        }
        catch (TimeoutException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{line} did not end in time.{Environment.NewLine}{await output}{await error}");
        }

        return new CommandResult(line, process.ExitCode, await output, await error);
    }
}
