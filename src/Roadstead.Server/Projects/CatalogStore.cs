using System.Data.Common;
using System.Text.Json;
using Roadstead.Server.Access;
using Roadstead.Server.Configuration;
using Roadstead.Server.Metadata;

namespace Roadstead.Server.Projects;

/// <summary>Endpoints and projects as the file and the database have them; the database's secrets are sealed.</summary>
internal sealed partial class CatalogStore(RoadsteadOptions options, Database database, SecretSeal seal, TimeProvider clock, ILogger log)
{
    /// <summary>Reads all; a name that stands in the file and in the database is the file's.</summary>
    /// <exception cref="DbException">The database cannot be read.</exception>
    public async Task<CatalogEntries> Load()
    {
        if (options.Endpoints is null)
        {
            await database.Write(connection => ProjectTable.InstallPresets(connection, Presets.Endpoints, Presets.Projects, clock.GetUtcNow())).ConfigureAwait(false);
        }

        var endpoints = Merge(
            (options.Endpoints ?? []).Select(endpoint => new EndpointEntry(endpoint) { IsDeclared = true }), database.Read(ProjectTable.Endpoints).Select(Open), entry => entry.Name);
        var projects = Merge(
            options.Projects.Select(project => new ProjectEntry(project) { IsDeclared = true }),
            database.Read(ProjectTable.Projects).Select(row => new ProjectEntry(row.Options) { Notes = row.Notes, UpdatedAt = row.UpdatedAt }), entry => entry.Name);
        var entries = new CatalogEntries(endpoints, projects);
        var numbered = database.Read(connection => Number(connection, entries));
        if (numbered.Endpoints.All(entry => entry.Id > 0) && numbered.Projects.All(entry => entry.Id > 0))
        {
            return numbered;
        }

        try
        {
            return await database.Write(connection => AddNumbers(connection, entries, clock.GetUtcNow())).ConfigureAwait(false);
        }
        catch (DbException exception)
        {
            // Pulls need no numbers; the next change gives them.
            LogUnnumbered(log, exception.Message);
            return numbered;
        }
    }

    /// <summary>Writes what differs between two states of the catalog, within the writer's transaction.</summary>
    /// <returns>The later state, with numbers and times.</returns>
    /// <exception cref="IOException">The key of the secrets cannot be had.</exception>
    public Func<DbConnection, CatalogEntries> Writing(CatalogEntries before, CatalogEntries after)
    {
        // Sealed before the transaction begins: it may make the key, which takes the disk's time.
        var now = DateTimeOffset.FromUnixTimeMilliseconds(clock.GetUtcNow().ToUnixTimeMilliseconds());
        var formerOf = before.Endpoints.Where(entry => entry.Id > 0).ToDictionary(entry => entry.Id);
        var (formerEndpoints, formerProjects) = (before.EndpointsByName(), before.ProjectsByName());
        var put = after.Endpoints.Where(entry => !entry.IsDeclared && formerEndpoints.GetValueOrDefault(entry.Name) != entry)
            .Select(entry => (Former: formerOf.GetValueOrDefault(entry.Id)?.Name ?? entry.Name, Row: new EndpointRow(entry.Options, SealOf(entry.Options), entry.Notes, now))).ToList();
        var projects = after.Projects.Where(entry => !entry.IsDeclared && formerProjects.GetValueOrDefault(entry.Name) != entry).ToList();
        var kept = after.Endpoints.Select(entry => entry.Id).ToHashSet();
        var (endpointsLeft, projectsLeft) = (after.EndpointsByName(), after.ProjectsByName());
        return connection =>
        {
            foreach (var gone in before.Endpoints.Where(entry => !entry.IsDeclared && !endpointsLeft.ContainsKey(entry.Name) && (entry.Id == 0 || !kept.Contains(entry.Id))))
            {
                ProjectTable.RemoveEndpoint(connection, gone.Name);
                NumberTable.RemoveEndpoint(connection, gone.Name);
            }

            foreach (var gone in before.Projects.Where(entry => !entry.IsDeclared && !projectsLeft.ContainsKey(entry.Name)))
            {
                ProjectTable.RemoveProject(connection, gone.Name);
                NumberTable.RemoveProject(connection, gone.Name);
                RetentionTable.RemoveOf(connection, gone.Name);

                // Nobody could end them any more.
                PinTable.RemoveOf(connection, gone.Name);
            }

            foreach (var (former, row) in put)
            {
                ProjectTable.Put(connection, former, row);
                if (former != row.Options.Name)
                {
                    NumberTable.RenameEndpoint(connection, former, row.Options.Name);
                }
            }

            projects.ForEach(entry => ProjectTable.Put(connection, new ProjectRow(entry.Options, entry.Notes, now)));
            return AddNumbers(connection, Touch(before, after, now), now);
        };
    }

    private static CatalogEntries Touch(CatalogEntries before, CatalogEntries after, DateTimeOffset now)
    {
        var (endpoints, projects) = (before.EndpointsByName(), before.ProjectsByName());
        return new CatalogEntries(
            [.. after.Endpoints.Select(entry => endpoints.GetValueOrDefault(entry.Name) == entry ? entry : entry with { UpdatedAt = now })],
            [.. after.Projects.Select(entry => projects.GetValueOrDefault(entry.Name) == entry ? entry : entry with { UpdatedAt = now })]);
    }

    private static CatalogEntries AddNumbers(DbConnection connection, CatalogEntries entries, DateTimeOffset now)
    {
        foreach (var entry in entries.Endpoints.Where(entry => entry.Id == 0))
        {
            NumberTable.AddEndpoint(connection, entry.Name, now);
        }

        foreach (var entry in entries.Projects.Where(entry => entry.Id == 0))
        {
            NumberTable.AddProject(connection, entry.Name, now);
        }

        return Number(connection, entries);
    }

    /// <summary>Fills in the numbers of what has one.</summary>
    private static CatalogEntries Number(DbConnection connection, CatalogEntries entries)
    {
        var (endpoints, projects) = (NumberTable.OfEndpoints(connection), NumberTable.OfProjects(connection));
        return new CatalogEntries(
            [.. entries.Endpoints.Select(entry => entry.Id == 0 && endpoints.TryGetValue(entry.Name, out var number)
                ? entry with { Id = number.Id, CreatedAt = number.CreatedAt, UpdatedAt = Later(entry.UpdatedAt, number.CreatedAt) } : entry)],
            [.. entries.Projects.Select(entry => entry.Id == 0 && projects.TryGetValue(entry.Name, out var number)
                ? entry with { Id = number.Id, CreatedAt = number.CreatedAt, UpdatedAt = Later(entry.UpdatedAt, number.CreatedAt) } : entry)]);
    }

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;

    private EndpointEntry Open(EndpointRow row)
    {
        var entry = new EndpointEntry(row.Options) { Notes = row.Notes, UpdatedAt = row.UpdatedAt };
        if (row.Sealed is null)
        {
            return entry;
        }

        var (text, fault) = seal.Open(row.Sealed, SecretPlaces.OwnerOf(row.Options));
        if (text is not null && JsonSerializer.Deserialize<EndpointSecrets>(text) is { } secrets)
        {
            return entry with { Options = row.Options with { Password = secrets.Password, ClientKey = secrets.ClientKey, ProxyPassword = secrets.ProxyPassword } };
        }

        // A user name without its password would be a credential too, and an exchange without a key would look for one elsewhere.
        LogLost(log, row.Options.Name, fault ?? "it holds nothing");
        return entry with { Options = row.Options with { Username = null, TokenExchange = null, TokenUrl = null, Tenant = null, ClientCertificate = null, ProxyUsername = null }, HasLostSecret = true };
    }

    private byte[]? SealOf(EndpointOptions endpoint) => endpoint is { Password: null, ClientKey: null, ProxyPassword: null } ? null
        : seal.Seal(JsonSerializer.Serialize(new EndpointSecrets(endpoint.Password, endpoint.ClientKey, endpoint.ProxyPassword)), SecretPlaces.OwnerOf(endpoint));

    private static List<T> Merge<T>(IEnumerable<T> file, IEnumerable<T> database, Func<T, string> name)
    {
        var declared = file.ToList();
        var names = declared.Select(name).ToHashSet(StringComparer.Ordinal);
        return [.. declared, .. database.Where(item => !names.Contains(name(item)))];
    }

    private sealed record EndpointSecrets(string? Password, string? ClientKey, string? ProxyPassword);

    [LoggerMessage(LogLevel.Error, "ALERT endpoint secret lost endpoint={Endpoint}: it is asked without a credential, for its secret cannot be read: {Fault}. Give the secret anew")]
    private static partial void LogLost(ILogger log, string endpoint, string fault);

    [LoggerMessage(LogLevel.Warning, "endpoints and projects have no numbers yet, for the database takes no writes: {Fault}")]
    private static partial void LogUnnumbered(ILogger log, string fault);
}
