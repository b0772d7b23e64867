using System.Text.RegularExpressions;
using Roadstead.Fuzz.Inputs;
using Roadstead.Fuzz.Runs;
using Roadstead.Oci;

namespace Roadstead.Fuzz;

/// <summary>Names against the grammars of the distribution specification, written as the plain patterns that stand there.</summary>
public partial class NameFuzz
{
    private static readonly Gen<string> Repositories = Gen.OneOf(Mutated.Text(Names.Repository), Nasty.Text("library", "nginx", "a", "b"), Nasty.Dense("ab0._-/A"));
    private static readonly Gen<string> References = Gen.OneOf(Mutated.Text(Gen.OneOf(Names.Tag, Names.Digest)), Nasty.Text("latest", "sha256:"), Nasty.Dense("aA0._-:+/"));
    private static readonly Gen<string> Registries = Gen.OneOf(
        Mutated.Text(Gen.OneOf(Names.Registry, Gen.OneOf("127.0.0.1:5000", "10.0.0.1", "localhost", "docker.io"))),
        Nasty.Text("docker.io", ":5000"),
        Nasty.Dense("aX01.-:_"));

    [Theory, Fuzz]
    public void A_repository_name_is_what_the_specification_says(Length length) => Property.ForText(length, Repositories, text =>
    {
        Assert.Equal(text.Length <= 255 && RepositoryPattern().IsMatch(text), RepositoryName.TryParse(text, out var name));
        if (name != default)
        {
            Assert.Equal(text, name.ToString());
            Assert.DoesNotContain("..", text, StringComparison.Ordinal);
            Assert.DoesNotContain("", text.Split('/'));
            Assert.DoesNotContain(text, letter => char.IsAsciiLetterUpper(letter) || letter is '\0' or '%' or '\\' or > '~');
        }
    });

    [Theory, Fuzz]
    public void A_component_is_a_name_without_slash(Length length) => Property.ForText(length, Repositories, text =>
        Assert.Equal(!text.Contains('/', StringComparison.Ordinal) && RepositoryPattern().IsMatch(text), RepositoryName.IsComponent(text)));

    [Theory, Fuzz]
    public void A_reference_is_a_tag_of_the_specification_or_a_digest(Length length) => Property.ForText(length, References, text =>
    {
        var isDigest = Digest.TryParse(text, out var digest);
        Assert.Equal(isDigest || TagPattern().IsMatch(text), Reference.TryParse(text, out var reference));
        if (reference != default)
        {
            Assert.Equal(text, reference.ToString());
            Assert.Equal((!isDigest, isDigest ? digest : null), (reference.IsTag, reference.Digest));
        }
    });

    [Theory, Fuzz]
    public void A_registry_is_a_host_that_every_reader_of_URLs_sees_in_it(Length length) => Property.ForText(length, Registries, text =>
    {
        if (!RegistryName.TryParse(text, out var name))
        {
            return;
        }

        Assert.Equal(name, RegistryName.Parse(name.ToString()));
        Assert.DoesNotContain(name.ToString(), letter => char.IsAsciiLetterUpper(letter) || letter is <= ' ' or > '~' or '/' or '@' or '%');
        var url = new Uri($"http://{name}");
        Assert.Equal(name.ToString().Split(':')[0], url.Host);
        Assert.Equal(name.ToString(), url.IsDefaultPort ? url.Host + name.ToString()[url.Host.Length..] : url.Authority);
        Assert.Equal("/", url.PathAndQuery);
    });

    [Theory, Fuzz]
    public void Every_registry_that_the_grammar_makes_is_one(Length length) => Property.ForText(length, Names.Registry, text => Assert.Equal(text, RegistryName.Parse(text).ToString()));

    [GeneratedRegex(@"\A[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*\z", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex RepositoryPattern();

    [GeneratedRegex(@"\A[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}\z", RegexOptions.CultureInvariant)]
    private static partial Regex TagPattern();
}
