using Roadstead.Api;
using Roadstead.Cli.NodeConfig;
using Roadstead.Cli.Output;

namespace Roadstead.Cli.Commands;

/// <summary>What a server that did not do what it was asked is said to have done.</summary>
internal static class ServerFault
{
    private const int BadRequest = 400;
    private const int Unauthorized = 401;
    private const int ServerErrors = 500;

    /// <param name="server">The server.</param>
    /// <param name="outcome">Any but an answer.</param>
    /// <param name="credential">The option that named what was shown.</param>
    /// <param name="optionOf">The option that stands for a key of what was sent; null: none does.</param>
    /// <returns>Each fault for itself.</returns>
    public static IEnumerable<string> Of<T>(MirrorUrl server, ApiOutcome<T> outcome, string credential, Func<string, string?>? optionOf = null) => outcome is ApiOutcome<T>.Refused { Status: < ServerErrors and not Unauthorized, Errors: { Count: > 0 } errors }
        ? errors.Select(error => Of(error, optionOf ?? (_ => null)))
        : [Whole(server, outcome, credential)];

    /// <summary>True if all that is wrong is what options gave.</summary>
    public static bool IsWrongUsage<T>(ApiOutcome<T> outcome, Func<string, string?>? optionOf) =>
        optionOf is not null && outcome is ApiOutcome<T>.Refused { Status: BadRequest, Errors: { Count: > 0 } errors } && errors.All(error => error.Key is { } key && optionOf(key) is not null);

    /// <summary>What the server finds wrong with what it was asked is the asker's, and is told in his words.</summary>
    private static string Of(ApiError error, Func<string, string?> optionOf)
    {
        var message = Printable.Line(error.Message.TrimEnd('.')) + ".";
        return error.Key is { } key && message.StartsWith(key, StringComparison.Ordinal) && optionOf(key) is { } option ? option + message[key.Length..] : message;
    }

    private static string Whole<T>(MirrorUrl server, ApiOutcome<T> outcome, string credential) => outcome switch
    {
        ApiOutcome<T>.Refused(Unauthorized, _) => $"{credential}: {server} does not take what the file holds. The server's own are in admin-password and node-token of its data folder, unless its configuration names others.",
        ApiOutcome<T>.Refused(_, var message) => $"--server: {server} {Printable.Line(message.TrimEnd('.'))}.",
        ApiOutcome<T>.Unreachable(var message, Untrusted: true) =>
            $"--server: the certificate of {server} is not trusted: {message.TrimEnd('.')}. Give its CA with --ca (the server shows its own at {server}/ca.crt), or say --insecure.",
        ApiOutcome<T>.Unreachable(var message, _) => $"--server: {server} cannot be reached: {message.TrimEnd('.')}. Does it run, and listen there?",
        _ => throw new InvalidOperationException("An answer is no fault."),
    };
}
