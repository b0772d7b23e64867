namespace Roadstead.Cli.Commands;

/// <summary>Asks a person at a terminal.</summary>
internal static class Question
{
    /// <summary>Asks whether to go on.</summary>
    /// <param name="error">Where it is asked.</param>
    /// <param name="question">As <c>Write this?</c>.</param>
    /// <param name="cancellation">Ends the wait, as Ctrl-C does: reading a terminal itself does not end.</param>
    /// <exception cref="OperationCanceledException">It was ended.</exception>
    public static async Task<bool> Ask(TextWriter error, string question, CancellationToken cancellation)
    {
        await error.WriteAsync($"{question} [y/N] ").ConfigureAwait(false);
        await error.FlushAsync(cancellation).ConfigureAwait(false);
        var answer = await Task.Run(Console.In.ReadLine, CancellationToken.None).WaitAsync(cancellation).ConfigureAwait(false);
        return answer?.Trim() is "y" or "Y" or "yes";
    }
}
