namespace Roadstead.Cli.Output;

/// <summary>Gives the terminal its keys back at the end: the framework has them send what a program of the whole screen wants, at the first line that it prints, and leaves them so.</summary>
/// <remarks>terminfo(5), keypad_local; the terminals that there are share its text with the VT100.</remarks>
internal sealed class TerminalKeys : IDisposable
{
    private const string KeypadLocal = "\x1b[?1l\x1b>";

    public void Dispose()
    {
        if (!Console.IsOutputRedirected && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb"))
        {
            Console.Out.Write(KeypadLocal);
            Console.Out.Flush();
        }
    }
}
