using System.Text.RegularExpressions;
using Roadstead.Fuzz.Inputs;
using Roadstead.Fuzz.Runs;
using Roadstead.Oci;

namespace Roadstead.Fuzz;

public partial class DigestFuzz
{
    private static readonly Gen<string> Texts = Gen.OneOf(Mutated.Text(Names.Digest), Nasty.Text("sha256:", "sha512:", "md5:", "0123456789abcdef", "ABCDEF"),
        Gen.Select(Names.Digest, Gen.UInt, Gen.Char['\0', '\u0080'], (digest, at, letter) => digest[..(int)(at % digest.Length)] + letter + digest[((int)(at % digest.Length) + 1)..]));

    [Theory, Fuzz]
    public void Is_what_the_grammar_says_and_reads_as_it_was_written(Length length) => Property.ForText(length, Texts, text =>
    {
        Assert.Equal(Grammar().IsMatch(text), Digest.TryParse(text, out var digest));
        if (Grammar().IsMatch(text))
        {
            Assert.Equal(text, digest.ToString());
            Assert.Equal(text, $"{digest.AlgorithmName}:{digest.Hex}");
            Assert.Equal(digest.Algorithm == DigestAlgorithm.Sha256 ? 64 : 128, digest.Hex.Length);
            Assert.Equal(digest, Digest.FromHash(Convert.FromHexString(digest.Hex), digest.Algorithm));
        }
    });

    [Theory, Fuzz]
    public void Of_any_content_reads_back_and_matches_it_alone(Length length) =>
        Property.ForAll(length, Gen.Select(Gen.Byte.Array[0, 100], Gen.Enum<DigestAlgorithm>(), Gen.Byte.Array[1, 3]), (content, algorithm, more) =>
        {
            var digest = Digest.Of(content, algorithm);
            Assert.Equal(digest, Digest.Parse(digest.ToString()));
            using var hash = digest.CreateHash();
            hash.AppendData(content);
            Assert.True(digest.Matches(hash));
            hash.AppendData([.. content, .. more]);
            Assert.False(digest.Matches(hash));
        });

    // OCI image specification, descriptor.md, "Digests", for the two registered algorithms that must be known.
    [GeneratedRegex(@"\A(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})\z", RegexOptions.CultureInvariant)]
    private static partial Regex Grammar();
}
