using System.Diagnostics;

namespace Roadstead.Cli.NodeInstall;

/// <summary>A program of the system that is asked something, and given up after a time.</summary>
internal static class SystemProgram
{
    /// <param name="Output">All that it wrote, errors last.</param>
    public sealed record Result(int ExitCode, string Output);

    /// <summary>Null: it did not end in time.</summary>
    /// <exception cref="System.ComponentModel.Win32Exception">There is no such program, or it cannot be run.</exception>
    public static Result? Run(string program, IEnumerable<string> arguments, TimeSpan patience)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
        process.StandardInput.Close();
        var output = new System.Text.StringBuilder();
        void Take(string? line)
        {
            lock (output)
            {
                output.Append(line is null ? "" : line + "\n");
            }
        }

        process.OutputDataReceived += (_, line) => Take(line.Data);
        process.ErrorDataReceived += (_, line) => Take(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        if (!process.WaitForExit(patience))
        {
            process.Kill(entireProcessTree: true);
            return null;
        }

        process.WaitForExit();
        lock (output)
        {
            return new Result(process.ExitCode, output.ToString());
        }
    }
}
