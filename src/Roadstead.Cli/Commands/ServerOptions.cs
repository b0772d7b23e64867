using System.CommandLine;
using Roadstead.Api;
using Roadstead.Cli.NodeConfig;

namespace Roadstead.Cli.Commands;

/// <summary>The options that say which server to manage, and as whom.</summary>
/// <param name="takesToken">The node token is enough for the command.</param>
/// <param name="patience">Longest wait for an answer; null: as long as is usual.</param>
internal sealed class ServerOptions(bool takesToken, TimeSpan? patience = null)
{
    public const string PasswordVariable = "ROADSTEAD_PASSWORD_FILE";

    private readonly Option<MirrorUrl?> _server = PlanOptions.Url("--server", $"The server; also {PlanWish.ServerVariable}");
    private readonly Option<string?> _ca = new("--ca") { Description = "The CA of the server's certificate, as PEM", HelpName = "FILE" };
    private readonly Option<bool> _insecure = new("--insecure") { Description = "Take plain HTTP, and certificates that nobody vouches for" };
    private readonly Option<string?> _tokenFile = new("--token-file") { Description = "The node token, in one line of a file", HelpName = "FILE" };
    private readonly Option<string> _username = new("--username") { Description = "Whom to log in as", HelpName = "NAME", DefaultValueFactory = _ => "admin" };
    private readonly Option<string?> _passwordFile = new("--password-file") { Description = $"The password, in one line of a file; also {PasswordVariable} names it", HelpName = "FILE" };

    public void AddTo(Command command)
    {
        Option[] options = [_server, .. takesToken ? [_tokenFile] : Array.Empty<Option>(), _username, _passwordFile, _ca, _insecure];
        Array.ForEach(options, command.Options.Add);
    }

    /// <summary>A server is named, for a command that does without one too.</summary>
    public bool IsNamed(ParseResult parse) => parse.GetValue(_server) is not null || Variable(PlanWish.ServerVariable) is not null;

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
        if (Given(parse, out var fault) is not var (server, login))
        {
            return Say(error, fault!, ExitCode.WrongUsage);
        }

        if (server is { IsPlain: true, IsLoopback: false } && !parse.GetValue(_insecure))
        {
            return Say(error, $"--server: {server} is plain HTTP, and whoever listens would read the {(login.IsToken ? "token" : "password")}. Take https://, or say --insecure.", ExitCode.WrongUsage);
        }

        try
        {
            var secret = (await PlanSource.Read(login.Name, login.Path, cancellation).ConfigureAwait(false)).TrimEnd('\r', '\n');
            var ca = parse.GetValue(_ca) is { } file ? await PlanSource.Read(_ca.Name, file, cancellation).ConfigureAwait(false) : null;
            if ((LoginFault(login, secret) ?? (ca is null ? null : CaFault(ca))) is { } told)
            {
                return Say(error, told, ExitCode.Failed);
            }

            using var http = ServerConnection.Open(ca, parse.GetValue(_insecure), patience);
            using var bodies = ServerConnection.Open(ca, parse.GetValue(_insecure), Timeout.InfiniteTimeSpan);
            ApiCredential credential = login.IsToken ? new ApiCredential.Node(secret) : new ApiCredential.User(parse.GetRequiredValue(_username), secret);
            var url = new Uri(server.ToString());
            return await work(new ServerSession(new ManagementClient(http, url, credential), new ContentClient(new ManagementClient(bodies, url, credential)), server, login.Name, error)).ConfigureAwait(false);
        }
        catch (IOException exception)
        {
            return Say(error, exception.Message, ExitCode.Failed);
        }
    }

    /// <summary>The server and what it is shown; null where one is missing. The environment counts where no option is given.</summary>
    private (MirrorUrl Server, Login Login)? Given(ParseResult parse, out string? fault)
    {
        fault = null;
        var server = parse.GetValue(_server);
        if (server is null && Variable(PlanWish.ServerVariable) is { } text && !MirrorUrl.TryParse(text, out server, out var wrong))
        {
            fault = $"{PlanWish.ServerVariable} {wrong}.";
            return null;
        }

        List<Login> logins = [.. Logins(parse)];
        if (logins.Count == 0 && Variable(PasswordVariable) is { } path)
        {
            logins.Add(new Login(PasswordVariable, path, IsToken: false));
        }

        fault = server is null ? $"--server is missing, and {PlanWish.ServerVariable} is not set either."
            : logins.Count != 1 ? (takesToken ? "give one of --token-file and --password-file." : $"--password-file is missing, and {PasswordVariable} is not set either.")
            : null;
        return fault is null ? (server!, logins[0]) : null;
    }

    private IEnumerable<Login> Logins(ParseResult parse)
    {
        if (takesToken && parse.GetValue(_tokenFile) is { } token)
        {
            yield return new Login(_tokenFile.Name, token, IsToken: true);
        }

        if (parse.GetValue(_passwordFile) is { } password)
        {
            yield return new Login(_passwordFile.Name, password, IsToken: false);
        }
    }

    private static string? LoginFault(Login login, string secret) => secret.Length == 0 ? $"{login.Name}: the file is empty."
        : login.IsToken && secret.Any(letter => letter is <= ' ' or >= (char)127) ? $"{login.Name}: the file holds something else than one token."
        : null;

    private static string? CaFault(string ca) => CertificatePem.Fault(ca) is { } fault ? new PlanFault("--ca", fault).ToString() : null;

    private static int Say(TextWriter error, string message, int exitCode)
    {
        error.WriteLine($"roadstead: {message}");
        return exitCode;
    }

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    /// <param name="Name">The option or variable that names the file.</param>
    /// <param name="Path">The file.</param>
    /// <param name="IsToken">It holds the node token, and not a password.</param>
    private sealed record Login(string Name, string Path, bool IsToken);
}
