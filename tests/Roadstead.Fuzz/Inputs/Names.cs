namespace Roadstead.Fuzz.Inputs;

/// <summary>Valid names, put together from the pieces of their grammars.</summary>
internal static class Names
{
    private const string LowerAlphanumeric = "abcdefghijklmnopqrstuvwxyz0123456789";

    /// <summary>Lower-case letters and digits.</summary>
    public static readonly Gen<string> Word = Of(LowerAlphanumeric, 1, 6);

    /// <summary>One path component of a repository's name; some are words of the API itself.</summary>
    public static readonly Gen<string> Component = Gen.Frequency<string>(
        (6, Gen.Select(Word, Gen.Select(Gen.OneOf(".", "_", "__", "-", "--", "----"), Word, (separator, word) => separator + word).Array[0, 2], (word, more) => word + string.Concat(more))),
        (1, Gen.OneOf("blobs", "manifests", "tags", "list", "referrers", "uploads", "v2", "library")));

    public static readonly Gen<string> Repository = Component.Array[1, 4].Select(parts => string.Join('/', parts));

    public static readonly Gen<string> Tag = Gen.Select(
        Of(LowerAlphanumeric + "ABCDEFGHIJKLMNOPQRSTUVWXYZ_", 1, 1), Of(LowerAlphanumeric + "ABCDEFGHIJKLMNOPQRSTUVWXYZ_.-", 0, 20), (first, rest) => first + rest);

    public static readonly Gen<string> Digest = Gen.OneOf(
        Of("0123456789abcdef", 64, 64).Select(hex => "sha256:" + hex), Of("0123456789abcdef", 128, 128).Select(hex => "sha512:" + hex));

    /// <summary>A host name whose last label is no number.</summary>
    public static readonly Gen<string> Host = Gen.Select(Of("abcdefghijklmnopqrstuvwxyz", 1, 4), Word.Array[0, 2], Of("abcdefghijklmnopqrstuvwxyz", 2, 5),
        (first, middle, last) => string.Join('.', [first, .. middle, last]));

    public static readonly Gen<string> Registry = Gen.Select(Host, Gen.Int[0, 65_535], (host, port) => port % 3 == 0 ? host : $"{host}:{Math.Max(1, port)}");

    private static Gen<string> Of(string letters, int least, int most) => Gen.OneOf(letters.ToCharArray()).Array[least, most].Select(text => new string(text));
}
