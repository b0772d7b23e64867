using System.Text;

namespace Roadstead.Testing.Clients;

/// <summary>One <c>[[registry]]</c> of registries.conf with its mirror.</summary>
/// <param name="Prefix">The registry as image references have it, as <c>docker.io</c>.</param>
/// <param name="Location">Where the mirror is, as <c>127.0.0.1:5000/dockerhub</c>; no scheme.</param>
/// <param name="Insecure">The mirror speaks plain HTTP.</param>
/// <param name="PrimaryBlocked">The registry itself is never asked: a pull that goes around the mirror fails.</param>
/// <param name="Primary">Where the registry itself is, as <c>127.0.0.1:5001</c>, by plain HTTP; null: where its name says.</param>
public sealed record Mirror(string Prefix, string Location, bool Insecure = true, bool PrimaryBlocked = true, string? Primary = null)
{
    /// <summary>The drop-in as CRI-O, Podman, Buildah and Skopeo read it; short names are Docker Hub's.</summary>
    public static string RegistriesConf(IEnumerable<Mirror> mirrors)
    {
        var text = new StringBuilder("unqualified-search-registries = [\"docker.io\"]\nshort-name-mode = \"permissive\"\n");
        foreach (var mirror in mirrors)
        {
            // blocked works only where location is the blocked registry itself.
            text.Append($"""

                [[registry]]
                prefix = "{mirror.Prefix}"
                location = "{mirror.Primary ?? mirror.Prefix}"
                insecure = {(mirror.Primary is null ? "false" : "true")}
                blocked = {(mirror.PrimaryBlocked ? "true" : "false")}
                [[registry.mirror]]
                location = "{mirror.Location}"
                insecure = {(mirror.Insecure ? "true" : "false")}

                """);
        }

        return text.ToString();
    }
}
