using System.ComponentModel;
using System.Diagnostics;
using Roadstead.Cli.NodeInstall;

namespace Roadstead.Cli.NodeVerify;

/// <summary>How a program of the node ended.</summary>
internal abstract record ToolResult
{
    private ToolResult()
    {
    }

    public sealed record Ended(int ExitCode, string Output, string Error) : ToolResult
    {
        public bool Succeeded => ExitCode == 0;

        /// <summary>What it said of its failure.</summary>
        public string Said => Error.Length > 0 ? Error : Output;
    }

    public sealed record NotThere : ToolResult;
}

/// <summary>Runs programs of the node: this machine's, or, where the node's root is a folder, those in it.</summary>
internal sealed class NodeTool(NodeFiles files)
{
    // What chroot(1) and env(1) end with when the program itself is not there.
    private const int NotFound = 127;

    /// <param name="environment">Set beside this program's own.</param>
    /// <exception cref="OperationCanceledException">The program was ended, with all that it had started.</exception>
    public async Task<ToolResult> Run(string program, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> environment, CancellationToken cancellation)
    {
        var info = files.IsThisMachine ? new ProcessStartInfo(program, arguments) : new ProcessStartInfo("chroot", [files.Root, program, .. arguments]);
        info.RedirectStandardInput = info.RedirectStandardOutput = info.RedirectStandardError = true;

        // Messages are matched and shown as the programs have them in English.
        info.Environment["LC_ALL"] = "C";
        foreach (var (name, value) in environment)
        {
            info.Environment[name] = value;
        }

        using var process = Start(info);
        if (process is null)
        {
            return new ToolResult.NotThere();
        }

        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        var error = process.StandardError.ReadToEndAsync(CancellationToken.None);
        try
        {
            await process.WaitForExitAsync(cancellation).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
            throw;
        }

        var ended = new ToolResult.Ended(process.ExitCode, await output.ConfigureAwait(false), await error.ConfigureAwait(false));
        return ended.ExitCode == NotFound && !files.IsThisMachine ? new ToolResult.NotThere() : ended;
    }

    private static Process? Start(ProcessStartInfo info)
    {
        try
        {
            return Process.Start(info);
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}
