using System.Text;

namespace Roadstead.Cli.Commands;

/// <summary>A secret that comes by a file or by a person's keys, and never by the command line, which others on the machine can read.</summary>
internal static class SecretFile
{
    /// <summary>What stands for a question on the terminal, or for standard input where that is none.</summary>
    public const string Asked = "-";

    /// <param name="option">The option that named the file.</param>
    /// <param name="path">The file, or <see cref="Asked"/>.</param>
    /// <param name="error">Standard error, for the question.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <exception cref="IOException">It cannot be read, or holds nothing.</exception>
    public static async Task<string> Read(string option, string path, TextWriter error, CancellationToken cancellation)
    {
        var text = path != Asked ? await PlanSource.Read(option, path, cancellation).ConfigureAwait(false)
            : Console.IsInputRedirected ? await Console.In.ReadLineAsync(cancellation).ConfigureAwait(false) ?? ""
            : Typed($"{option}: ", error);
        var secret = text.TrimEnd('\r', '\n');
        return secret.Length > 0 ? secret : throw new IOException($"{option}: {(path == Asked ? "nothing was given" : "the file is empty")}.");
    }

    private static string Typed(string question, TextWriter error)
    {
        error.Write(question);
        var text = new StringBuilder();
        while (Console.ReadKey(intercept: true) is { Key: not ConsoleKey.Enter } key)
        {
            if (key.Key == ConsoleKey.Backspace)
            {
                text.Length = Math.Max(0, text.Length - 1);
            }
            else if (!char.IsControl(key.KeyChar))
            {
                text.Append(key.KeyChar);
            }
        }

        error.WriteLine();
        return text.ToString();
    }
}
