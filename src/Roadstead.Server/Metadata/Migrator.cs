using System.Data.Common;
using System.Globalization;

namespace Roadstead.Server.Metadata;

/// <summary>Brings a data folder's database to this release's tables, by numbered scripts that each run once.</summary>
public static class Migrator
{
    /// <summary>Runs what has not run yet, each script in a transaction.</summary>
    /// <returns>Null, or why the database cannot be used: a later release made it.</returns>
    public static string? Migrate(DbConnection connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        connection.Execute("CREATE TABLE IF NOT EXISTS migration (number INTEGER NOT NULL PRIMARY KEY)");
        var done = Convert.ToInt32(connection.Scalar("SELECT COALESCE(MAX(number), 0) FROM migration"), CultureInfo.InvariantCulture);
        var scripts = Scripts();
        if (done > scripts[^1].Number)
        {
            return $"the database was written by a later release (its tables are number {done}, this release knows {scripts[^1].Number})";
        }

        foreach (var (number, sql) in scripts.Where(script => script.Number > done))
        {
            using var transaction = connection.BeginTransaction();
            using var command = connection.CreateCommand();
            command.Transaction = transaction;
#pragma warning disable CA2100 // An embedded script.
            command.CommandText = $"{sql}\nINSERT INTO migration (number) VALUES ({number.ToString(CultureInfo.InvariantCulture)});";
#pragma warning restore CA2100
            command.ExecuteNonQuery();
            transaction.Commit();
        }

        return null;
    }

    private static List<(int Number, string Sql)> Scripts()
    {
        var assembly = typeof(Migrator).Assembly;
        return
        [
            .. assembly.GetManifestResourceNames()
                .Where(name => name.EndsWith(".sql", StringComparison.Ordinal))
                .Order(StringComparer.Ordinal)
                .Select(name => (NumberOf(name), TextOf(name))),
        ];

        static int NumberOf(string resource)
        {
            const string folder = ".Sql.";
            var start = resource.IndexOf(folder, StringComparison.Ordinal) + folder.Length;
            return int.Parse(resource.AsSpan(start, 4), CultureInfo.InvariantCulture);
        }

        string TextOf(string resource)
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
            return reader.ReadToEnd();
        }
    }
}
