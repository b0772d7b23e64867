using System.Data.Common;

namespace Roadstead.Server.Metadata;

/// <summary>The numbers by which the API names endpoints and projects.</summary>
internal static class NumberTable
{
    public static Dictionary<string, CatalogNumber> OfEndpoints(DbConnection connection) => Read(connection, "SELECT name, id, created_at FROM endpoint_number");

    public static Dictionary<string, CatalogNumber> OfProjects(DbConnection connection) => Read(connection, "SELECT name, id, created_at FROM project_number");

    public static void AddEndpoint(DbConnection connection, string name, DateTimeOffset at) => connection.Execute(
        "INSERT INTO endpoint_number (name, created_at) VALUES (@name, @at) ON CONFLICT DO NOTHING", ("@name", name), ("@at", at.ToUnixTimeMilliseconds()));

    public static void AddProject(DbConnection connection, string name, DateTimeOffset at) => connection.Execute(
        "INSERT INTO project_number (name, created_at) VALUES (@name, @at) ON CONFLICT DO NOTHING", ("@name", name), ("@at", at.ToUnixTimeMilliseconds()));

    /// <summary>Has the number of an endpoint go with its new name.</summary>
    public static void RenameEndpoint(DbConnection connection, string former, string name)
    {
        // One may be left of an endpoint that the file declared once.
        RemoveEndpoint(connection, name);
        connection.Execute("UPDATE endpoint_number SET name = @name WHERE name = @former", ("@name", name), ("@former", former));
    }

    public static void RemoveEndpoint(DbConnection connection, string name) => connection.Execute("DELETE FROM endpoint_number WHERE name = @name", ("@name", name));

    public static void RemoveProject(DbConnection connection, string name) => connection.Execute("DELETE FROM project_number WHERE name = @name", ("@name", name));

    private static Dictionary<string, CatalogNumber> Read(DbConnection connection, string sql) => connection.Query(
        sql, row => (Name: row.GetString(0), Number: new CatalogNumber(row.GetInt64(1), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(2)))))
        .ToDictionary(row => row.Name, row => row.Number, StringComparer.Ordinal);
}
