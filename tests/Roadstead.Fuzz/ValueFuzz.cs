using System.Globalization;
using System.Net;
using System.Numerics;
using System.Text.RegularExpressions;
using Roadstead.Fuzz.Inputs;
using Roadstead.Fuzz.Runs;
using Roadstead.Server.Configuration;

namespace Roadstead.Fuzz;

/// <summary>The values of the configuration, each against what an independent reader makes of it.</summary>
public partial class ValueFuzz
{
    private static readonly Gen<string> Sizes = Gen.OneOf(
        Mutated.Text("200GiB", "512 MiB", "10GB", "1B", "0", "unlimited", "999999999999999999PiB"),
        Gen.Select(Gen.Long[0, 999_999_999_999_999_999], Gen.OneOf("", "B", "KB", "MiB", " GB", "TiB", "PB", "EiB", "kb"), (number, unit) => number + unit),
        Nasty.Dense("019 KMiBP"));

    private static readonly Gen<string> Durations = Gen.OneOf(
        Mutated.Text("500ms", "30s", "1h30m", "7d", "0", "36500d", "999999999d999999999h999999999m999999999s999999999ms"),
        Gen.Select(Gen.Long[0, 40_000], Gen.OneOf("ms", "s", "m", "h", "d", "", "w")).Array[1, 4].Select(parts => string.Concat(parts.Select(part => part.Item1 + part.Item2))),
        Nasty.Dense("019dhms"));

    private static readonly Gen<string> Hosts = Gen.OneOf(
        Mutated.Text(Gen.OneOf(Names.Registry, Gen.OneOf("127.0.0.1:5000", "[::1]:443", "[fe80::1]", "a_b.example", "xn--mnchen-3ya.example", "localhost"))),
        Nasty.Text("[", "]", "::1", "example", ".", ":80"),
        Nasty.Dense("axf01.-:_[]"));

    private static readonly Gen<string> Urls = Gen.OneOf(
        Gen.Select(Gen.OneOf("http://", "https://", "HTTP://"), Hosts, Gen.OneOf("", "", "/", "?x", "/x"), (scheme, host, rest) => scheme + host + rest),
        Mutated.Text("https://mirror.example:5000/", "http://*:80", "http://+", "http://[::1]:5000"));

    [Theory, Fuzz]
    public void A_size_is_its_number_times_its_unit(Length length) => Property.ForText(length, Sizes, text =>
    {
        var match = Size().Match(text);
        BigInteger? expected = !match.Success ? null : BigInteger.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)
            * BigInteger.Pow(match.Groups[3].Success ? 1024 : 1000, "KMGTP".IndexOf(match.Groups[2].Value, StringComparison.Ordinal) + (match.Groups[2].Value.Length > 0 ? 1 : 0));
        expected = expected <= 0 || expected > long.MaxValue ? null : expected;
        var accepted = ByteSize.TryParseLimit(text, out var bytes, out var fault);
        Assert.Equal(accepted, fault is null);
        Assert.Equal(expected is not null || text == "unlimited", accepted);
        Assert.Equal(expected, bytes is null ? null : (BigInteger)bytes);
    });

    [Theory, Fuzz]
    public void A_length_of_time_is_the_sum_of_its_parts(Length length) => Property.ForText(length, Durations, text =>
    {
        var match = Time().Match(text);
        BigInteger? expected = match.Success && match.Length > 0
            ? new[] { 86_400_000, 3_600_000, 60_000, 1000, 1 }.Select((unit, i) => unit * BigInteger.Parse("0" + match.Groups[i + 1].Value, CultureInfo.InvariantCulture)).Aggregate(BigInteger.Add)
            : text == "0" ? 0 : null;
        expected = expected > (BigInteger)36_500 * 86_400_000 ? null : expected;
        Assert.Equal(expected is not null, Duration.TryParse(text, out var read, out var fault));
        Assert.Equal(expected is null, fault is not null);
        Assert.Equal(expected ?? 0, (BigInteger)read.TotalMilliseconds);
        Assert.Equal(expected > 0 && expected <= 86_400_000, Duration.TryParseTimeout(text, out _, out _));
        Assert.Equal(expected is not null || text == "unlimited", Duration.TryParseLimit(text, out _, out _));
    });

    [Theory, Fuzz]
    public void A_host_is_the_one_that_a_URL_of_it_leads_to(Length length) => Property.ForText(length, Hosts, text =>
    {
        if (!HostName.TryParse(text, out var host, out var fault))
        {
            Assert.NotEqual("", fault);
            return;
        }

        Assert.DoesNotContain(text, letter => letter is <= ' ' or > '~' or '/' or '@' or '%' or '?' or '#' or '\\');
        CheckUrl(new Uri($"https://{host.Host}:{host.Port ?? 443}"), text.Split(':')[^1] is var port && int.TryParse(port, out var number) && !text.EndsWith(']') ? number : 443, host.Host);
        Assert.True(HostName.TryParse(host.Host, out var again, out _));
        Assert.Equal(host with { Port = null }, again);
    });

    [Theory, Fuzz]
    public void A_base_URL_is_scheme_host_and_port_and_nothing_else(Length length) => Property.ForText(length, Urls, text =>
    {
        if (BaseUrl.TryParse(text, out var url, out var fault))
        {
            Assert.Equal(url.Scheme, text.Split(':')[0].ToLowerInvariant());
            CheckUrl(url, url.Port, url.Host);
            Assert.True(BaseUrl.TryParse(url.ToString(), out var again, out _));
            Assert.Equal(url, again);
        }

        var listens = BaseUrl.TryParseListen(text, out var listen, out var listenFault);
        Assert.True(url is null != fault is null && listen is null != listenFault is null && (listens || url is null));
        Assert.True(listen is null || listen.ToUri().Port == listen.Port);
        Assert.DoesNotContain("secret", fault + listenFault, StringComparison.Ordinal);
    });

    private static void CheckUrl(Uri url, int port, string host)
    {
        Assert.Equal((port, "/", "", ""), (url.Port, url.PathAndQuery, url.UserInfo, url.Fragment));
        Assert.NotEqual("", url.IdnHost);
        if (host.StartsWith('['))
        {
            Assert.Equal(IPAddress.Parse(host[1..^1]), IPAddress.Parse(url.Host));
        }
        else
        {
            Assert.Equal(host, url.Host);
            Assert.Equal(host, url.IdnHost);
            Assert.True(!IPAddress.TryParse(host, out var address) || address.ToString() == host, "it is an address in disguise");
        }
    }

    [GeneratedRegex(@"\A([0-9]{1,18}) ?(?:([KMGTP]?)(i)?B)?\z(?<!(?:[0-9]| )iB)", RegexOptions.CultureInvariant)]
    private static partial Regex Size();

    [GeneratedRegex(@"\A(?:([0-9]{1,9})d)?(?:([0-9]{1,9})h)?(?:([0-9]{1,9})m)?(?:([0-9]{1,9})s)?(?:([0-9]{1,9})ms)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Time();
}
