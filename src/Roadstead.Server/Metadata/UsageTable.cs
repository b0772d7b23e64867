using System.Data.Common;
using System.Globalization;

namespace Roadstead.Server.Metadata;

/// <summary>Sums over what is held.</summary>
internal static class UsageTable
{
    /// <summary>Bytes of the blobs that the project's repositories hold, shared ones once.</summary>
    public static long Used(DbConnection connection, string project) => Number(connection.Scalar(
        """
        SELECT COALESCE(SUM(size), 0) FROM blob WHERE digest IN (
            SELECT link.digest FROM repository_blob link JOIN repository ON repository.id = link.repository WHERE repository.project = @project)
        """,
        ("@project", project)));

    /// <summary>How many of a project's repositories of one registry hold a manifest.</summary>
    public static long Repositories(DbConnection connection, string project, string registry) => Number(connection.Scalar(
        """
        SELECT COUNT(*) FROM repository WHERE project = @project AND registry = @registry
        AND EXISTS (SELECT 1 FROM repository_manifest WHERE repository = repository.id)
        """,
        ("@project", project), ("@registry", registry)));

    private static long Number(object? value) => Convert.ToInt64(value, CultureInfo.InvariantCulture);
}
