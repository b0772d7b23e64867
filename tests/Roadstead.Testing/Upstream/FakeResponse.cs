using System.Globalization;

namespace Roadstead.Testing.Upstream;

/// <summary>How an answer ends before its time.</summary>
public enum BodyEnd
{
    /// <summary>The connection is closed: the client sees the end of the stream.</summary>
    Close,

    /// <summary>The connection is reset.</summary>
    Reset,
}

/// <summary>What happens once <see cref="Offset"/> bytes of the body are out: a wait at a gate, or an end.</summary>
internal sealed record BodyEvent(long Offset, Gate? Gate = null, BodyEnd? End = null);

/// <summary>An answer of a fake, which faults change before it goes out.</summary>
public sealed class FakeResponse
{
    private readonly List<BodyEvent> events = [];

    public int Status { get; set; } = 200;

    /// <summary>Content-Length is not among them: it follows from the body.</summary>
    public Dictionary<string, string> Headers { get; } = new(StringComparer.OrdinalIgnoreCase);

    public byte[] Body { get; set; } = [];

    /// <summary>False sends a chunked body, without Content-Length; for a HEAD, no Content-Length.</summary>
    public bool DeclaresLength { get; set; } = true;

    /// <summary>What follows on the connection after the last declared byte.</summary>
    public byte[] BeyondDeclared { get; set; } = [];

    /// <summary>If set, the bytes on the wire instead of everything else; the connection is closed after them.</summary>
    public byte[]? Raw { get; set; }

    internal IEnumerable<BodyEvent> Events => events.OrderBy(happening => happening.Offset);

    public static FakeResponse Text(int status, string mediaType, string text) => new()
    {
        Status = status,
        Body = System.Text.Encoding.UTF8.GetBytes(text),
        Headers = { ["Content-Type"] = mediaType },
    };

    /// <summary>An OCI error.</summary>
    public static FakeResponse Error(int status, string code) => Text(
        status,
        "application/json",
        string.Create(CultureInfo.InvariantCulture, $$"""{"errors":[{"code":"{{code}}","message":"{{code}} says the fake"}]}"""));

    public static FakeResponse Redirect(int status, string location) => new() { Status = status, Headers = { ["Location"] = location } };

    /// <summary>Becomes another answer altogether.</summary>
    public void Replace(FakeResponse other)
    {
        Status = other.Status;
        Body = other.Body;
        Headers.Clear();
        foreach (var (name, value) in other.Headers)
        {
            Headers[name] = value;
        }
    }

    public void WaitAt(long offset, Gate gate) => events.Add(new BodyEvent(offset, Gate: gate));

    public void EndAt(long offset, BodyEnd end) => events.Add(new BodyEvent(offset, End: end));
}
