using Roadstead.Fuzz.Inputs;
using Roadstead.Fuzz.Runs;
using Roadstead.Oci.Client;

namespace Roadstead.Fuzz;

public class RedirectGuardFuzz
{
    private static readonly Gen<string> Locations = Headers.Of(Gen.OneOf(
        Mutated.Text(
            "https://cdn.example/x?sig=1", "http://cdn.example:8080/x", "/v2/a/b", "//cdn.example/x", "../x?y", "?x", "#f", "file:///etc/passwd", "ftp://cdn.example/x",
            "https://user:secret@cdn.example/x", "javascript:alert(1)", "https://[fe80::1]/x"),
        Nasty.Text("https://", "http://", "//", "cdn.example", "/v2/", ":443", "@")));

    [Theory, Fuzz]
    public void Any_location_leads_nowhere_worse_or_is_told_as_a_fault(Length length) => Property.ForText(length, Locations, text =>
    {
        foreach (var from in new[] { new Uri("https://registry.example/v2/a/b/blobs/x?y"), new Uri("http://127.0.0.1:5000/v2/") })
        {
            using var response = Headers.Answer("Location", text);
            var (target, fault) = RedirectGuard.Next(from, response.Headers.Location);
            Assert.True(target is null != fault is null);
            if (target is null)
            {
                Assert.DoesNotContain("user:secret", fault!, StringComparison.Ordinal);
                continue;
            }

            Assert.True(target.IsAbsoluteUri && target.Scheme is "http" or "https");
            Assert.True(target.Scheme == "https" || from.Scheme == "http");
            Assert.Equal("", target.UserInfo);
            Assert.NotEqual("", target.IdnHost);
        }
    });

    [Theory, Fuzz]
    public void A_path_stays_with_who_named_it(Length length) => Property.ForAll(length, Names.Repository, path =>
    {
        var from = new Uri("https://registry.example:5000/v2/a");
        using var response = Headers.Answer("Location", "/" + path);
        Assert.Equal($"https://registry.example:5000/{path}", RedirectGuard.Next(from, response.Headers.Location).Target?.ToString());
    });

    [Theory, Fuzz]
    public void A_host_without_scheme_keeps_the_scheme(Length length) => Property.ForAll(length, Names.Host, host =>
    {
        using var response = Headers.Answer("Location", $"//{host}/x");
        Assert.Equal($"https://{host}/x", RedirectGuard.Next(new Uri("https://registry.example/v2/a"), response.Headers.Location).Target?.ToString());
    });
}
