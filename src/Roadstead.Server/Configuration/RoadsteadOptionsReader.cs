using System.Globalization;

namespace Roadstead.Server.Configuration;

/// <summary>Makes the options of a tree, section by section; what spans sections is the validator's.</summary>
internal static class RoadsteadOptionsReader
{
    // A terabyte in nine hours, and little beside what a disk can do.
    private const long DefaultScrubRate = 32 * 1024 * 1024;

    public static RoadsteadOptions Read(MapNode root, ConfigurationFaults faults)
    {
        var reader = new ConfigurationReader(faults);
        return new RoadsteadOptions
        {
            Listen = ListenReader.Read(root, reader),
            Tls = TlsReader.Read(root, reader),
            Storage = Storage(ConfigurationReader.Section(root, "storage"), reader),
            PublicUrl = reader.Value<Uri>(root, "publicUrl", BaseUrl.TryParse),
            Admin = ManagementReader.Admin(ConfigurationReader.Section(root, "admin"), reader),
            Nodes = ManagementReader.Nodes(ConfigurationReader.Section(root, "nodes"), reader),
            Harbor = new HarborOptions(reader.Flag(ConfigurationReader.Section(root, "harbor"), "allowPrivateAddresses", false)),
            Limits = LimitsReader.Read(ConfigurationReader.Section(root, "limits"), reader),
            Defaults = Defaults(ConfigurationReader.Section(root, "defaults"), reader),
            InUse = ClusterReader.InUse(ConfigurationReader.Section(root, "inUse"), reader),
            Clusters = ClusterReader.Clusters(root, reader),
            Endpoints = root.Child("endpoints") is ListNode endpoints
                ? [.. endpoints.Items.Select(item => EndpointReader.Read(item, reader))]
                : null,
            Projects = [.. ConfigurationReader.Items(root, "projects").Select(item => ProjectReader.Read(item, reader))],
        };
    }

    private static StorageOptions Storage(MapNode map, ConfigurationReader reader)
    {
        var path = reader.Text(map, "path");

        // The default is not probed where the operator wanted something else that is at fault.
        var elsewhere = reader.Faults.Concerns("storage") || reader.Faults.Concerns("storage.s3");
        if (!elsewhere && (path is not null || map.Child("path") is null) && StorageFolder.Fault(path ?? "./data") is { } fault)
        {
            reader.Faults.Add("storage.path", fault);
        }

        return new StorageOptions(
            path ?? "./data",
            reader.Value<TimeSpan?>(map, "scrubEvery", TryParseScrubEvery, TimeSpan.FromDays(7)),
            reader.Value<long?>(map, "scrubRate", TryParseRate) ?? DefaultScrubRate,
            reader.Value<long?>(map, "quota", ByteSize.TryParseLimit),
            reader.Value<double?>(map, "watermark", TryParseWatermark, StorageOptions.DefaultWatermark));
    }

    private static bool TryParseWatermark(string text, out double? result, out string? fault)
    {
        result = null;
        fault = null;
        if (text == "never")
        {
            return true;
        }

        var number = text.EndsWith('%') ? text[..^1] : text;
        if (text.EndsWith('%') && double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var percent) && percent is > 0 and < 100)
        {
            result = percent / 100;
            return true;
        }

        fault = "must be a part of the disk as 85%, more than 0 and less than 100, or never";
        return false;
    }

    private static bool TryParseScrubEvery(string text, out TimeSpan? result, out string? fault)
    {
        result = null;
        fault = null;
        if (text == "never")
        {
            return true;
        }

        var parsed = Duration.TryParse(text, out var every, out fault) && every > TimeSpan.Zero;
        result = parsed ? every : null;
        fault = parsed ? null : $"{fault ?? "must be more than 0"}, or never";
        return parsed;
    }

    private static bool TryParseRate(string text, out long? result, out string? fault)
    {
        var parsed = ByteSize.TryParseLimit(text, out result, out fault) && result is not null;
        fault ??= parsed ? null : "must be a number of bytes a second, as 32MiB";
        return parsed;
    }

    private static DefaultsOptions Defaults(MapNode map, ConfigurationReader reader) => new(
        reader.Value(map, "freshFor", Duration.TryParse, TimeSpan.FromMinutes(1)),
        reader.Value<TimeSpan?>(map, "staleFor", Duration.TryParseLimit));
}
