using System.Globalization;
using System.Net;
using Roadstead.Testing.Processes;

namespace Roadstead.Testing.Server;

/// <summary>Asks a server's management API with real curl.</summary>
public static class Curl
{
    /// <inheritdoc cref="ManagementCalls.Ask"/>
    public static async Task<ManagementAnswer> AskByCurl(this TestServer server, string method, string path, string? body = null)
    {
        string[] words =
        [
            "--silent", "--show-error", "--include", "--max-time", "60", "--noproxy", "*", "--user", $"admin:{server.AdminPassword()}", "--request", method, "--header", "Accept: application/json",
            .. body is null ? Array.Empty<string>() : ["--header", "Content-Type: application/json", "--header", "Expect:", "--data-binary", body],
            new Uri(server.Address, "/api/v2.0").ToString() + path,
        ];
        var output = (await Command.Run("curl", words, timeout: TimeSpan.FromMinutes(1.5))).OrThrow().Output.ReplaceLineEndings("\n");
        var end = output.IndexOf("\n\n", StringComparison.Ordinal);
        var lines = output[..end].Split('\n');
        using var response = new HttpResponseMessage((HttpStatusCode)int.Parse(lines[0].Split(' ')[1], CultureInfo.InvariantCulture));
        foreach (var line in lines[1..])
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            response.Headers.TryAddWithoutValidation(line[..colon], line[(colon + 1)..].Trim());
        }

        return new ManagementAnswer(response.StatusCode, output[(end + 2)..], response.Headers);
    }
}
