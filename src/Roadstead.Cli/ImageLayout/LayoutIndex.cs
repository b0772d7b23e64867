using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Encodings.Web;
using System.Text.Json;
using Roadstead.Oci;

namespace Roadstead.Cli.ImageLayout;

/// <summary>An image as a layout's index names it.</summary>
/// <param name="Top">Its manifest or index.</param>
/// <param name="Name">Its whole reference; null: the layout does not say.</param>
/// <param name="Tag">What it is called within the layout, by most tools its tag; null: nothing.</param>
internal sealed record LayoutImage(Descriptor Top, string? Name, string? Tag);

/// <summary>A layout's index.json: the images that are in it.</summary>
internal sealed class LayoutIndex
{
    /// <summary>Bytes of the longest that is read: tens of thousands of images.</summary>
    public const int MaxSize = 64 * 1024 * 1024;

    private readonly List<(LayoutImage Image, JsonElement Json)> _entries = [];

    /// <summary>In the index's order.</summary>
    public IEnumerable<LayoutImage> Images => _entries.Select(entry => entry.Image);

    /// <param name="bytes">The file.</param>
    /// <param name="index">What it says.</param>
    /// <param name="fault">What is wrong with it; continues a sentence that begins with the file.</param>
    public static bool TryRead(ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out LayoutIndex? index, [NotNullWhen(false)] out string? fault)
    {
        index = new LayoutIndex();
        try
        {
            using var document = JsonDocument.Parse(bytes, new JsonDocumentOptions { AllowDuplicateProperties = false });
            fault = index.Add(document.RootElement);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // Text that is no Unicode is found only when it is read, and then called an invalid operation.
            fault = $"is not JSON that every tool reads alike ({exception.Message.Split('.')[0]})";
        }

        index = fault is null ? index : null;
        return fault is null;
    }

    /// <summary>Has an image be in it; another one of its name is no more.</summary>
    public void Set(LayoutImage image)
    {
        _entries.RemoveAll(entry => entry.Image != image && image.Name is not null && entry.Image.Name == image.Name);
        if (!Images.Contains(image))
        {
            _entries.Add((image, default));
        }
    }

    /// <summary>The file; what is not of this program stays in it as it was.</summary>
    public byte[] Write()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteNumber("schemaVersion", 2);
            json.WriteString("mediaType", MediaTypes.OciIndex);
            json.WriteStartArray("manifests");
            foreach (var (image, known) in _entries)
            {
                if (known.ValueKind == JsonValueKind.Object)
                {
                    known.WriteTo(json);
                }
                else
                {
                    Write(json, image);
                }
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static void Write(Utf8JsonWriter json, LayoutImage image)
    {
        json.WriteStartObject();
        json.WriteString("mediaType", image.Top.MediaType);
        json.WriteString("digest", image.Top.Digest.ToString());
        json.WriteNumber("size", image.Top.Size);
        json.WriteStartObject("annotations");
        if (image.Name is not null)
        {
            json.WriteString(LayoutNames.WholeName, image.Name);
        }

        if (image.Tag is not null)
        {
            json.WriteString(LayoutNames.Tag, image.Tag);
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private string? Add(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("manifests", out var manifests) || manifests.ValueKind != JsonValueKind.Array)
        {
            return "has no list of manifests";
        }

        foreach (var (number, item) in manifests.EnumerateArray().Index())
        {
            if (Read(item, out var fault) is not { } image)
            {
                return $"is malformed: manifests[{number}] {fault}";
            }

            _entries.Add((image, item.Clone()));
        }

        return null;
    }

    private static LayoutImage? Read(JsonElement item, out string fault)
    {
        fault = "is no descriptor";
        if (item.ValueKind != JsonValueKind.Object || Text(item, "mediaType") is not { } mediaType || Text(item, "digest") is not { } digestText)
        {
            return null;
        }

        if (!Digest.TryParse(digestText, out var digest))
        {
            fault = $"has the digest {digestText}: only sha256 and sha512 are known, in lower case and full length";
            return null;
        }

        if (!item.TryGetProperty("size", out var sizeElement) || sizeElement.ValueKind != JsonValueKind.Number || !sizeElement.TryGetInt64(out var size) || size < 0)
        {
            fault = "has no size that there can be";
            return null;
        }

        var annotations = item.TryGetProperty("annotations", out var given) && given.ValueKind == JsonValueKind.Object ? given : default;
        return new LayoutImage(new Descriptor(mediaType, digest, size), Text(annotations, LayoutNames.WholeName), Text(annotations, LayoutNames.Tag));
    }

    private static string? Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
