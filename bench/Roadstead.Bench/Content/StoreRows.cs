using Microsoft.Data.Sqlite;
using Roadstead.Testing.Images;

namespace Roadstead.Bench.Content;

/// <summary>Writes the rows of an image that is held whole.</summary>
internal sealed class StoreRows
{
    private readonly string _project;
    private readonly string _registry;
    private readonly long _now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
    private readonly SqliteCommand _repository;
    private readonly SqliteCommand _manifest;
    private readonly SqliteCommand _link;
    private readonly SqliteCommand _tag;
    private readonly SqliteCommand _child;
    private readonly SqliteCommand _blob;
    private readonly SqliteCommand _blobLink;

    public StoreRows(SqliteConnection connection, string project, string registry)
    {
        (_project, _registry) = (project, registry);
        _repository = Command(connection, "INSERT INTO repository (id, project, registry, name) VALUES (@0, @1, @2, @3) ON CONFLICT DO NOTHING", 4);
        _manifest = Command(connection, "INSERT INTO manifest (digest, media_type, bytes) VALUES (@0, @1, @2)", 3);
        _link = Command(connection, "INSERT INTO repository_manifest (repository, digest) VALUES (@0, @1)", 2);
        _tag = Command(connection, "INSERT INTO tag (repository, name, digest, checked_at) VALUES (@0, @1, @2, @3)", 4);
        _child = Command(connection, "INSERT INTO manifest_child (parent, position, digest, media_type, size, role) VALUES (@0, @1, @2, @3, @4, 1)", 5);
        _blob = Command(connection, "INSERT INTO blob (digest, size, checked_at) VALUES (@0, @1, @2)", 3);
        _blobLink = Command(connection, "INSERT INTO repository_blob (repository, digest) VALUES (@0, @1)", 2);
    }

    /// <param name="blobs">The config first.</param>
    public void Add(long repository, string name, string tag, ForgedManifest manifest, IReadOnlyList<(string Digest, long Size)> blobs)
    {
        Run(_repository, repository, _project, _registry, name);
        Run(_manifest, manifest.Digest, manifest.MediaType, manifest.Bytes);
        Run(_link, repository, manifest.Digest);
        Run(_tag, repository, tag, manifest.Digest, _now);
        for (var position = 0; position < blobs.Count; position++)
        {
            var (digest, size) = blobs[position];
            Run(_child, manifest.Digest, position, digest, position == 0 ? Media.DockerConfig : Media.DockerLayer, size);
            Run(_blob, digest, size, _now);
            Run(_blobLink, repository, digest);
        }
    }

    private static SqliteCommand Command(SqliteConnection connection, string sql, int values)
    {
        var command = connection.CreateCommand();
#pragma warning disable CA2100 // Callers pass literals.
        command.CommandText = sql;
#pragma warning restore CA2100
        for (var number = 0; number < values; number++)
        {
            command.Parameters.Add(new SqliteParameter { ParameterName = $"@{number}" });
        }

        command.Prepare();
        return command;
    }

    private static void Run(SqliteCommand command, params ReadOnlySpan<object> values)
    {
        for (var number = 0; number < values.Length; number++)
        {
            command.Parameters[number].Value = values[number];
        }

        command.ExecuteNonQuery();
    }
}
