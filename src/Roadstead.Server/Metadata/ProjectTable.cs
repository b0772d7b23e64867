using System.Data.Common;
using System.Text.Json;
using Roadstead.Server.Configuration;

namespace Roadstead.Server.Metadata;

/// <summary>Endpoints and projects that the configuration file does not declare.</summary>
internal static class ProjectTable
{
    private const string PresetsInstalled = "presets-installed";

    public static List<EndpointRow> Endpoints(DbConnection connection) => connection.Query(
        "SELECT settings, sealed, notes, updated_at FROM endpoint ORDER BY position",
        row => new EndpointRow(Json<EndpointOptions>(row.GetString(0)), row.IsDBNull(1) ? null : row.GetFieldValue<byte[]>(1), Json<EndpointNotes>(row.GetString(2)), Time(row.GetInt64(3))));

    public static List<ProjectRow> Projects(DbConnection connection) => connection.Query(
        "SELECT settings, notes, updated_at FROM project ORDER BY position",
        row => new ProjectRow(Json<ProjectOptions>(row.GetString(0)), Json<ProjectNotes>(row.GetString(1)), Time(row.GetInt64(2))));

    /// <summary>Adds the presets, once in the life of a data folder: what the operator then removes stays removed.</summary>
    public static void InstallPresets(DbConnection connection, IReadOnlyList<EndpointOptions> endpoints, IReadOnlyList<ProjectOptions> projects, DateTimeOffset at)
    {
        if (connection.Exists("SELECT 1 FROM milestone WHERE name = @name", ("@name", PresetsInstalled)))
        {
            return;
        }

        foreach (var endpoint in endpoints)
        {
            Put(connection, endpoint.Name, new EndpointRow(endpoint, null, EndpointNotes.None, at));
        }

        foreach (var project in projects)
        {
            Put(connection, new ProjectRow(project, ProjectNotes.None, at));
        }

        connection.Execute("INSERT INTO milestone (name, at) VALUES (@name, @at)", ("@name", PresetsInstalled), ("@at", at.ToUnixTimeMilliseconds()));
    }

    /// <summary>Writes an endpoint under the name that it has or had: one that is renamed keeps its place.</summary>
    public static void Put(DbConnection connection, string formerName, EndpointRow row)
    {
        if (formerName != row.Options.Name)
        {
            connection.Execute("UPDATE endpoint SET name = @name WHERE name = @former", ("@name", row.Options.Name), ("@former", formerName));
        }

        connection.Execute(
            """
            INSERT INTO endpoint (name, position, settings, sealed, notes, updated_at)
            VALUES (@name, (SELECT COALESCE(MAX(position), -1) + 1 FROM endpoint), @settings, @sealed, @notes, @updatedAt)
            ON CONFLICT (name) DO UPDATE SET settings = excluded.settings, sealed = excluded.sealed, notes = excluded.notes, updated_at = excluded.updated_at
            """,
            ("@name", row.Options.Name), ("@settings", JsonSerializer.Serialize(row.Options)), ("@sealed", row.Sealed), ("@notes", JsonSerializer.Serialize(row.Notes)),
            ("@updatedAt", row.UpdatedAt.ToUnixTimeMilliseconds()));
    }

    public static void Put(DbConnection connection, ProjectRow row) => connection.Execute(
        """
        INSERT INTO project (name, position, settings, notes, updated_at)
        VALUES (@name, (SELECT COALESCE(MAX(position), -1) + 1 FROM project), @settings, @notes, @updatedAt)
        ON CONFLICT (name) DO UPDATE SET settings = excluded.settings, notes = excluded.notes, updated_at = excluded.updated_at
        """,
        ("@name", row.Options.Name), ("@settings", JsonSerializer.Serialize(row.Options)), ("@notes", JsonSerializer.Serialize(row.Notes)), ("@updatedAt", row.UpdatedAt.ToUnixTimeMilliseconds()));

    public static void RemoveEndpoint(DbConnection connection, string name) => connection.Execute("DELETE FROM endpoint WHERE name = @name", ("@name", name));

    public static void RemoveProject(DbConnection connection, string name) => connection.Execute("DELETE FROM project WHERE name = @name", ("@name", name));

    private static T Json<T>(string text) => JsonSerializer.Deserialize<T>(text) ?? throw new InvalidDataException("An empty row of settings.");

    private static DateTimeOffset Time(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
}
