using System.Globalization;

namespace Roadstead.Server.Configuration;

/// <summary>Reads <c>limits</c>.</summary>
internal static class LimitsReader
{
    private static readonly LimitsOptions Default = new();

    public static LimitsOptions Read(MapNode map, ConfigurationReader reader) => new()
    {
        Connections = reader.Value(map, "connections", Count(1, int.MaxValue), Default.Connections),
        RequestHeaderTimeout = reader.Value(map, "requestHeaderTimeout", Duration.TryParseTimeout, Default.RequestHeaderTimeout),
        RequestHeaderSize = (int)reader.Value(map, "requestHeaderSize", Size(8 * 1024, 1024 * 1024), Default.RequestHeaderSize),
        RequestBodySize = reader.Value(map, "requestBodySize", Size(1024, 1024 * 1024 * 1024), Default.RequestBodySize),
        StallTimeout = reader.Value(map, "stallTimeout", TryParseStall, Default.StallTimeout),
        MinResponseRate = reader.Value(map, "minResponseRate", Size(1, 1024 * 1024 * 1024), Default.MinResponseRate),
        ManifestSize = (int)reader.Value(map, "manifestSize", Size(1024, 64 * 1024 * 1024), Default.ManifestSize),
        ManifestDepth = reader.Value(map, "manifestDepth", Count(8, 512), Default.ManifestDepth),
        BlobSize = reader.Value(map, "blobSize", Size(1024, long.MaxValue), Default.BlobSize),
        Redirects = reader.Value(map, "redirects", Count(0, 50), Default.Redirects),
    };

    // The framework looks at its connections once a second.
    private static bool TryParseStall(string text, out TimeSpan result, out string? fault)
    {
        if (Duration.TryParseTimeout(text, out result, out fault) && result < TimeSpan.FromSeconds(2))
        {
            fault = "must be at least 2s";
        }

        return fault is null;
    }

    /// <summary>Reads a whole number between two.</summary>
    public static ParseValue<int> Count(int least, int most) => (string text, out int result, out string? fault) =>
    {
        var parsed = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out result) && result >= least && result <= most;
        fault = parsed ? null : most == int.MaxValue ? $"must be a whole number, {least} or more" : $"must be a whole number from {least} to {most}";
        return parsed;
    };

    /// <summary>Reads a number of bytes between two.</summary>
    public static ParseValue<long> Size(long least, long most) => (string text, out long result, out string? fault) =>
    {
        var parsed = ByteSize.TryParseLimit(text, out var bytes, out fault);
        result = bytes ?? long.MaxValue;
        fault = parsed && (result < least || result > most) ? $"must be from {least} to {most} bytes" : fault;
        return fault is null;
    };
}
