using System.Text;
using Roadstead.Cli.NodeConfig;
using Roadstead.Cli.NodeInstall;

namespace Roadstead.Cli.Output;

/// <summary>What a change of a node is to be and what became of it, as it is printed. A file that holds a password is named, never shown.</summary>
internal static class InstallReportText
{
    /// <summary>What is to be done.</summary>
    public static string Plan(InstallReport report)
    {
        var text = new StringBuilder();
        foreach (var found in report.Runtimes)
        {
            text.Append("runtime ").Append(found.Runtime.Name).Append(found.Version is { } version ? $" {version}" : ", version not known").Append(" (").Append(found.Evidence).Append(")\n");
        }

        foreach (var change in report.Changes)
        {
            text.Append('\n').Append(Diff(change));
        }

        foreach (var (runtime, configuration) in report.ForOwners)
        {
            text.Append("\nThe files of this node belong to ").Append(runtime.Name).Append(". Apply there:\n").Append(ConfigurationText.Of(configuration, "table", null).Text);
            text.Append(string.Concat(configuration.Notes.Select(note => $"# {note}\n")));
        }

        foreach (var intent in report.Intents)
        {
            text.Append(text.Length > 0 ? "\n" : "").Append("then: ").Append(intent).Append('\n');
        }

        return text.Append(text.Length > 0 ? "\n" : "").ToString();
    }

    /// <summary>What became of it; what is left to the operator is told apart.</summary>
    public static string Result(InstallReport report) =>
        string.Concat(report.Reloads.Where(reload => reload is not ReloadOutcome.Left).Select(reload => reload.Message + "\n")) + report.Summary + "\n";

    public static string Json(InstallReport report) => JsonText.Write(json =>
    {
        json.WriteString("root", report.Root);
        json.WriteString("state", report.State switch
        {
            ReportState.Planned => "planned",
            ReportState.NothingToDo => "nothing-to-do",
            ReportState.Declined => "declined",
            ReportState.Done => "done",
            _ => "done-in-part",
        });
        Array("runtimes", report.Runtimes, found => Object(("name", found.Runtime.Name), ("version", found.Version?.ToString()), ("evidence", found.Evidence), ("socket", found.Socket)));
        Array("files", report.Changes, change => Object(("path", change.Path), ("change", Kind(change)), ("diff", change.IsSecret ? null : Diff(change))));
        Array("apply", report.ForOwners.SelectMany(owner => owner.Configuration.Files.Select(file => (owner.Runtime, file))), one => Object(("runtime", one.Runtime.Name), ("path", one.file.Path), ("content", one.file.Content)));
        Array("reloads", report.Reloads, reload => Object(("runtime", reload.Need.Runtime), ("state", Word(reload)), ("message", reload.Message)));
        Array("planned", report.Intents, json.WriteStringValue);
        Array("kept", report.Kept, json.WriteStringValue);
        Array("notes", report.Notes.Concat(report.ForOwners.SelectMany(owner => owner.Configuration.Notes)), json.WriteStringValue);
        json.WriteString("summary", report.Summary);

        void Array<T>(string name, IEnumerable<T> values, Action<T> write)
        {
            json.WriteStartArray(name);
            foreach (var value in values)
            {
                write(value);
            }

            json.WriteEndArray();
        }

        void Object(params (string Name, string? Value)[] members)
        {
            json.WriteStartObject();
            foreach (var (name, value) in members.Where(member => member.Value is not null))
            {
                json.WriteString(name, value);
            }

            json.WriteEndObject();
        }
    });

    private static string Word(ReloadOutcome reload) => reload switch
    {
        ReloadOutcome.TakenUp => "taken-up",
        ReloadOutcome.NotRunning => "not-running",
        ReloadOutcome.Elsewhere => "elsewhere",
        ReloadOutcome.Left => "left",
        _ => throw new InvalidOperationException("Unknown outcome."),
    };

    private static string Kind(FileChange change) => change switch { { Before: null } => "add", { After: null } => "remove", _ => "change" };

    private static string Diff(FileChange change) => change.IsSecret
        ? $"{Kind(change)} {change.Path} (not shown: it may hold a password)\n"
        : UnifiedDiff.Of(change.Path, Text(change.Before), Text(change.After));

    private static string? Text(byte[]? content) => content is null ? null : Encoding.UTF8.GetString(content);
}
