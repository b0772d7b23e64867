using System.Globalization;
using System.Text;
using System.Text.Json;
using Roadstead.Cli.NodeConfig;
using Roadstead.Cli.NodeVerify;

namespace Roadstead.Cli.Output;

/// <summary>A report of verifying as it is printed.</summary>
internal static class VerifyText
{
    /// <param name="format">table, json or yaml.</param>
    public static string Of(VerifyReport report, string format) => format switch
    {
        "json" => Json(report),
        "yaml" => YamlText.OfJson(Json(report)),
        _ => Table(report),
    };

    /// <summary>A cause as scripts match it, as <c>mirror-refused</c>.</summary>
    public static string Word(CauseKind kind) => JsonNamingPolicy.KebabCaseLower.ConvertName(kind.ToString());

    private static string Table(VerifyReport report)
    {
        string[] header = ["RUNTIME", "REGISTRY", "BY TAG", "BY DIGEST", "TIME", "CAUSE"];
        string[][] rows = [header, .. report.Runtimes.SelectMany(Rows)];
        var widths = header.Index().Select(column => rows.Max(row => row[column.Index].Length)).ToList();
        var text = new StringBuilder();
        foreach (var row in rows)
        {
            text.Append(string.Join("  ", row.Select((cell, at) => at == row.Length - 1 ? cell : cell.PadRight(widths[at]))).TrimEnd()).Append('\n');
        }

        foreach (var runtime in report.Runtimes)
        {
            Details(runtime, text);
        }

        return text.ToString();
    }

    private static IEnumerable<string[]> Rows(RuntimeVerdict runtime) => runtime.Cause is { } cause
        ? [[runtime.Runtime, "-", "-", "-", "-", Word(cause.Kind)]]
        : runtime.Registries.Select(registry => new[]
        {
            runtime.Runtime, registry.Registry, YesNo(registry.ByTag), YesNo(registry.ByDigest), registry.ByTag is null && registry.ByDigest is null ? "-" : Seconds(registry.Took),
            registry.Cause is { } own ? Word(own.Kind) : registry.State == VerifyState.Skipped ? "not mirrored" : "",
        });

    private static void Details(RuntimeVerdict runtime, StringBuilder text)
    {
        // One cause of several registries is told once.
        var causes = runtime.Cause is { } whole ? [(Of: runtime.Runtime, Cause: whole)]
            : runtime.Registries.Where(registry => registry.Cause is not null).GroupBy(registry => registry.Cause! with { Evidence = null }).Select(group => (Of: $"{runtime.Runtime}, {string.Join(", ", group.Select(registry => registry.Registry))}", Cause: group.First().Cause!));
        foreach (var (of, cause) in causes)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n{of}: {cause.What}\n");
            Line("at", cause.Where);
            Line("do", cause.ToDo);
            Line("said", cause.Evidence);
        }

        foreach (var registry in runtime.Registries)
        {
            foreach (var note in registry.Notes)
            {
                text.Append(CultureInfo.InvariantCulture, $"\n{runtime.Runtime}, {registry.Registry}: {note}\n");
            }
        }

        if (runtime.Outage is { } outage)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n{runtime.Runtime}: while the mirror's process is down, a pull {Words(outage.ProcessDown)}{(outage.HostGone is { } gone ? $"; while its host is gone, it {Words(gone)}" : "")}.\n");
        }

        void Line(string name, string? value)
        {
            if (value is not null)
            {
                text.Append(CultureInfo.InvariantCulture, $"  {name,-4}  {value}\n");
            }
        }
    }

    private static string Words(OutageCost cost) => cost switch
    {
        OutageCost.Measured(var extra) => $"takes {Seconds(extra)} longer",
        OutageCost.MoreThan(var extra) => $"takes more than {Seconds(extra)} longer",
        OutageCost.NotMeasured(var why) => $"was not measured ({why})",
        _ => throw new InvalidOperationException("Unknown cost."),
    };

    private static string Json(VerifyReport report) => JsonText.Write(json =>
    {
        json.WriteString("mirror", report.Mirror);
        json.WriteString("at", report.At.UtcDateTime);
        json.WriteString("state", report.AllVerified ? "verified" : report.AnyVerified ? "partly" : "failed");
        json.WriteStartArray("runtimes");
        foreach (var runtime in report.Runtimes)
        {
            Runtime(json, runtime);
        }

        json.WriteEndArray();
    });

    private static void Runtime(Utf8JsonWriter json, RuntimeVerdict runtime)
    {
        json.WriteStartObject();
        json.WriteString("runtime", runtime.Runtime);
        json.WriteString("version", runtime.Version);
        json.WriteString("way", runtime.Way);
        Cause(json, runtime.Cause);
        json.WriteStartArray("registries");
        foreach (var registry in runtime.Registries)
        {
            json.WriteStartObject();
            json.WriteString("registry", registry.Registry);
            json.WriteString("project", registry.Project);
            json.WriteString("state", registry.State switch { VerifyState.Verified => "verified", VerifyState.Failed => "failed", _ => "skipped" });
            Pull(json, "byTag", registry.ByTag);
            Pull(json, "byDigest", registry.ByDigest);
            Cause(json, registry.Cause);
            json.WriteStartArray("notes");
            registry.Notes.ToList().ForEach(json.WriteStringValue);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        if (runtime.Outage is { } outage)
        {
            json.WriteStartObject("outage");
            Cost(json, "processDown", outage.ProcessDown);
            Cost(json, "hostGone", outage.HostGone);
            json.WriteEndObject();
        }
        else
        {
            json.WriteNull("outage");
        }

        json.WriteEndObject();
    }

    private static void Pull(Utf8JsonWriter json, string name, PullReport? pull)
    {
        if (pull is null)
        {
            json.WriteNull(name);
            return;
        }

        json.WriteStartObject(name);
        json.WriteBoolean("passed", pull.Passed);
        json.WriteString("digest", pull.Digest);
        json.WriteNumber("milliseconds", (long)pull.Took.TotalMilliseconds);
        json.WriteEndObject();
    }

    private static void Cause(Utf8JsonWriter json, VerifyCause? cause)
    {
        if (cause is null)
        {
            json.WriteNull("cause");
            return;
        }

        json.WriteStartObject("cause");
        json.WriteString("kind", Word(cause.Kind));
        json.WriteString("what", cause.What);
        json.WriteString("where", cause.Where);
        json.WriteString("toDo", cause.ToDo);
        json.WriteString("evidence", cause.Evidence);
        json.WriteEndObject();
    }

    private static void Cost(Utf8JsonWriter json, string name, OutageCost? cost)
    {
        if (cost is null)
        {
            json.WriteNull(name);
            return;
        }

        json.WriteStartObject(name);
        switch (cost)
        {
            case OutageCost.Measured(var extra):
                json.WriteNumber("extraMilliseconds", (long)extra.TotalMilliseconds);
                break;
            case OutageCost.MoreThan(var extra):
                json.WriteNumber("moreThanMilliseconds", (long)extra.TotalMilliseconds);
                break;
            case OutageCost.NotMeasured(var why):
                json.WriteString("notMeasured", why);
                break;
            default:
                throw new InvalidOperationException("Unknown cost.");
        }

        json.WriteEndObject();
    }

    private static string YesNo(PullReport? pull) => pull switch { null => "-", { Passed: true } => "yes", _ => "no" };

    private static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.0} s");
}
