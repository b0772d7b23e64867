using System.Net.Http.Headers;
using System.Text;

namespace Roadstead.Testing.Server;

/// <summary>The secrets that a server made for itself, as an operator reads them.</summary>
public static class ManagementCredentials
{
    public static string AdminPassword(this TestServer server) => Read(server, "admin-password");

    public static string NodeToken(this TestServer server) => Read(server, "node-token");

    public static AuthenticationHeaderValue Admin(this TestServer server) => Basic("admin", server.AdminPassword());

    public static AuthenticationHeaderValue Node(this TestServer server) => new("Bearer", server.NodeToken());

    public static AuthenticationHeaderValue Basic(string name, string password) => new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{name}:{password}")));

    private static string Read(TestServer server, string file)
    {
        // On a disk of its own, the server alone sees its folder.
        var path = Path.Combine(server.StoragePath, file);
        return File.ReadAllText(File.Exists(path) ? path : $"/proc/{server.ProcessId}/root{path}").TrimEnd('\n');
    }
}
