using System.Net.Http.Headers;
using Roadstead.Fuzz.Inputs;
using Roadstead.Fuzz.Runs;
using Roadstead.Server.Registry;

namespace Roadstead.Fuzz;

public class RangeHeaderFuzz
{
    private static readonly Gen<string> Headers = Gen.OneOf(
        Mutated.Text("bytes=0-99", "bytes=500-", "bytes=-10", "bytes=0-0,5-9, 20-29 ,-1", "bytes=10-5", "lines=1-2", "bytes=0-9223372036854775807,-9223372036854775807"),
        Nasty.Text("bytes=", "0-", "-5", "10-19", ",", ", ", "-"),
        Nasty.Dense("019-, ").Select(ranges => "bytes=" + ranges),
        Gen.Select(Gen.Long[0, 3000], Gen.Long[-1, 3000]).Array[1, 6].Select(ranges => "bytes=" + string.Join(',', ranges.Select(range => $"{range.Item1}-{(range.Item2 < 0 ? "" : range.Item2)}"))));

    private static readonly Gen<long> Sizes = Gen.OneOf(Gen.Long[0, 3000], Gen.OneOf(0L, 1, int.MaxValue, (long)int.MaxValue + 1, long.MaxValue - 1, long.MaxValue));

    [Theory, Fuzz]
    public void Any_header_asks_for_parts_that_are_there(Length length) => Property.ForAll(length, Gen.Select(Headers, Sizes), (header, size) =>
    {
        var wanted = RangeHeader.Read(header, size);
        var ranges = Ranges(wanted);
        Assert.All(ranges, range => Assert.True(range is { From: >= 0, Length: > 0 } && range.To <= size, $"{range} of {size}"));
        if (wanted is WantedRange.Parts)
        {
            Assert.InRange(ranges.Count, 2, 4096);
            Assert.True(ranges.Aggregate((Int128)0, (sum, range) => sum + range.Length) <= size, "the parts are more than the whole");
        }

        Assert.All(ranges, range => Assert.Equal(
            (range.From, range.To - 1, size), ContentRangeHeaderValue.Parse(range.ContentRange(size)) is var read ? (read.From, read.To, read.Length) : default));
    });

    [Theory, Fuzz]
    public void Parts_read_as_they_were_written(Length length) =>
        Property.ForAll(length, Gen.Select(Gen.Long[1, 1000], Gen.Long[0, 1000]).Array[1, 20], steps =>
        {
            var ranges = new List<ByteRange>();
            foreach (var (step, more) in steps)
            {
                var from = (ranges.Count == 0 ? 0 : ranges[^1].To) + step;
                ranges.Add(new ByteRange(from, from + more + 1));
            }

            var header = $"bytes={string.Join(", ", ranges.Select(range => $"{range.From}-{range.To - 1}"))}";
            Assert.Equal(ranges, Ranges(RangeHeader.Read(header, ranges[^1].To)));
        });

    [Theory, Fuzz]
    public void What_the_framework_reads_is_read_alike(Length length) => Property.ForAll(length, Gen.Select(Headers, Sizes), (header, size) =>
    {
        // It allows space before the sign, which the RFC does not.
        if (!RangeHeaderValue.TryParse(header, out var other) || !header.TrimStart().StartsWith("bytes=", StringComparison.OrdinalIgnoreCase))
        {
            return;
        }

        var ranges = other.Ranges.Select(range => Resolve(range, size)).Where(range => range.Length > 0).ToList();
        var read = RangeHeader.Read(header, size);
        if (read is WantedRange.Whole)
        {
            Assert.True(ranges.Count > 1 && ranges.Aggregate((Int128)0, (sum, range) => sum + range.Length) > size);
        }
        else
        {
            Assert.Equal(ranges, Ranges(read));
        }
    });

    /// <summary>RFC 9110 section 14.1.2, in its words.</summary>
    private static ByteRange Resolve(RangeItemHeaderValue range, long size) => range switch
    {
        { From: null, To: { } suffix } => new ByteRange(suffix >= size ? 0 : size - suffix, size),
        { From: { } from, To: { } to } when from < size => new ByteRange(from, to >= size ? size : to + 1),
        { From: { } from } when from < size => new ByteRange(from, size),
        _ => default,
    };

    private static IReadOnlyList<ByteRange> Ranges(WantedRange wanted) => wanted switch
    {
        WantedRange.Part part => [part.Range],
        WantedRange.Parts parts => parts.Ranges,
        _ => [],
    };
}
