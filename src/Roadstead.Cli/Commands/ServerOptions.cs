using System.CommandLine;
using Roadstead.Api;
using Roadstead.Cli.NodeConfig;

namespace Roadstead.Cli.Commands;

/// <summary>The options that say which server to manage, and as whom.</summary>
/// <param name="takesToken">The node token is enough for the command.</param>
/// <param name="patience">Longest wait for an answer; null: as long as is usual.</param>
internal sealed class ServerOptions(bool takesToken, TimeSpan? patience = null)
{
    private readonly Option<MirrorUrl?> _server = Server();
    private readonly Option<string?> _ca = new("--ca") { Description = "The CA of the server's certificate, as PEM", HelpName = "FILE" };
    private readonly Option<bool> _insecure = new("--insecure") { Description = "Take plain HTTP, and certificates that nobody vouches for" };
    private readonly Option<string?> _tokenFile = new("--token-file") { Description = "The node token, in one line of a file", HelpName = "FILE" };
    private readonly Option<string> _username = new("--username") { Description = "Whom to log in as", HelpName = "NAME", DefaultValueFactory = _ => "admin" };
    private readonly Option<string?> _passwordFile = new("--password-file") { Description = "The password, in one line of a file", HelpName = "FILE" };

    public void AddTo(Command command)
    {
        Option[] options = [_server, .. takesToken ? [_tokenFile] : Array.Empty<Option>(), _username, _passwordFile, _ca, _insecure];
        Array.ForEach(options, command.Options.Add);
    }

    /// <summary>Asks the server one thing and says what went wrong.</summary>
    /// <returns>The exit code.</returns>
    public Task<int> Run<T>(ParseResult parse, Func<ManagementClient, Task<ApiOutcome<T>>> ask, Action<T> show, CancellationToken cancellation) => Run(
        parse,
        async session =>
        {
            if (!session.Has(await ask(session.Client).ConfigureAwait(false), out var value))
            {
                return ExitCode.Failed;
            }

            show(value);
            return ExitCode.Done;
        },
        cancellation);

    /// <summary>Does something with the server.</summary>
    /// <param name="work">Gives the exit code, and has said what went wrong; a file that cannot be read is said here.</param>
    /// <returns>The exit code.</returns>
    public async Task<int> Run(ParseResult parse, Func<ServerSession, Task<int>> work, CancellationToken cancellation)
    {
        var error = parse.InvocationConfiguration.Error;
        var server = parse.GetRequiredValue(_server)!;
        if (Credentials(parse) is not [var (option, path)])
        {
            return Say(error, takesToken ? "give one of --token-file and --password-file." : "--password-file is missing.", ExitCode.WrongUsage);
        }

        if (server is { IsPlain: true, IsLoopback: false } && !parse.GetValue(_insecure))
        {
            return Say(error, $"--server: {server} is plain HTTP, and whoever listens would read the {(option == _tokenFile ? "token" : "password")}. Take https://, or say --insecure.", ExitCode.WrongUsage);
        }

        try
        {
            var secret = (await PlanSource.Read(option.Name, path, cancellation).ConfigureAwait(false)).TrimEnd('\r', '\n');
            var ca = parse.GetValue(_ca) is { } file ? await PlanSource.Read(_ca.Name, file, cancellation).ConfigureAwait(false) : null;
            if ((CredentialFault(option, secret) ?? (ca is null ? null : CaFault(ca))) is { } fault)
            {
                return Say(error, fault, ExitCode.Failed);
            }

            using var http = ServerConnection.Open(ca, parse.GetValue(_insecure), patience);
            ApiCredential credential = option == _tokenFile ? new ApiCredential.Node(secret) : new ApiCredential.User(parse.GetRequiredValue(_username), secret);
            return await work(new ServerSession(new ManagementClient(http, new Uri(server.ToString()), credential), server, option.Name, error)).ConfigureAwait(false);
        }
        catch (IOException exception)
        {
            return Say(error, exception.Message, ExitCode.Failed);
        }
    }

    private List<(Option<string?> Option, string Path)> Credentials(ParseResult parse)
    {
        Option<string?>[] options = takesToken ? [_tokenFile, _passwordFile] : [_passwordFile];
        return [.. options.Select(option => (option, parse.GetValue(option)!)).Where(given => given.Item2 is not null)];
    }

    private string? CredentialFault(Option<string?> option, string secret) => secret.Length == 0 ? $"{option.Name}: the file is empty."
        : option == _tokenFile && secret.Any(letter => letter is <= ' ' or >= (char)127) ? $"{option.Name}: the file holds something else than one token."
        : null;

    private static string? CaFault(string ca) => CertificatePem.Fault(ca) is { } fault ? new PlanFault("--ca", fault).ToString() : null;

    private static int Say(TextWriter error, string message, int exitCode)
    {
        error.WriteLine($"roadstead: {message}");
        return exitCode;
    }

    private static Option<MirrorUrl?> Server()
    {
        var option = PlanOptions.Url("--server", "The server");
        option.Required = true;
        return option;
    }
}
