using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Roadstead.Server.Configuration;

namespace Roadstead.Server.Tests.Configuration;

/// <summary>A folder of one test, with files of its own; everything that is loaded stores below it.</summary>
public sealed class ConfigurationFixture : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("roadstead-configuration-");

    public string Folder => _folder.FullName;

    public string Write(string name, string text)
    {
        var path = Path.Combine(Folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    /// <summary>A file that its owner alone can read.</summary>
    public string WriteSecret(string name, string text)
    {
        var path = Write(name, text);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return path;
    }

    /// <summary>A self-signed certificate and its key.</summary>
    public (string Certificate, string Key) WritePair(string name = "tls")
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        return (Write($"{name}.crt", certificate.ExportCertificatePem()), Write($"{name}.key", key.ExportPkcs8PrivateKeyPem()));
    }

    /// <summary>The folder's name may stand in the YAML as $DIR. Without storage of its own it stores in the folder.</summary>
    public ConfigurationResult Load(string yaml, params (string Name, string Value)[] environment)
    {
        var variables = environment.ToDictionary(v => v.Name, v => v.Value.Replace("$DIR", Folder, StringComparison.Ordinal));
        if (!yaml.Contains("storage", StringComparison.Ordinal))
        {
            variables.TryAdd("ROADSTEAD_STORAGE__PATH", Folder);
        }

        return ConfigurationLoader.Load(Write("roadstead.yaml", yaml.Replace("$DIR", Folder, StringComparison.Ordinal)), variables);
    }

    public RoadsteadOptions Options(string yaml, params (string Name, string Value)[] environment) => Valid(yaml, environment).Options;

    public ConfigurationResult.Valid Valid(string yaml, params (string Name, string Value)[] environment)
    {
        var result = Load(yaml, environment);
        Assert.True(result is ConfigurationResult.Valid, result is ConfigurationResult.Invalid i ? string.Join('\n', i.Faults) : null);
        return (ConfigurationResult.Valid)result;
    }

    public IReadOnlyList<ConfigurationFault> Faults(string yaml, params (string Name, string Value)[] environment) =>
        Assert.IsType<ConfigurationResult.Invalid>(Load(yaml, environment)).Faults;

    public void Dispose() => _folder.Delete(recursive: true);
}
