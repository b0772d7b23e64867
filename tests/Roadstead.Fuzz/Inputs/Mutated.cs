using System.Text;

namespace Roadstead.Fuzz.Inputs;

/// <summary>Valid seeds with some changes made to them, letter by letter or byte by byte.</summary>
internal static class Mutated
{
    private const int MaxLength = 300_000;

    private static readonly Gen<Change> Changes = Gen.Select(Gen.Int[0, 9], Gen.UInt, Gen.UInt[0, 12], Nasty.Piece, (kind, at, span, piece) => new Change(kind, at, (int)span, piece));

    public static Gen<string> Text(params string[] seeds) => Text(Gen.OneOf(seeds));

    /// <summary>None to five changes; without any the seed itself is tried.</summary>
    public static Gen<string> Text(Gen<string> seeds) => Gen.Select(seeds, seeds, Changes.Array[0, 5], (seed, other, changes) =>
        changes.Aggregate(seed, (text, change) => text.Length > MaxLength ? text : change.Apply(text, other)));

    /// <summary>As UTF-8, of which some bytes are then other ones.</summary>
    public static Gen<byte[]> Bytes(Gen<string> seeds) => Gen.Select(Text(seeds), Gen.Select(Gen.UInt, Gen.Byte).Array[0, 3], (text, flips) =>
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        foreach (var (at, value) in flips.Where(_ => bytes.Length > 0 && flips.Length < 3))
        {
            bytes[at % bytes.Length] = value;
        }

        return bytes;
    });

    private sealed record Change(int Kind, uint At, int Span, string Piece)
    {
        public string Apply(string text, string other)
        {
            var from = (int)(At % (uint)(text.Length + 1));
            var to = Math.Min(from + Span, text.Length);
            var span = text[from..to];
            return Kind switch
            {
                0 or 1 => text.Insert(from, Piece),
                2 => text[..from] + Piece + text[to..],
                3 => text[..from] + text[to..],
                4 => text[..from] + span + span + text[from..],
                5 => text[..from] + other[(int)(At % (uint)(other.Length + 1))..],
                6 => text[..from] + (span.Any(char.IsAsciiLetterLower) ? span.ToUpperInvariant() : span.ToLowerInvariant()) + text[to..],
                7 => text[..from] + string.Concat(span.Select(letter => $"%{(int)letter & 0xff:x2}")) + text[to..],
                8 => text[..from] + Piece + text[Math.Min(from + Piece.Length, text.Length)..],
                _ => text[..from] + new string([.. span.Reverse()]) + text[to..],
            };
        }
    }
}
