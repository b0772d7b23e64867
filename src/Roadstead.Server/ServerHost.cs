using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Roadstead.Server.Access;
using Roadstead.Server.Blobs;
using Roadstead.Server.Clusters;
using Roadstead.Server.Configuration;
using Roadstead.Server.Integrity;
using Roadstead.Server.Management;
using Roadstead.Server.Management.Harbor;
using Roadstead.Server.Metadata;
using Roadstead.Server.Mirroring;
using Roadstead.Server.Nodes;
using Roadstead.Server.Projects;
using Roadstead.Server.Registry;
using Roadstead.Server.Retention;
using Roadstead.Server.Telemetry;
using Roadstead.Server.Tls;

namespace Roadstead.Server;

/// <summary>Puts the server together and runs it.</summary>
internal static partial class ServerHost
{
    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(10);

    /// <summary>Serves until the process is told to stop.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> Run(RoadsteadOptions options, IReadOnlyList<string> warnings)
    {
        var clock = TimeProvider.System;
        (options, warnings) = WithinOpenFiles(options, warnings);
        var (folder, fault) = DataFolder.Take(options.Storage.Path);
        if (folder is null)
        {
            await Console.Error.WriteLineAsync($"roadstead-server: {fault}").ConfigureAwait(false);
            return 1;
        }

        using (folder)
        {
            var (certificate, tlsFault) = LoadCertificate(options, clock);
            if (tlsFault is not null)
            {
                await Console.Error.WriteLineAsync($"roadstead-server: tls: {tlsFault}").ConfigureAwait(false);
                return 1;
            }

            using (certificate)
            {
                var (credentials, accessFault) = Credentials.Load(options, folder.Path);
                if (credentials is null)
                {
                    await Console.Error.WriteLineAsync($"roadstead-server: {accessFault}").ConfigureAwait(false);
                    return 1;
                }

                var opened = DatabaseFile.Open(folder.DatabaseFile, clock);
                if (opened.Fault is not null)
                {
                    await Console.Error.WriteLineAsync($"roadstead-server: {folder.DatabaseFile}: {opened.Fault}").ConfigureAwait(false);
                    return 1;
                }

                var database = new Database(new SqliteSource(folder.DatabaseFile), clock, () => File.Exists(folder.DatabaseFile));
                await using (database.ConfigureAwait(false))
                {
                    return await Serve(options, warnings, folder, database, opened.Repaired, certificate, credentials, clock).ConfigureAwait(false);
                }
            }
        }
    }

    private static async Task<int> Serve(
        RoadsteadOptions options, IReadOnlyList<string> warnings, DataFolder folder, Database database, RepairReport? repaired, ServerCertificate? certificate, Credentials credentials, TimeProvider clock)
    {
        // Empty: the other builders read the framework's own settings from the working directory and watch all that is below it.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ContentRootPath = folder.Path });
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = DrainTime);
        builder.Services.Configure<ConsoleLifetimeOptions>(lifetime => lifetime.SuppressStatusMessages = true);
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            ListenAddresses.Apply(kestrel, options.Listen);
            Limit(kestrel.Limits, options.Limits);
        });

        // What reads a request goes on to answer it, and what writes a body goes on to send it: a change of threads for each costs more than either.
        builder.Services.Configure<SocketTransportOptions>(transport => transport.UnsafePreferInlineScheduling = true);
        AddLog(builder);
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton(options.InUse);
        builder.Services.AddSingleton(credentials);
        AddServices(builder.Services, folder, database, options.Storage, clock);
        if (certificate is not null)
        {
            builder.Services.AddSingleton(services => new CertificateInForce(options, certificate, clock, services.GetRequiredService<ILogger<CertificateInForce>>()));
        }

        var app = builder.Build();
        await using (app.ConfigureAwait(false))
        {
            var log = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Roadstead");
            var metrics = app.Services.GetRequiredService<ServerMetrics>();
            if (repaired is not null)
            {
                LogRepaired(log, repaired.Manifests, repaired.Tags, repaired.Kept);
            }

            database.Failed += fault =>
            {
                if (SqliteRepair.IsDamage(fault) && SqliteRepair.Mark(folder.DatabaseFile))
                {
                    LogDamaged(log, fault.Message);
                }
            };
            database.Recovered += () => LogRecovered(log);
            database.Lost += () => LogLost(log, folder.DatabaseFile);
            ProjectCatalog catalog;
            try
            {
                var seal = new SecretSeal(Path.Combine(folder.Path, "secrets-key"));
                seal.Made += file => LogSecretMade(log, file);
                catalog = await ProjectCatalog.Load(options, database, seal, metrics, clock, app.Services.GetRequiredService<ILogger<Endpoint>>()).ConfigureAwait(false);
            }
            catch (System.Data.Common.DbException exception)
            {
                await Console.Error.WriteLineAsync($"roadstead-server: {folder.DatabaseFile}: it cannot be used: {exception.Message} Another program may have it open.").ConfigureAwait(false);
                return 1;
            }

            using var _ = catalog;
            app.Services.GetRequiredService<SharingRule>().Snapshot = () => catalog.Snapshot;
            Map(app, catalog, metrics, options);
            if (certificate?.CaFingerprint is { } fingerprint)
            {
                LogAuthority(log, fingerprint);
            }

            foreach (var file in credentials.MadeFiles)
            {
                LogSecretMade(log, file);
            }

            foreach (var warning in warnings)
            {
                LogWarning(log, warning);
            }

            return await RunUntilStopped(app, log, catalog, options).ConfigureAwait(false);
        }
    }

    private static (RoadsteadOptions Options, IReadOnlyList<string> Warnings) WithinOpenFiles(RoadsteadOptions options, IReadOnlyList<string> warnings)
    {
        var asked = options.Limits.Connections;
        if (OpenFiles.Limit() is not { } files || OpenFiles.Room(files) is var room && room >= asked)
        {
            return (options, warnings);
        }

        return (
            options with { Limits = options.Limits with { Connections = room } },
            [.. warnings, $"limits.connections: {room} in force instead of {asked}, for this process may open {files} files; raise that to {OpenFiles.Need(asked)} (LimitNOFILE= of its systemd unit, or ulimit -n before it is started), or set limits.connections lower"]);
    }

    private static void Limit(KestrelServerLimits kestrel, LimitsOptions limits)
    {
        kestrel.RequestHeadersTimeout = limits.RequestHeaderTimeout;
        kestrel.MaxRequestHeadersTotalSize = limits.RequestHeaderSize;
        kestrel.Http2.MaxRequestHeaderFieldSize = limits.RequestHeaderSize;
        kestrel.MaxRequestBodySize = limits.RequestBodySize;
        kestrel.MinResponseDataRate = new MinDataRate(limits.MinResponseRate, limits.StallTimeout);
    }

    private static async Task<int> RunUntilStopped(WebApplication app, ILogger log, ProjectCatalog catalog, RoadsteadOptions options)
    {
        try
        {
            await app.StartAsync().ConfigureAwait(false);
        }
        catch (IOException exception)
        {
            await Console.Error.WriteLineAsync($"roadstead-server: listen: {exception.Message} Another program may use that port; give another one under listen.").ConfigureAwait(false);
            return 1;
        }

        var lifetime = app.Services.GetRequiredService<ServerLifetime>();
        var retention = Retention(app.Services, catalog);
        var clusters = ActivatorUtilities.CreateInstance<ClusterWork>(app.Services, catalog);
        var working = Task.WhenAll(app.Services.GetRequiredService<Prefetcher>().Run(), Task.Run(app.Services.GetRequiredService<Scrubber>().Run), Task.Run(retention.Run), Task.Run(clusters.Run), app.Services.GetRequiredService<ClusterWatchers>().Run(), Task.Run(app.Services.GetRequiredService<NodesCluster>().Run));
        foreach (var address in app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses)
        {
            LogListening(log, address, catalog.Snapshot.Projects.Count, Path.GetFullPath(options.Storage.Path));
        }

        app.Lifetime.ApplicationStopping.Register(() =>
        {
            lifetime.Drain();
            LogStopping(log, DrainTime.TotalSeconds);
        });
        await app.WaitForShutdownAsync().ConfigureAwait(false);
        lifetime.Abandon();
        await working.ConfigureAwait(false);
        await app.Services.GetRequiredService<BlobFillTable>().WhenEmpty().ConfigureAwait(false);
        return 0;
    }

    private static RetentionWork Retention(IServiceProvider services, ProjectCatalog catalog)
    {
        // Whoever stores has room made by what evicts, and knows nothing of it.
        services.GetRequiredService<StoreRoom>().MakeRoom = services.GetRequiredService<Evictor>().MakeRoom;
        return ActivatorUtilities.CreateInstance<RetentionWork>(services, catalog);
    }

    private static void Map(WebApplication app, ProjectCatalog catalog, ServerMetrics metrics, RoadsteadOptions options)
    {
        var registry = new RegistryEndpoints(
            catalog, new ManifestsAtOnce(catalog, app.Services.GetRequiredService<ManifestMirror>(), app.Services.GetRequiredService<RequestLog>(), options.Listen.Any(listen => listen.Project is not null)),
            app.Services.GetRequiredService<ManifestHandler>(), app.Services.GetRequiredService<BlobHandler>(), app.Services.GetRequiredService<ListHandler>(),
            app.Services.GetRequiredService<VerifyHandler>(), options.Limits.RequestBodySize, app.Services.GetRequiredService<ServerLifetime>(), app.Services.GetRequiredService<RequestLog>());
        app.Use(next => context => registry.Invoke(context, next));
        app.UseRouting();
        app.UseGuards(app.Services.GetRequiredService<AccessCheck>());
        var clock = app.Services.GetRequiredService<TimeProvider>();
        var database = app.Services.GetRequiredService<Database>();
        app.MapHealth(app.Services.GetRequiredService<ServerLifetime>(), database, app.Services.GetRequiredService<DataFolder>());
        app.MapServerMetrics(metrics);
        app.MapAuthority(app.Services.GetService<CertificateInForce>());
        app.MapMirrors(catalog, options, app.Services.GetService<CertificateInForce>());
        new EndpointRoutes(catalog, options, clock).Map(app);
        var usage = new ProjectUsage(database, app.Services.GetRequiredService<UsageLedger>());
        new ProjectRoutes(catalog, database, usage, options, clock).Map(app);
        new CatalogRoutes(catalog, database, options, clock).Map(app);
        app.MapHarbor(catalog, database, usage, app.Services.GetRequiredService<ImageCatalog>(), options, clock);
        app.MapNodes(app.Services.GetRequiredService<NodeRegistry>(), clock);
        app.MapImages(catalog, app.Services.GetRequiredService<ImageCatalog>(), app.Services.GetRequiredService<ImageClosure>(), clock);
        app.MapImageFetch(app.Services.GetRequiredService<ImageFetch>(), catalog, app.Services.GetRequiredService<ServerLifetime>());
        ActivatorUtilities.CreateInstance<ContentRoutes>(app.Services, catalog).Map(app);
        app.MapStore(catalog, ActivatorUtilities.CreateInstance<StoreReport>(app.Services, catalog), app.Services.GetRequiredService<ImageCatalog>(), app.Services.GetRequiredService<GarbageCollector>(), clock);
        app.MapRetention(app.Services.GetRequiredService<RetentionRun>(), catalog, clock);
        ActivatorUtilities.CreateInstance<ClusterEndpoints>(app.Services, catalog).Map(app);
        ActivatorUtilities.CreateInstance<ClusterStreams>(app.Services, catalog).Map(app);
        app.MapApiDocument();
        RouteGuards.Check(app);
    }

    private static void AddServices(IServiceCollection services, DataFolder folder, Database database, StorageOptions storage, TimeProvider clock)
    {
        services.AddSingleton(clock);
        services.AddSingleton(folder);
        services.AddSingleton(database);
        services.AddSingleton(new FileBlobStore(folder.Path, clock));
        services.AddSingleton(new DiskSpace(folder.Path, storage.Watermark));
        services.AddSingleton<UsageLedger>();
        services.AddSingleton<SharingRule>();
        services.AddSingleton<BlobRecords>();
        services.AddSingleton(new StoreQuota(storage.Quota));
        services.AddSingleton<StoreRoom>();
        services.AddSingleton<RecentPulls>();
        services.AddSingleton<BlobRelayTable>();
        services.AddSingleton<ServerLifetime>();
        services.AddSingleton<ServerMetrics>();
        services.AddSingleton<ConnectionLimit>();
        services.AddSingleton<StorageFaults>();
        services.AddSingleton<HeldManifests>();
        services.AddSingleton<ImageClosure>();
        services.AddSingleton<PrefetchQueue>();
        services.AddSingleton<ManifestMirror>();
        services.AddSingleton<BlobFillTable>();
        services.AddSingleton<BlobMirror>();
        services.AddSingleton<HeldContent>();
        services.AddSingleton<ImageCompletion>();
        services.AddSingleton<Prefetcher>();
        services.AddSingleton<ImageFetch>();
        services.AddSingleton<TagLists>();
        services.AddSingleton<ReferrerLists>();
        services.AddSingleton<RepositoryLists>();
        services.AddSingleton<DamagedBlobs>();
        services.AddSingleton<ScrubPeriod>();
        services.AddSingleton<Scrubber>();
        services.AddSingleton<PullRecorder>();
        services.AddSingleton<BlobDisposal>();
        services.AddSingleton<LooseBlobs>();
        services.AddSingleton<Evictor>();
        services.AddSingleton<ImageCatalog>();
        services.AddSingleton<GarbageCollector>();
        services.AddSingleton<RetentionRun>();
        services.AddSingleton<AccessCheck>();
        services.AddSingleton<RolloutLog>();
        services.AddSingleton<NodeRegistry>();
        services.AddSingleton<ClusterRegistry>();
        services.AddSingleton<ClusterWatchers>();
        services.AddSingleton<NodesCluster>();
        services.AddSingleton<FetchAttempts>();
        services.AddSingleton<ReadinessSurvey>();
        services.AddSingleton<ClusterFetcher>();
        services.AddSingleton<Drill>();
        services.AddSingleton<RequestLog>();
        services.AddSingleton<ManifestHandler>();
        services.AddSingleton<BlobHandler>();
        services.AddSingleton<ListHandler>();
        services.AddSingleton<VerifyHandler>();
    }

    private static void AddLog(WebApplicationBuilder builder)
    {
        builder.Logging.SetMinimumLevel(LogLevel.Information);
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);

        // What keeps it from starting is told in words; the host's stack trace before them says less.
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting", LogLevel.None);

        // Says nothing of its own, and makes a trace of each request for whoever might.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
        builder.Services.AddSingleton<LogLines>();
        builder.Services.AddSingleton<ILoggerProvider, LineLogger>();
    }

    private static (ServerCertificate? Certificate, string? Fault) LoadCertificate(RoadsteadOptions options, TimeProvider clock) =>
        options.Tls is null ? (null, null) : ServerCertificate.Load(options, clock) switch
        {
            ServerCertificateResult.Loaded(var certificate) => (certificate, null),
            ServerCertificateResult.Unusable(var message) => (null, message),
            _ => throw new InvalidOperationException("Unknown result."),
        };

    [LoggerMessage(LogLevel.Information, "listening on {Address} projects={Projects} storage={Storage}")]
    private static partial void LogListening(ILogger log, string address, int projects, string storage);

    [LoggerMessage(LogLevel.Error, "ALERT database repaired: it was damaged; a new one holds what could be read of it and is right, manifests={Manifests} tags={Tags}. The rest is fetched anew. The damaged one is kept as {Kept}")]
    private static partial void LogRepaired(ILogger log, long manifests, long tags, string kept);

    [LoggerMessage(LogLevel.Error, "ALERT database damaged: {Fault} Clients are served from upstream where it cannot be read. Restart the server: its start makes a new one of what can be read")]
    private static partial void LogDamaged(ILogger log, string fault);

    [LoggerMessage(LogLevel.Error, "ALERT database lost: {File} was deleted while it was in use. Pulls go on; what is written now is gone with the next start, which makes a new one and takes the blobs up again. Restart the server")]
    private static partial void LogLost(ILogger log, string file);

    [LoggerMessage(LogLevel.Information, "database takes writes again")]
    private static partial void LogRecovered(ILogger log);

    [LoggerMessage(LogLevel.Information, "tls: the CA of this server's own is at /ca.crt sha256={Fingerprint}")]
    private static partial void LogAuthority(ILogger log, string fingerprint);

    [LoggerMessage(LogLevel.Information, "access: made a secret of this server's own and wrote it to {File}")]
    private static partial void LogSecretMade(ILogger log, string file);

    [LoggerMessage(LogLevel.Information, "stopping: requests under way have {Seconds} s")]
    private static partial void LogStopping(ILogger log, double seconds);

    [LoggerMessage(LogLevel.Warning, "configuration {Warning}")]
    private static partial void LogWarning(ILogger log, string warning);
}
