using System.Security.Cryptography;
using System.Text;
using Roadstead.Server.Configuration;

namespace Roadstead.Server.Access;

/// <summary>What the admin and the nodes must show. Only hashes are kept, which are of one length and compared in constant time.</summary>
internal sealed class Credentials
{
    public const string AdminName = "admin";

    private readonly byte[] _password;
    private readonly byte[] _token;

    public Credentials(string password, string token) => (_password, _token) = (Hash(password), Hash(token));

    /// <summary>The files that were made for them at this start.</summary>
    public IReadOnlyList<string> MadeFiles { get; private init; } = [];

    /// <summary>Takes those of the configuration, and makes the others at the first start.</summary>
    /// <param name="options">The configuration.</param>
    /// <param name="folder">The data folder.</param>
    /// <returns>The credentials; or why they cannot be had.</returns>
    public static (Credentials? Credentials, string? Fault) Load(RoadsteadOptions options, string folder)
    {
        var made = new List<string>();
        string? fault = null;
        var password = options.Admin.Password ?? LoadOrMake("admin-password");
        var token = fault is null ? options.Nodes.Token ?? LoadOrMake("node-token") : null;
        return fault is null ? (new Credentials(password!, token!) { MadeFiles = made }, null) : (null, fault);

        string? LoadOrMake(string name)
        {
            var path = Path.Combine(folder, name);
            (var secret, var isNew, fault) = MadeSecret.LoadOrMake(path);
            if (isNew)
            {
                made.Add(path);
            }

            return secret;
        }
    }

    public bool IsAdmin(string user, string password) => CryptographicOperations.FixedTimeEquals(Hash(password), _password) & CryptographicOperations.FixedTimeEquals(Hash(user), AdminHash);

    public bool IsNode(string token) => CryptographicOperations.FixedTimeEquals(Hash(token), _token);

    private static readonly byte[] AdminHash = Hash(AdminName);

    private static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
