namespace Roadstead.Fuzz.Inputs;

/// <summary>Pieces of text that readers have been known to stumble over.</summary>
internal static class Nasty
{
    private static readonly string[] Pieces =
    [
        "/", "//", "..", "../", "/./", ".", "\\", "%", "%2", "%2f", "%2F", "%5c", "%00", "%0d%0a", "%25", "%c3%bc", "%ff", "%ud800", "%ZZ", "%3a",
        "\0", "\r\n", "\n", "\t", " ", "\u00a0", "\"", "'", "<", ">", ";", ",", "=", "&", "&&", "?", "#", "@", ":", "::", "://", "-", "--", "_", "__", "___", "~", "+", "*", "!", "|", "`",
        "\ud800", "\udc00", "\ud83d\ude00", "\ufeff", "\u212a", "\u0130", "\u017f", "\u0661", "\uff11", "\uff0f", "\u3002", "\u00e4", "e\u0301", "\u2028", "\u0085", "\u007f", "\ufffd", "\uffff",
        "0", "00", "-0", "-1", "+1", "1.5", "1e30", "256", "65535", "65536", "2147483647", "2147483648", "9223372036854775807", "9223372036854775808", "99999999999999999999",
        "127.0.0.1", "127.1", "0177.0.0.1", "0x7f000001", "2130706433", "2852039166", "169.254.169.254", "[::1]", "[::ffff:127.0.0.1]", "[fe80::1%25eth0]", "localhost", "0.0.0.0",
        "null", "true", "{", "}", "[", "]", "()", "\\u0000", "\\ud800", "\\x", "A", "Z", "a", "xn--", "http://", "https://", "file:///", "user:secret@",
    ];

    private static readonly string[] Huge =
        [new('a', 255), new('a', 256), new('a', 65_536), new('/', 300), new('[', 300), new('%', 300), string.Concat(Enumerable.Repeat("a/", 200)), string.Concat(Enumerable.Repeat("\"\\", 200))];

    /// <summary>One letter of any kind, those of plain text first.</summary>
    public static readonly Gen<string> Letter = Gen.Frequency<string>((4, Gen.Char[' ', '~'].Select(letter => letter.ToString())), (1, Gen.Char.Select(letter => letter.ToString())));

    /// <summary>A piece to put somewhere; seldom a huge one.</summary>
    public static readonly Gen<string> Piece = Gen.Frequency<string>((60, Gen.OneOf(Pieces)), (20, Letter), (1, Gen.OneOf(Huge)));

    /// <summary>Short text of a few letters: what a grammar says of their order is met again and again.</summary>
    public static Gen<string> Dense(string letters) => Gen.OneOf(letters.ToCharArray()).Array[0, 12].Select(text => new string(text));

    /// <summary>Text of nothing but such pieces and some words of the field.</summary>
    public static Gen<string> Text(params string[] words) => Gen.Frequency<string>((1, Piece), (1, Gen.OneOf(words))).Array[0, 12].Select(string.Concat);
}
