using System.Text.Json;

namespace Roadstead.Oci;

/// <summary>What the framework throws at a document of someone else's that cannot be read.</summary>
internal static class JsonFaults
{
    // Text that is no Unicode, as half a surrogate pair or broken UTF-8 (RFC 8259, sections 8.1 and 8.2), it finds only when the text is read, and then
    // it says that the operation is invalid.
    public static bool IsUnreadable(Exception exception) => exception is JsonException or InvalidOperationException;
}
