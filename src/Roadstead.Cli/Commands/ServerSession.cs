using System.Diagnostics.CodeAnalysis;
using Roadstead.Api;
using Roadstead.Cli.NodeConfig;

namespace Roadstead.Cli.Commands;

/// <summary>A server that is asked, and the place where is said what it did not do.</summary>
/// <param name="client">Asks it.</param>
/// <param name="content">Reads and sends what it holds.</param>
/// <param name="server">Its URL.</param>
/// <param name="credential">The option that named what is shown to it.</param>
/// <param name="error">Standard error.</param>
internal sealed class ServerSession(ManagementClient client, ContentClient content, MirrorUrl server, string credential, TextWriter error)
{
    public ManagementClient Client => client;

    public ContentClient Content => content;

    /// <summary>The exit code for what <see cref="Has"/> last said: wrong usage where all of it is about options.</summary>
    public int Failure { get; private set; } = ExitCode.Failed;

    /// <summary>True for an answer; what else it was is said.</summary>
    /// <param name="outcome">What became of a question.</param>
    /// <param name="value">The answer.</param>
    /// <param name="subject">Of several things the one that it was about; null: there is one only.</param>
    /// <param name="optionOf">The option that stands for a key of what was sent; null: none does.</param>
    public bool Has<T>(ApiOutcome<T> outcome, [MaybeNullWhen(false)] out T value, string? subject = null, Func<string, string?>? optionOf = null)
    {
        if (outcome is ApiOutcome<T>.Answered(var answer))
        {
            value = answer;
            return true;
        }

        value = default;
        Failure = ServerFault.IsWrongUsage(outcome, optionOf) ? ExitCode.WrongUsage : ExitCode.Failed;
        foreach (var fault in ServerFault.Of(server, outcome, credential, optionOf))
        {
            Fail((subject is null ? "" : subject + ": ") + fault);
        }

        return false;
    }

    /// <returns>The exit code.</returns>
    public int Fail(string message)
    {
        error.WriteLine($"roadstead: {message}");
        return ExitCode.Failed;
    }

    /// <summary>Says something that stands in nobody's way.</summary>
    public void Note(string message) => error.WriteLine($"note: {message}");
}
