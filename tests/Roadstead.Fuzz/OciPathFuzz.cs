using Roadstead.Fuzz.Inputs;
using Roadstead.Fuzz.Runs;
using Roadstead.Oci;

namespace Roadstead.Fuzz;

public class OciPathFuzz
{
    private static readonly string[] Codes =
        [OciErrorCode.DigestInvalid, OciErrorCode.NameInvalid, OciErrorCode.TagInvalid, OciErrorCode.Unsupported, OciErrorCode.PaginationNumberInvalid];

    private static readonly Gen<string> Texts = Gen.OneOf(
        Mutated.Text(Targets.Valid.Select(target => target.Text)),
        Nasty.Text("/v2/", "/v2", "/hub/v2/", "/manifests/", "/blobs/", "/tags/list", "/referrers/", "uploads/", "_catalog", "?ns=", "&n=", "&last=", "&artifactType=", "sha256:", "latest"));

    [Theory, Fuzz]
    public void Any_text_is_a_path_or_an_error_of_the_registry_API(Length length) => Property.ForText(length, Texts, text =>
    {
        var (path, error) = OciPath.Parse(text);
        Assert.True(path is null != error is null);
        if (error is not null)
        {
            Assert.Contains(error.Code, Codes);
            Assert.InRange(error.Status, 400, 404);
            Assert.DoesNotContain(error.Message, char.IsControl);
        }
    });

    [Theory, Fuzz]
    public void A_path_holds_only_what_is_safe_to_hand_on(Length length) => Property.ForText(length, Texts, text =>
    {
        if (OciPath.Parse(text).Path is not { } path)
        {
            return;
        }

        var parts = path.Name.Split('/');
        Assert.Equal(path.Kind is OciPathKind.Ping or OciPathKind.Catalog, path.Name.Length == 0);
        Assert.True(path.Name.Length <= RepositoryName.MaxLength);
        Assert.All(parts.Skip(1), part => Assert.True(RepositoryName.IsComponent(part)));
        Assert.All([path.Name.Length == 0 ? "a" : parts[0], path.Mount ?? "a"], part => Assert.True(RepositoryName.IsComponent(part) || RegistryName.TryParse(part, out _)));
        Assert.Equal(path.Kind is OciPathKind.Manifest or OciPathKind.Blob or OciPathKind.Referrers, path.Reference is not null);
        Assert.False(path.Kind is OciPathKind.Blob or OciPathKind.Referrers && path.Reference!.Value.IsTag);
        Assert.Equal(path.Kind is OciPathKind.Tags or OciPathKind.Catalog, path.Page is not null);
        Assert.DoesNotContain(path.Name + path.Mount, letter => letter is <= ' ' or > '~' or '%' or '\\' or '@');
        Assert.DoesNotContain("..", path.Name + "/" + path.Mount, StringComparison.Ordinal);
    });

    [Theory, Fuzz]
    public void A_path_written_again_reads_as_the_same(Length length) => Property.ForText(length, Texts, text =>
    {
        if (OciPath.Parse(text).Path is { } path)
        {
            Assert.Equal((path, null), OciPath.Parse(Targets.Write(path)));
            Assert.True(OciPath.IsRegistryTarget(Targets.Write(path)));
            Assert.True(path.Page is null || OciPath.Parse(path.Path).Path == path with { Page = new ListPage(), Namespace = null });
        }
    });

    [Theory, Fuzz]
    public void What_is_not_the_registry_API_s_is_no_path(Length length) => Property.ForText(length, Texts, text =>
    {
        var plain = text.Contains('%', StringComparison.Ordinal) || OciPath.IsRegistryTarget(text) || OciPath.Parse(text).Path is null;
        Assert.True(plain, "it is routed elsewhere, and read all the same");
    });

    [Theory, Fuzz]
    public void The_query_has_no_part_in_whose_it_is(Length length) => Property.ForText(length, Texts, text =>
        Assert.Equal(OciPath.IsRegistryTarget(text.Split('?')[0]), OciPath.IsRegistryTarget(text)));

    [Theory, Fuzz]
    public void What_the_grammar_makes_reads_as_what_it_was_made_of(Length length) => Property.ForAll(length, Targets.Valid, target =>
        Assert.Equal((target.Path, null), OciPath.Parse(target.Text)), target => target.ToString());

    [Theory, Fuzz]
    public void Percent_encoding_letters_of_a_name_changes_nothing(Length length) =>
        Property.ForAll(length, Gen.Select(Targets.Valid, Gen.ULong), (target, which) =>
        {
            var api = target.Text.IndexOf("/v2/", StringComparison.Ordinal) + 4;
            var end = target.Text.Contains('?', StringComparison.Ordinal) ? target.Text.IndexOf('?', StringComparison.Ordinal) : target.Text.Length;
            var encoded = string.Concat(target.Text[api..end].Select((letter, i) => letter != '/' && ((which >> (i % 64)) & 1) == 1 ? $"%{(int)letter:X2}" : $"{letter}"));
            Assert.Equal((target.Path, null), OciPath.Parse(target.Text[..api] + encoded + target.Text[end..]));
        });
}
