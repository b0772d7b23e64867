using Roadstead.Testing.Processes;
using Roadstead.Testing.Registries;

namespace Roadstead.Testing.Clients;

/// <summary>A real client with configuration and storage of its own.</summary>
public abstract class ContainerTool : IDisposable
{
    private readonly Isolation isolation = new();

    private protected ContainerTool(IEnumerable<Mirror> mirrors) => UseMirrors([.. mirrors]);

    /// <summary>Path of the registries.conf in force.</summary>
    public string RegistriesConf => isolation.RegistriesConf;

    private protected string StorageRoot => isolation.Root;

    private protected string StorageRunRoot => isolation.RunRoot;

    /// <summary>Replaces registries.conf.</summary>
    public void UseMirrors(params Mirror[] mirrors) => isolation.UseMirrors(mirrors);

    /// <summary>Adds the files of a folder to what is its <c>/etc/containers</c>.</summary>
    public void AddConfiguration(string folder) => isolation.AddConfiguration(folder);

    /// <summary>Replaces auth.json.</summary>
    /// <param name="registry">As <c>127.0.0.1:5000</c>.</param>
    public void Login(string registry, Credential credential) => isolation.Login(registry, credential);

    /// <summary>Has the tool trust a certificate authority for one registry.</summary>
    /// <param name="registry">As <c>127.0.0.1:5000</c>.</param>
    /// <param name="authority">Path of its certificate.</param>
    public void Trust(string registry, string authority) => isolation.Trust(registry, authority);

    /// <summary>Runs the tool with any arguments.</summary>
    public Task<CommandResult> Run(params string[] arguments) => Run(arguments, null);

    public Task<CommandResult> Run(IReadOnlyList<string> arguments, TimeSpan? timeout) => isolation.Run(Program, [.. GlobalOptions, .. arguments], timeout);

    /// <summary>Forgets every image and cache; the configuration stays.</summary>
    public void WipeStorage() => isolation.WipeStorage();

    public void Dispose()
    {
        isolation.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected void UseStorage(string driver, string options) => isolation.UseStorage(driver, options);

    private protected abstract string Program { get; }

    private protected abstract IEnumerable<string> GlobalOptions { get; }

    private protected static string Line(CommandResult result) => result.OrThrow().Output.Trim();
}
