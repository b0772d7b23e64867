using System.Text;

namespace Roadstead.Testing.Registries;

public sealed record Credential(string Username, string Password)
{
    /// <summary>The value of an Authorization header.</summary>
    public string Basic => "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{Username}:{Password}"));
}
