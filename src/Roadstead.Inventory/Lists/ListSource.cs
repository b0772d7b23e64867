using System.Buffers;
using System.Text;
using Roadstead.Api;

namespace Roadstead.Inventory.Lists;

/// <summary>What a cluster runs, by a list that somebody made: names, one a line, with a number before them or not, as <c>sort | uniq -c</c> prints it; or what <c>kubectl get … -o json</c> prints.</summary>
/// <param name="time">The clock.</param>
public sealed class ListSource(TimeProvider time)
{
    /// <summary>What <see cref="ClusterInventory.Source"/> calls it.</summary>
    public const string Name = "list";

    private const int LongestBeginning = 16;

    private static readonly SearchValues<byte> Blank = SearchValues.Create(" \t\r\n"u8);
    private static readonly string[] YamlBeginnings = ["apiVersion:", "kind:", "items:", "---"];
    private static readonly byte[] ByteOrderMark = [0xEF, 0xBB, 0xBF];

    /// <summary>Reads all of it, in a few megabytes of memory however long it is.</summary>
    /// <param name="input">The list.</param>
    /// <param name="withRelated">Count what operators are told to use by variables <c>RELATED_IMAGE_…</c>.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <exception cref="IOException">It cannot be read.</exception>
    public async Task<InventoryOutcome> Take(Stream input, bool withRelated, CancellationToken cancellation)
    {
        var takenAt = time.GetUtcNow();
        var builder = new InventoryBuilder();
        using var buffer = new InputBuffer(input);
        await SkipBlank(buffer, cancellation).ConfigureAwait(false);
        if (buffer.Length == 0)
        {
            return new InventoryOutcome.Failed("It is empty: there is not one image in it.");
        }

        if (Array.Exists(YamlBeginnings, beginning => buffer.Span.StartsWith(Encoding.ASCII.GetBytes(beginning))))
        {
            return new InventoryOutcome.Failed("It is YAML; have kubectl print JSON (-o json).");
        }

        var notes = new List<string>();
        var fault = buffer.Span[0] is (byte)'{' or (byte)'[' ? await new JsonList(buffer, builder, withRelated, notes).Read(cancellation).ConfigureAwait(false)
            : await TextList.Read(buffer, builder, cancellation).ConfigureAwait(false);
        if (fault is null && builder.Count == 0)
        {
            // Told to a server, it would end what keeps the images of a cluster.
            fault = builder.Build(takenAt, Name).Malformed is [var first, ..]
                ? $"There is not one image in it: {(first.UsedBy is [var place, ..] ? place + ": " : "")}{first.Text} {first.Fault}."
                : "There is not one image in it.";
        }

        return fault is not null ? new InventoryOutcome.Failed(fault) : InventoryOutcome.Of(builder, takenAt, Name, notes, isPartial: false);
    }

    /// <summary>Blank lines count for the numbers of those after them.</summary>
    private static async Task SkipBlank(InputBuffer buffer, CancellationToken cancellation)
    {
        await Begin(buffer, cancellation).ConfigureAwait(false);
        if (buffer.Span.StartsWith(ByteOrderMark))
        {
            buffer.Advance(ByteOrderMark.Length);
        }

        while (buffer.Length > 0 || await buffer.Fill(cancellation).ConfigureAwait(false))
        {
            var blank = buffer.Span.IndexOfAnyExcept(Blank);
            buffer.Advance(blank < 0 ? buffer.Length : blank);
            if (blank < 0)
            {
                continue;
            }

            await Begin(buffer, cancellation).ConfigureAwait(false);
            return;
        }
    }

    /// <summary>Reads as much as tells what it is; pipes give as little as one byte at once.</summary>
    private static async Task Begin(InputBuffer buffer, CancellationToken cancellation)
    {
        while (buffer.Length < LongestBeginning && await buffer.Fill(cancellation).ConfigureAwait(false))
        {
            // There is more.
        }
    }
}
