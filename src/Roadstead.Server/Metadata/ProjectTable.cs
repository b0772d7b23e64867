using System.Data.Common;
using System.Text.Json;
using Roadstead.Server.Configuration;

namespace Roadstead.Server.Metadata;

/// <summary>Endpoints and projects that the configuration file does not declare.</summary>
internal static class ProjectTable
{
    private const string PresetsInstalled = "presets-installed";

    public static List<EndpointOptions> Endpoints(DbConnection connection) => Read<EndpointOptions>(connection, "SELECT settings FROM endpoint ORDER BY position");

    public static List<ProjectOptions> Projects(DbConnection connection) => Read<ProjectOptions>(connection, "SELECT settings FROM project ORDER BY position");

    /// <summary>Adds the presets, once in the life of a data folder: what the operator then removes stays removed.</summary>
    public static void InstallPresets(DbConnection connection, IReadOnlyList<EndpointOptions> endpoints, IReadOnlyList<ProjectOptions> projects, DateTimeOffset at)
    {
        if (connection.Exists("SELECT 1 FROM milestone WHERE name = @name", ("@name", PresetsInstalled)))
        {
            return;
        }

        Insert(connection, "INSERT INTO endpoint (name, position, settings) VALUES (@name, @position, @settings)", endpoints, endpoint => endpoint.Name);
        Insert(connection, "INSERT INTO project (name, position, settings) VALUES (@name, @position, @settings)", projects, project => project.Name);
        connection.Execute("INSERT INTO milestone (name, at) VALUES (@name, @at)", ("@name", PresetsInstalled), ("@at", at.ToUnixTimeMilliseconds()));
    }

    private static void Insert<T>(DbConnection connection, string sql, IReadOnlyList<T> items, Func<T, string> name)
    {
        for (var position = 0; position < items.Count; position++)
        {
            connection.Execute(sql, ("@name", name(items[position])), ("@position", position), ("@settings", JsonSerializer.Serialize(items[position])));
        }
    }

    private static List<T> Read<T>(DbConnection connection, string sql) =>
        connection.Query(sql, row => JsonSerializer.Deserialize<T>(row.GetString(0)) ?? throw new InvalidDataException("An empty row of settings."));
}
