using Roadstead.Api;
using Roadstead.Cli.NodeConfig;
using Roadstead.Cli.Output;

namespace Roadstead.Cli.Commands;

/// <summary>What a server that did not do what it was asked is said to have done.</summary>
internal static class ServerFault
{
    private const int Unauthorized = 401;

    /// <param name="server">The server.</param>
    /// <param name="outcome">Any but an answer.</param>
    /// <param name="credential">The option that named what was shown.</param>
    public static string Of<T>(MirrorUrl server, ApiOutcome<T> outcome, string credential) => outcome switch
    {
        ApiOutcome<T>.Refused(Unauthorized, _) => $"{credential}: {server} does not take what the file holds. The server's own are in admin-password and node-token of its data folder, unless its configuration names others.",
        ApiOutcome<T>.Refused(_, var message) => $"--server: {server} {Printable.Line(message.TrimEnd('.'))}.",
        ApiOutcome<T>.Unreachable(var message, Untrusted: true) =>
            $"--server: the certificate of {server} is not trusted: {message.TrimEnd('.')}. Give its CA with --ca (the server shows its own at {server}/ca.crt), or say --insecure.",
        ApiOutcome<T>.Unreachable(var message, _) => $"--server: {server} cannot be reached: {message.TrimEnd('.')}. Does it run, and listen there?",
        _ => throw new InvalidOperationException("An answer is no fault."),
    };
}
