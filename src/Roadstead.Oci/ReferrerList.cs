using System.Buffers;
using System.Text.Json;

namespace Roadstead.Oci;

/// <summary>What refers to a manifest, as descriptors that are handed on as they came, annotations included.</summary>
/// <remarks>OCI distribution specification, "Listing Referrers".</remarks>
public sealed class ReferrerList
{
    private readonly IReadOnlyList<Entry> _entries;

    private ReferrerList(IReadOnlyList<Entry> entries) => _entries = entries;

    /// <summary>Nothing refers to it.</summary>
    public static ReferrerList Empty { get; } = new([]);

    /// <summary>True if nothing refers to it.</summary>
    public bool IsEmpty => _entries.Count == 0;

    /// <summary>Reads the index that a registry answers with.</summary>
    /// <returns>The list; null if the bytes are no index of descriptors.</returns>
    public static ReferrerList? Read(ReadOnlyMemory<byte> index)
    {
        if (ManifestReader.Read(index, MediaTypes.OciIndex).Manifest is not { IsIndex: true })
        {
            return null;
        }

        try
        {
            using var document = JsonDocument.Parse(index);
            return new([.. document.RootElement.GetProperty("manifests").EnumerateArray().Select(element => new Entry(TypeOf(element), element.GetRawText()))]);
        }
        catch (Exception exception) when (JsonFaults.IsUnreadable(exception))
        {
            return null;
        }
    }

    /// <summary>Both lists, one after the other.</summary>
    public ReferrerList With(ReferrerList more)
    {
        ArgumentNullException.ThrowIfNull(more);
        return new([.. _entries, .. more._entries]);
    }

    /// <summary>The index to answer with.</summary>
    /// <param name="artifactType">Only descriptors of this type; null for all.</param>
    public byte[] ToIndex(string? artifactType)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(bytes))
        {
            writer.WriteStartObject();
            writer.WriteNumber("schemaVersion", 2);
            writer.WriteString("mediaType", MediaTypes.OciIndex);
            writer.WriteStartArray("manifests");
            foreach (var entry in _entries.Where(entry => artifactType is null || entry.ArtifactType == artifactType))
            {
                writer.WriteRawValue(entry.Json);
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        return bytes.WrittenSpan.ToArray();
    }

    private static string? TypeOf(JsonElement descriptor) =>
        descriptor.TryGetProperty("artifactType", out var type) && type.ValueKind == JsonValueKind.String ? type.GetString() : null;

    private sealed record Entry(string? ArtifactType, string Json);
}
