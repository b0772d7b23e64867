using Roadstead.Oci;

namespace Roadstead.Fuzz.Inputs;

/// <summary>Request targets of the registry API and what they mean.</summary>
internal static class Targets
{
    private static readonly Gen<string> Name = Gen.Frequency<string>(
        (3, Names.Repository), (1, Gen.Select(Names.Registry, Names.Repository, (registry, repository) => $"{registry}/{repository}")));

    private static readonly Gen<string?> Mount = Gen.Frequency<string?>((3, Gen.Const((string?)null)), (1, Names.Component.Where(name => name != "v2").Select(name => (string?)name)));

    private static readonly Gen<string?> Text = Gen.Frequency<string?>((1, Gen.Const((string?)null)), (1, Gen.Char[' ', '~'].Array[1, 20].Select(text => (string?)new string(text))));

    private static readonly Gen<string?> ArtifactType = Gen.Frequency<string?>(
        (1, Gen.Const((string?)null)), (1, Gen.Select(Names.Word, Names.Word, (type, subtype) => (string?)$"application/vnd.{type}+{subtype}")));

    private static readonly Gen<ListPage> Page = Gen.Select(Gen.Int[-1, ListPage.MaxCount], Text, Text, (count, last, next) => new ListPage(count < 0 ? null : count, last, next));

    private static readonly Gen<RegistryName?> Namespace = Gen.Frequency<RegistryName?>(
        (2, Gen.Const((RegistryName?)null)), (1, Names.Registry.Select(name => (RegistryName?)RegistryName.Parse(name))));

    /// <summary>A path, and the target that asks for it.</summary>
    public sealed record Target(string Text, OciPath Path)
    {
        public override string ToString() => $"{Runs.Escaped.Text(Text)} for {Path}";
    }

    public static readonly Gen<Target> Valid = Gen.Select(
        Gen.Enum<OciPathKind>(), Name, Gen.OneOf(Names.Tag, Names.Digest), Names.Digest, Gen.Select(Mount, Namespace), Page, ArtifactType,
        (kind, name, reference, digest, place, page, type) => Made(new OciPath(
            kind,
            kind is OciPathKind.Ping or OciPathKind.Catalog ? "" : name,
            kind == OciPathKind.Manifest ? Reference.Parse(reference) : kind is OciPathKind.Blob or OciPathKind.Referrers ? Reference.Parse(digest) : null,
            place.Item2)
        {
            Mount = place.Item1,
            Page = kind is OciPathKind.Tags or OciPathKind.Catalog ? page : null,
            ArtifactType = kind == OciPathKind.Referrers ? type : null,
        }));

    /// <summary>The one way to write a path.</summary>
    public static string Write(OciPath path)
    {
        var what = path.Kind switch
        {
            OciPathKind.Ping => "",
            OciPathKind.Catalog => "_catalog",
            OciPathKind.Manifest => $"{path.Name}/manifests/{path.Reference}",
            OciPathKind.Blob => $"{path.Name}/blobs/{path.Reference}",
            OciPathKind.Upload => $"{path.Name}/blobs/uploads/",
            OciPathKind.Tags => $"{path.Name}/tags/list",
            _ => $"{path.Name}/referrers/{path.Reference}",
        };
        string?[] query =
        [
            path.Namespace is { } name ? $"ns={name}" : null,
            path.Page?.ToQuery() is { Length: > 0 } page ? page : null,
            path.ArtifactType is { } type ? $"artifactType={Uri.EscapeDataString(type)}" : null,
        ];
        var parameters = string.Join('&', query.Where(parameter => parameter is not null));
        return $"{(path.Mount is null ? "" : "/" + path.Mount)}/v2/{what}{(parameters.Length == 0 ? "" : "?" + parameters)}";
    }

    private static Target Made(OciPath path) => new(Write(path), path);
}
