using System.Data.Common;
using System.Globalization;

namespace Roadstead.Server.Metadata;

/// <summary>A node as it last reported, and what it was let do.</summary>
/// <param name="Name">Its name in the cluster.</param>
/// <param name="Report">Its report, as JSON.</param>
/// <param name="Target">The revision that it would put in force.</param>
/// <param name="TargetSince">When it first named that.</param>
/// <param name="InForce">The revision that is in force; null: none.</param>
/// <param name="Canary">It is to go first.</param>
/// <param name="State">How it does.</param>
/// <param name="Cause">Why it failed; null for others.</param>
/// <param name="SeenAt">When it reported.</param>
/// <param name="Granted">The revision that it was last let put in force; null: none.</param>
/// <param name="GrantedAt">When that was.</param>
/// <param name="Excused">A target at which its failing stops nobody; null: none.</param>
internal sealed record NodeRow(
    string Name, string Report, string Target, DateTimeOffset TargetSince, string? InForce, bool Canary, string State, string? Cause, DateTimeOffset SeenAt,
    string? Granted, DateTimeOffset? GrantedAt, string? Excused);

internal static class NodeTable
{
    private const string Columns = "name, report, target, target_since, in_force, canary, state, cause, seen_at, granted, granted_at, excused";

    /// <summary>All of them, in the order of their names.</summary>
    public static List<NodeRow> All(DbConnection connection) => connection.Query($"SELECT {Columns} FROM node ORDER BY name", Read);

    public static NodeRow? Find(DbConnection connection, string name) =>
        connection.Query($"SELECT {Columns} FROM node WHERE name = @name", Read, ("@name", name)).FirstOrDefault();

    public static int Count(DbConnection connection) => Convert.ToInt32(connection.Scalar("SELECT COUNT(*) FROM node"), CultureInfo.InvariantCulture);

    public static void Put(DbConnection connection, NodeRow row) => connection.Execute(
        """
        INSERT INTO node (name, report, target, target_since, in_force, canary, state, cause, seen_at, granted, granted_at, excused)
        VALUES (@name, @report, @target, @targetSince, @inForce, @canary, @state, @cause, @seenAt, @granted, @grantedAt, @excused)
        ON CONFLICT (name) DO UPDATE SET report = excluded.report, target = excluded.target, target_since = excluded.target_since, in_force = excluded.in_force,
            canary = excluded.canary, state = excluded.state, cause = excluded.cause, seen_at = excluded.seen_at, granted = excluded.granted,
            granted_at = excluded.granted_at, excused = excluded.excused
        """,
        ("@name", row.Name), ("@report", row.Report), ("@target", row.Target), ("@targetSince", row.TargetSince.ToUnixTimeMilliseconds()), ("@inForce", row.InForce),
        ("@canary", row.Canary ? 1 : 0), ("@state", row.State), ("@cause", row.Cause), ("@seenAt", row.SeenAt.ToUnixTimeMilliseconds()), ("@granted", row.Granted),
        ("@grantedAt", row.GrantedAt?.ToUnixTimeMilliseconds()), ("@excused", row.Excused));

    /// <summary>Has a node's failing at its target stop nobody.</summary>
    public static void Excuse(DbConnection connection, string name) => connection.Execute("UPDATE node SET excused = target WHERE name = @name", ("@name", name));

    /// <returns>True if there was one.</returns>
    public static bool Remove(DbConnection connection, string name) => connection.Execute("DELETE FROM node WHERE name = @name", ("@name", name)) > 0;

    public static void RemoveUnseenSince(DbConnection connection, DateTimeOffset at) => connection.Execute("DELETE FROM node WHERE seen_at < @at", ("@at", at.ToUnixTimeMilliseconds()));

    private static NodeRow Read(DbDataReader row) => new(
        row.GetString(0), row.GetString(1), row.GetString(2), Time(row.GetInt64(3)), Text(row, 4), row.GetInt64(5) != 0, row.GetString(6), Text(row, 7), Time(row.GetInt64(8)),
        Text(row, 9), row.IsDBNull(10) ? null : Time(row.GetInt64(10)), Text(row, 11));

    private static string? Text(DbDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private static DateTimeOffset Time(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
}
