using System.Data.Common;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Roadstead.Server.Metadata;

/// <summary>What is kept of a project's images.</summary>
/// <param name="Id">Its number in the API.</param>
/// <param name="Project">The project's name.</param>
/// <param name="Policy">What is kept.</param>
internal sealed record RetentionRow(long Id, string Project, RetentionPolicy Policy);

internal static class RetentionTable
{
    private const string Columns = "id, project, policy";

    private static readonly JsonSerializerOptions Json = new() { Converters = { new JsonStringEnumConverter() } };

    public static List<RetentionRow> All(DbConnection connection) => connection.Query($"SELECT {Columns} FROM retention ORDER BY id", Read);

    public static RetentionRow? Find(DbConnection connection, long id) => connection.Query($"SELECT {Columns} FROM retention WHERE id = @id", Read, ("@id", id)).FirstOrDefault();

    public static RetentionRow? Of(DbConnection connection, string project) =>
        connection.Query($"SELECT {Columns} FROM retention WHERE project = @project", Read, ("@project", project)).FirstOrDefault();

    /// <returns>Its number; null where the project has one already.</returns>
    public static long? Add(DbConnection connection, string project, RetentionPolicy policy) =>
        connection.Execute("INSERT INTO retention (project, policy) VALUES (@project, @policy) ON CONFLICT DO NOTHING", ("@project", project), ("@policy", JsonSerializer.Serialize(policy, Json))) == 0 ? null
        : Of(connection, project)!.Id;

    /// <returns>False where there is none of that number.</returns>
    public static bool Set(DbConnection connection, long id, RetentionPolicy policy) =>
        connection.Execute("UPDATE retention SET policy = @policy WHERE id = @id", ("@policy", JsonSerializer.Serialize(policy, Json)), ("@id", id)) > 0;

    /// <returns>False where there was none of that number.</returns>
    public static bool Remove(DbConnection connection, long id) => connection.Execute("DELETE FROM retention WHERE id = @id", ("@id", id)) > 0;

    public static void RemoveOf(DbConnection connection, string project) => connection.Execute("DELETE FROM retention WHERE project = @project", ("@project", project));

    private static RetentionRow Read(DbDataReader row) => new(
        row.GetInt64(0), row.GetString(1), JsonSerializer.Deserialize<RetentionPolicy>(row.GetString(2), Json) ?? throw new InvalidDataException("An empty row of retention."));
}
