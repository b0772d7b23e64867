using System.Text;

namespace Roadstead.Testing.Clients;

/// <summary>A registry's hosts.toml for containerd, which turns to the registry itself, without a word, for a file that it cannot read.</summary>
/// <param name="Registry">As <c>docker.io</c>, or <see cref="AnyRegistry"/>.</param>
public sealed record HostsToml(string Registry, string Text)
{
    public const string AnyRegistry = "_default";

    /// <summary>With the mirror as its only server: a pull that goes around the mirror fails.</summary>
    /// <param name="mirror">With a path, as <c>http://127.0.0.1:5000/v2/dockerhub</c>, that is where repositories begin; without one, the mirror is told the registry by <c>?ns=</c>.</param>
    /// <param name="authority">Path of the certificate to trust; null for plain HTTP.</param>
    public static HostsToml For(string registry, Uri mirror, string? authority = null)
    {
        var url = mirror.ToString().TrimEnd('/');
        var text = new StringBuilder($"""
            server = "{url}"
            [host."{url}"]
              capabilities = ["pull", "resolve"]

            """);
        if (mirror.AbsolutePath != "/")
        {
            text.Append("  override_path = true\n");
        }

        if (authority is not null)
        {
            text.Append($"  ca = \"{authority}\"\n");
        }

        return new HostsToml(registry, text.ToString());
    }

    /// <summary>Writes the file to where containerd looks for it.</summary>
    /// <param name="folder">What <c>--hosts-dir</c> or <c>config_path</c> names.</param>
    internal void Write(string folder)
    {
        var registry = Directory.CreateDirectory(Path.Combine(folder, Registry)).FullName;
        File.WriteAllText(Path.Combine(registry, "hosts.toml"), Text);
    }
}
