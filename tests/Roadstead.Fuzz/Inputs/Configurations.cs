using Roadstead.Server.Configuration;

namespace Roadstead.Fuzz.Inputs;

/// <summary>Valid configurations.</summary>
internal static class Configurations
{
    private static readonly Gen<string> Secret = Gen.OneOf(
        Nasty.Piece.Where(text => text.Length is > 0 and < 300 && !text.Any(letter => char.IsSurrogate(letter) || letter is < ' ' or '\u007f')), Gen.OneOf("hunter2", "null", "~", " ", "- a", "a: b", "\"", "'", "\ud83d\ude00", "#"));

    private static readonly Gen<TimeSpan> Time = Gen.Long[1, 86_400_000].Select(milliseconds => TimeSpan.FromMilliseconds(milliseconds));

    private static readonly Gen<Uri> Url = Gen.Select(Gen.OneOf("http", "https"), Gen.OneOf(Names.Host, Gen.OneOf("127.0.0.1", "[::1]")), Gen.Int[1, 65_535],
        (scheme, host, port) => new Uri($"{scheme}://{host}:{port}"));

    private static readonly Gen<EndpointOptions> Endpoint = Gen.Select(
        Gen.Select(Names.Registry, Url, Gen.Bool, Gen.Bool), Gen.Select(Secret.Select(text => text.Replace(':', '.')), Secret, Gen.Int[0, 2]), Names.Host.Array[0, 2], Time.Array[4], Gen.Int[0, int.MaxValue],
        (place, credential, tokenHosts, times, reserve) => new EndpointOptions
        {
            Name = "",
            Registry = place.Item1,
            Url = place.Item2,
            InsecureSkipVerify = place.Item3,
            // Those addresses are faults otherwise.
            AllowPrivateAddresses = place.Item4 || place.Item2.IsLoopback,
            Username = credential.Item3 == 0 && !credential.Item1.Any(char.IsControl) ? credential.Item1 : null,
            Password = credential.Item3 == 0 && !credential.Item1.Any(char.IsControl) ? credential.Item2 : null,
            FallbackUrls = reserve % 2 == 0 ? [] : [new Uri($"{place.Item2.Scheme}://{place.Item2.Host}:{place.Item2.Port % 65_535 + 1}")],
            Proxy = reserve % 3 == 0 ? new Uri("http://proxy.example:3128") : null,
            TokenHosts = tokenHosts,
            ConnectTimeout = times[0],
            HeaderTimeout = times[1],
            IdleTimeout = times[2],
            RevalidationTimeout = times[3],
            RateLimitReserve = reserve,
        });

    private static readonly Gen<ProjectOptions> Project = Gen.Select(
        Gen.Int[-1, 2], Gen.Bool, Gen.Long[0, 999_999_999_999_999_999], Gen.Select(Time, Gen.Bool), Gen.OneOf("linux/amd64", "linux/arm/v7").Array[0, 2], Names.Repository.Array[0, 2],
        Gen.Select(Gen.OneOf("*", "v*.*.*", "latest", "1.?").Array[1, 3], Gen.Select(Time, Gen.Bool), Names.Repository.Array[0, 2]).Array[0, 2],
        (endpoint, isPublic, quota, fresh, platforms, patterns, freshness) => new ProjectOptions
        {
            Name = "",
            Endpoint = endpoint < 0 ? null : $"e{endpoint}",
            Public = isPublic,
            Quota = quota == 0 ? null : quota,
            FreshFor = fresh.Item2 ? fresh.Item1 : null,
            Freshness = [.. freshness.Select(rule => new FreshnessRule(rule.Item1, rule.Item2.Item2 ? rule.Item2.Item1 : null, rule.Item3))],
            Bandwidth = fresh.Item2 && quota > 0 ? quota : null,
            DeletedFor = fresh.Item2 ? null : fresh.Item1,
            Platforms = platforms,
            Include = patterns,
            Exclude = [.. patterns.Reverse().Select(pattern => pattern + "/**")],
        });

    public static readonly Gen<RoadsteadOptions> Any = Gen.Select(
        Gen.OneOf("127.0.0.1", "[::1]", "0.0.0.0", "*", "mirror.example").Array[1, 3], Endpoint.Array[3], Project.Array[0, 3], Gen.Select(Time, Time, Gen.Bool), Gen.Long[1, 999_999_999_999_999_999], Url,
        (hosts, endpoints, projects, times, rate, publicUrl) => new RoadsteadOptions
        {
            Listen = [.. hosts.Select((host, i) => new ListenOptions(
                new Uri($"http://{(host == "*" ? "[::]" : host)}:{5000 + i}"), host is "*" or "mirror.example", projects.Length > i ? $"p{i}" : null))],
            Tls = times.Item3 ? new TlsOptions(null, null) : null,
            Storage = new StorageOptions("", times.Item3 ? null : times.Item1, rate),
            PublicUrl = times.Item3 ? publicUrl : null,
            Limits = new LimitsOptions(),
            Defaults = new DefaultsOptions(times.Item1, times.Item3 ? null : times.Item2),
            Endpoints = [.. endpoints.Select((endpoint, i) => endpoint with { Name = $"e{i}" })],
            Projects = [.. projects.Select((project, i) => project with { Name = $"p{i}", Primary = i == 0, Hosts = i == 0 ? [] : [$"h{i}.example:{i}", $"h{i}"] })],
        });
}
