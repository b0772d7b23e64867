using System.Collections;
using Roadstead.Server;
using Roadstead.Server.Configuration;
using Roadstead.Server.Transport;

switch (CommandLine.Parse(args))
{
    case CommandLine.Help:
        Console.WriteLine(CommandLine.Usage);
        return 0;
    case CommandLine.Version:
        Console.WriteLine(ServerVersion.Text);
        return 0;
    case CommandLine.WrongUsage(var message):
        Console.Error.WriteLine($"roadstead-server: {message}\n\n{CommandLine.Usage}");
        return CommandLine.WrongUsage.ExitCode;
    case CommandLine.Check(var path):
        return CheckReport.Write(Load(path), Console.Out);
    case CommandLine.Serve(var path):
        switch (Load(path))
        {
            case ConfigurationResult.Valid(var options, var warnings):
                InlineSockets.Prepare();
                return await ServerHost.Run(options, warnings).ConfigureAwait(false);
            case var invalid:
                return CheckReport.Write(invalid, Console.Error);
        }

    default:
        throw new InvalidOperationException("Unknown command line.");
}

static ConfigurationResult Load(string? path) => ConfigurationLoader.Load(
    path,
    Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().ToDictionary(entry => (string)entry.Key, entry => (string?)entry.Value ?? "", StringComparer.Ordinal));
